#!/usr/bin/env bash
# The whole way on a real system: a minimal Debian, older than what its security archive offers, is scanned, patched
# with packages of ours that fail, and repaired; every event goes through a real server, and the report is checked
# before, after, and after the repair.
#
# Needs root, and a Debian or Ubuntu whose own sources name the mirrors. The bare system is kept between runs in
# $PATCHSTREAM_E2E_CACHE (default: patchstream-e2e in the user's cache). All else is in a temporary directory, and
# goes with its mounts whatever happens.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
cd "$(dirname "$0")"
here=$PWD
module=$(cd ../.. && pwd)
cache=${PATCHSTREAM_E2E_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/patchstream-e2e}

say() { printf '%s\n' "--- $*"; }
die() { printf '%s\n' "e2e: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || die "must be root: it makes a system of its own, and changes into it"

work=$(mktemp -d "${TMPDIR:-/tmp}/patchstream-e2e.XXXXXX")
root=$work/root
server=
cleanup() {
	status=$?
	trap - EXIT
	if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
	for mount in $(awk -v under="$work/" 'index($2, under) == 1 {print $2}' /proc/mounts | sort -r); do
		umount "$mount" 2>/dev/null || umount -l "$mount"
	done
	rm -rf --one-file-system "$work"
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

need() { # need COMMAND PACKAGE: installs a Debian package where its command is absent
	command -v "$1" >/dev/null && return
	apt-get install -y -qq "$2" >/dev/null || { apt-get update -qq && apt-get install -y -qq "$2" >/dev/null; }
}
need debootstrap debootstrap
need jq jq

# sources: "codename URI" of the machine's own archive, and of the security archive that goes with it.
index() { apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(CODENAME)|$(REPO_URI)' 'Created-By: Packages' | sort -u; }
[ -n "$(index)" ] || apt-get update -qq
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
archive=$(index | awk -F'|' -v c="$codename" '$1 == "Debian" && $3 == c {print $4; exit}')
security=$(index | awk -F'|' -v c="$codename-security" '$1 == "Debian" && $3 == c {print $4; exit}')
[ -n "$archive" ] && [ -n "$security" ] || die "this machine's sources name no Debian $codename with its security archive"

build_base() { # a bare system, of the archive alone: older than what the security archive offers
	say "debootstrap $codename"
	local include=()
	case $archive in https:*) include=(--include=ca-certificates) ;; esac
	debootstrap --variant=minbase "${include[@]}" "$codename" "$work/base" "$archive" >"$work/debootstrap.log" 2>&1 ||
		{ tail -20 "$work/debootstrap.log" >&2; die "debootstrap failed"; }
	rm -rf "$work/base/var/cache/apt/archives/"*.deb "$work/base/var/lib/apt/lists/"*
	mkdir -p "$cache"
	tar -C "$work/base" -c . | gzip -1 >"$work/base.tgz"
	mv "$work/base.tgz" "$cache/$codename.tgz"
	rm -rf --one-file-system "$work/base"
}

deb() { # deb NAME VERSION [SCRIPT TEXT]: a package of ours in the root's own repository
	local tree=$work/deb/$1
	rm -rf "$tree" && mkdir -p "$tree/DEBIAN" "$root/repo"
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: E2E <e2e@example.org>\nDescription: a package of ours\n' "$1" "$2" >"$tree/DEBIAN/control"
	if [ $# -gt 2 ]; then
		printf '#!/bin/sh\n%s\n' "$4" >"$tree/DEBIAN/$3"
		chmod 755 "$tree/DEBIAN/$3"
	fi
	dpkg-deb --root-owner-group -b "$tree" "$root/repo/$1_$2_all.deb" >/dev/null
}

publish_repo() { # writes the index of our repository, and has the root fetch all lists
	local file
	for file in "$root"/repo/*.deb; do
		dpkg-deb -f "$file"
		printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "${file##*/}" "$(stat -c %s "$file")" "$(sha256sum "$file" | cut -d' ' -f1)"
	done >"$root/repo/Packages"
	inside apt-get update -qq -o APT::Update::Error-Mode=any
}

inside() { chroot "$root" "$@"; }
ps() { "$work/patchstream" "$@"; }

say "build the binary"
(cd "$module" && CGO_ENABLED=0 ${GO:-go} build -trimpath -o "$work/patchstream" ./cmd/patchstream)

[ -s "$cache/$codename.tgz" ] || build_base
mkdir "$root"
tar -C "$root" -xzf "$cache/$codename.tgz"
mount -t proc proc "$root/proc"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
apt-config dump | grep -i '^Acquire::https\?::proxy' >"$root/etc/apt/apt.conf.d/90proxy" || true
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
echo e2e.example.org >"$root/etc/hostname"
cp "$work/patchstream" "$root/usr/bin/patchstream"

say "packages of ours, all in order"
for name in e2e-good e2e-post e2e-pre e2e-held; do deb "$name" 1.0; done
printf 'deb %s %s main\ndeb [trusted=yes] copy:/repo ./\n' "$archive" "$codename" >"$root/etc/apt/sources.list"
rm -f "$root"/etc/apt/sources.list.d/*
publish_repo
inside apt-get install -y -qq e2e-good e2e-post e2e-pre e2e-held >"$work/install.log" 2>&1 || { cat "$work/install.log" >&2; die "install"; }

say "newer ones, of which two fail and one is held; and the security archive"
deb e2e-good 1.1
deb e2e-post 1.1 postinst '[ -e /mended ] || { echo no licence >&2; exit 3; }'
deb e2e-pre 1.1 preinst 'echo no licence >&2; exit 4'
deb e2e-held 1.1
rm -f "$root"/repo/*_1.0_all.deb
echo "deb $security $codename-security main" >>"$root/etc/apt/sources.list"
publish_repo
inside apt-mark hold e2e-held >/dev/null

say "a server"
mkfifo "$work/ready"
"$work/patchstream" serve --store "$work/store" --listen 127.0.0.1:0 --http 127.0.0.1:0 >"$work/ready" 2>"$work/server.log" &
server=$!
exec 3<"$work/ready"
read -r -t 60 -u 3 ready || { cat "$work/server.log" >&2; die "the server does not start"; }
NATS_URL=$(sed -n 's/^ready nats=\([^ ]*\) .*/\1/p' <<<"$ready")
export NATS_URL
ps baseline put "$here/baseline.json"
ps baseline set-default --os DEBIAN e2e

host=e2e.example.org
report() { ps status "$host" -o json; }
state() { report | jq -r --arg name "$1" '.patches[] | select(.name == $name) | "\(.state) \(.installed)"'; }
await() { # await JQ: until it holds of the report
	local tries
	for tries in $(seq 150); do
		if report 2>/dev/null | jq -e "$1" >/dev/null 2>&1; then return; fi
		sleep 0.2
	done
	report | jq -c '{status, counts, ours: [.patches[] | select(.name | startswith("e2e-")) | {name, state, installed}]}' >&2 || true
	die "never came, in $tries looks: $1"
}
expect() { # expect NAME STATE VERSION
	local got
	got=$(state "$1")
	[ "$got" = "$2 $3" ] || die "$1 is $got, want $2 $3"
	printf '    %-10s %s\n' "$1" "$got"
}

say "before: a scan from outside"
ps scan --root "$root" 3<&-
await '[.patches[] | select(.state == "MISSING")] | length > 0'
report | jq -e '.status == "NON_COMPLIANT" and (.counts.MISSING // 0) > 3' >/dev/null || die "before: $(report | jq -c '{status, counts}')"
for name in e2e-good e2e-post e2e-pre e2e-held; do expect "$name" MISSING 1.0; done
offered=$(report | jq '[.patches[] | select(.state == "MISSING" and (.name | startswith("e2e-") | not))] | length')
[ "$offered" -gt 0 ] || die "the security archive offers nothing newer"
echo "    and $offered packages of Debian are MISSING"

say "what a run would do"
inside patchstream run --host "$host" --dry-run -- apt-get -y dist-upgrade | grep -E '^(install|keep) +e2e-'

say "the run, behind a shell and in another language: a postinst and a preinst fail"
run() { # run CODE COMMAND…: reported, with this exit code
	local want=$1 code=0
	shift
	inside patchstream run --host "$host" --run-id "e2e-$want" -- "$@" >"$work/run.log" 2>&1 3<&- || code=$?
	grep '^patchstream: ' "$work/run.log" || true
	[ "$code" = "$want" ] || { tail -30 "$work/run.log" >&2; die "$* ended with $code, want $want"; }
	grep -q '^patchstream: published run ' "$work/run.log" && grep -q '^patchstream: published scan ' "$work/run.log" || die "not published"
}
run 100 env LC_ALL=C.UTF-8 LANGUAGE=fr sh -c 'apt-get -y dist-upgrade && true'
grep -qE '^e2e-pre\..* failed \(unpack\) .*4$' "$work/run.log" || die "no reason: $(cat "$work/run.log")"
grep -q 'aborted by e2e-pre: ' "$work/run.log" || die "not aborted by e2e-pre: $(cat "$work/run.log")"
await '[.patches[] | select(.name == "e2e-pre" and .state == "FAILED")] | length == 1'
expect e2e-pre FAILED 1.0
expect e2e-post FAILED 1.1
expect e2e-held MISSING 1.0
[ "$(inside dpkg-query -W -f '${db:Status-Status} ${Version}' e2e-post)" = "half-configured 1.1" ] ||
	[ "$(inside dpkg-query -W -f '${db:Status-Status} ${Version}' e2e-post)" = "unpacked 1.1" ] || die "dpkg thinks otherwise of e2e-post"
report | jq -e '.status == "NON_COMPLIANT"' >/dev/null || die "compliant after a failed run"

say "the repair: dpkg --configure -a, then what is left"
touch "$root/mended"
run 0 dpkg --configure -a
await '[.patches[] | select(.name == "e2e-post" and .state == "INSTALLED")] | length == 1'
expect e2e-post INSTALLED 1.1
expect e2e-held MISSING 1.0
deb e2e-pre 1.2
rm -f "$root/repo/e2e-pre_1.1_all.deb"
publish_repo
inside apt-mark unhold e2e-held >/dev/null
run 0 apt-get -y dist-upgrade
await '.status == "COMPLIANT"'
expect e2e-pre INSTALLED 1.2
expect e2e-held INSTALLED 1.1
expect e2e-good INSTALLED 1.1
report | jq -e '(.counts.MISSING // 0) == 0 and (.counts.FAILED // 0) == 0' >/dev/null || die "left over: $(report | jq -c .counts)"

say "a removal is seen, and what a relative path was about"
run 0 apt-get -y purge e2e-held
grep -q ': 0 installed, 0 failed, 1 removed$' "$work/run.log" && grep -qE '^e2e-held\..* purged' "$work/run.log" || die "not removed: $(cat "$work/run.log")"
await '[.patches[] | select(.name == "e2e-held")] | length == 0'
inside sh -c "cd /repo && exec patchstream run --host $host --dry-run -- nice apt-get install ./e2e-held_1.1_all.deb" | grep -E '^install +e2e-held'

say "with the server away, nothing is lost"
kill "$server"
wait "$server" || die "the server does not end well: $(tail -3 "$work/server.log")"
server=
inside patchstream run --host "$host" --no-scan --timeout 200ms -- true >"$work/run.log" 2>&1 || die "the exit code is $?, not the command's: $(cat "$work/run.log")"
grep 'waits in /var/spool/patchstream' "$work/run.log" || die "not spooled: $(cat "$work/run.log")"
[ "$(inside patchstream spool list -o json | jq '.events | length')" = 1 ] || die "the spool does not hold the run"
say "passed"
