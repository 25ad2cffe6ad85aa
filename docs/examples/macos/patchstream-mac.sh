#!/bin/sh
# Asks macOS's own tools what is installed and what is offered, and writes what they say into a directory, as
# "patchstream scan --from" reads it (docs/macos.md). Nothing is installed or changed.
#
#   sudo ./patchstream-mac.sh /var/db/patchstream/dump          # what the last search of the system found
#   sudo ./patchstream-mac.sh --search /var/db/patchstream/dump # search now: the network is asked, for a minute or so
#
# To carry it elsewhere: tar -czf dump.tgz -C /var/db/patchstream dump
set -eu
umask 077
PATH=/usr/bin:/bin:/usr/sbin:/sbin
export PATH LC_ALL=C

how=--no-scan
if [ "${1:-}" = --search ]; then
	how=
	shift
fi
dir=${1:?"usage: patchstream-mac.sh [--search] DIRECTORY"}

rm -rf "$dir.new"
mkdir -p "$dir.new"

said() { # said FILE COMMAND…: keeps what a command says, where it can
	file=$1
	shift
	"$@" >"$dir.new/$file" 2>/dev/null || rm -f "$dir.new/$file"
}

date -u +%Y-%m-%dT%H:%M:%SZ >"$dir.new/taken_at.txt"
said sw_vers.txt sw_vers
said arch.txt uname -m
said hostname.txt hostname
said boottime.txt sysctl -n kern.boottime
said bootsession.txt sysctl -n kern.bootsessionuuid
ioreg -rd1 -c IOPlatformExpertDevice 2>/dev/null | sed -n 's/.*"IOPlatformUUID" = "\([^"]*\)".*/\1/p' >"$dir.new/machine.txt"

# The list comes on stdout or on stderr, whichever the release prefers.
code=0
softwareupdate --list $how >"$dir.new/softwareupdate.txt" 2>&1 || code=$?
echo "$code" >"$dir.new/softwareupdate.exit"

history=/Library/Receipts/InstallHistory.plist
if [ -r "$history" ]; then
	cp "$history" "$dir.new/InstallHistory.plist"
else
	said SPInstallHistoryDataType.json system_profiler -json SPInstallHistoryDataType
fi
preferences=/Library/Preferences/com.apple.SoftwareUpdate.plist
if [ -r "$preferences" ]; then
	cp "$preferences" "$dir.new/SoftwareUpdate.plist"
fi

rm -rf "$dir"
mv "$dir.new" "$dir"
