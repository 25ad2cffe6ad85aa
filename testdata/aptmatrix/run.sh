#!/usr/bin/env bash
# The collector on other apts than the machine's: minimal systems of Debian 11, 13 and sid (apt 2.2 to 3.x), each with
# the lists of its archives and packages older than those offer. In each the tests of the collector are run, which
# compare scans package by package with what that apt and that dpkg say: of the system itself, of roots that were recorded,
# and of roots made for all that apt shrugs at; and runs with what that dpkg says of scripts that fail. Then the program
# itself runs such commands, in every language of that dpkg: runs.sh.
#
# Needs root, and a Debian whose own sources name the mirrors. The systems are kept between runs in
# $PATCHSTREAM_E2E_CACHE (default: patchstream-e2e in the user's cache), for a week. All else is in a temporary
# directory, and goes with its mounts whatever happens. Arguments are the releases, all three by default.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
cd "$(dirname "$0")/../.."
cache=${PATCHSTREAM_E2E_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/patchstream-e2e}
releases=("$@")
[ $# -gt 0 ] || releases=(bullseye trixie sid)

say() { printf '%s\n' "--- $*"; }
die() { printf '%s\n' "aptmatrix: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || die "must be root: it makes systems of its own, and changes into them"

# All mounts are of a mount namespace of its own, and go with it. What runs in the background may ignore an interrupt, and
# so would the commands to which the tests send one.
[ "${APTMATRIX_INSIDE:-}" = 1 ] || exec env --default-signal=INT,QUIT APTMATRIX_INSIDE=1 unshare --mount --propagation private "$0" "$@"

work=$(mktemp -d "${TMPDIR:-/tmp}/patchstream-aptmatrix.XXXXXX")
cleanup() {
	status=$?
	trap - EXIT
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
need mmdebstrap mmdebstrap

index() { apt-get indextargets --format '$(ORIGIN)|$(CODENAME)|$(REPO_URI)' 'Created-By: Packages' | sort -u; }
[ -n "$(index)" ] || apt-get update -qq
archive=$(index | awk -F'|' '$1 == "Debian" && $2 !~ /-/ {print $3; exit}')
security=$(index | awk -F'|' '$1 == "Debian" && $2 ~ /-security$/ {print $3; exit}')
[ -n "$archive" ] && [ -n "$security" ] || die "this machine's sources name no Debian with its security archive"

older() { # older ROOT: makes some packages of the root a little older than what its archive has, and holds one of them
	local status=$1/var/lib/dpkg/status
	awk -v names=' base-files coreutils dash grep gzip hostname sed tar ' '
		/^Package: / { old = index(names, " " $2 " ") }
		/^Version: / && old { $0 = $0 "~" }
		{ print }' "$status" >"$status.older"
	mv "$status.older" "$status"
	chroot "$1" apt-mark hold sed >/dev/null
}

build() { # build RELEASE: a minimal system of the archive alone, with the lists of its security archive too
	local release=$1 options=(--aptopt='Acquire::Languages "none"' --aptopt='Acquire::Check-Valid-Until "false"') hooks=()
	say "build $release"
	[ "$release" = sid ] || hooks=(--customize-hook="echo 'deb $security $release-security main' >\"\$1/etc/apt/sources.list.d/security.list\"")
	mkdir -p "$cache"
	mmdebstrap --variant=apt --mode=root --skip=cleanup/apt/lists "${options[@]}" "${hooks[@]}" \
		--customize-hook='chroot "$1" apt-get update -qq' \
		"$release" "$work/$release.tar" "$archive" >"$work/$release.log" 2>&1 || { tail -20 "$work/$release.log" >&2; die "mmdebstrap $release failed"; }
	gzip -1 "$work/$release.tar"
	mv "$work/$release.tar.gz" "$cache/aptmatrix-$release.tgz"
}

say "build the tests and the program"
CGO_ENABLED=0 "${GO:-go}" test -c -o "$work/apt.test" ./publisher/apt
CGO_ENABLED=0 "${GO:-go}" build -trimpath -o "$work/patchstream" ./cmd/patchstream

without() { # without RELEASE: the tests of what its apt does not have: apt 2.2 knows no phased updates and no such hooks
	[ "$1" != bullseye ] || echo '^TestNaiveCases$/^04_phased$|^TestHooksOfAptStayOff$|^TestPlanSaysWhyAPackageIsKeptBack$'
}

for release in "${releases[@]}"; do
	[ -n "$(find "$cache/aptmatrix-$release.tgz" -mtime -7 2>/dev/null)" ] || build "$release"
	root=$work/$release
	mkdir -p "$root"
	tar -C "$root" -xzf "$cache/aptmatrix-$release.tgz"
	older "$root"
	mkdir -p "$root/patchstream/publisher/apt"
	cp -r testdata "$root/patchstream/"
	cp "$work/apt.test" "$root/patchstream/publisher/apt/"
	cp "$work/patchstream" testdata/aptmatrix/runs.sh "$root/patchstream/"
	mount --bind /proc "$root/proc"
	mount --rbind /dev "$root/dev"
	say "$release: $(chroot "$root" apt --version), $(chroot "$root" dpkg-query -W -f '${Version}' dpkg), $(chroot "$root" apt-get -s dist-upgrade | grep -c ^Inst || true) packages to upgrade"
	inside=(chroot "$root" env -i HOME=/root TMPDIR=/tmp PATH=/patchstream:/usr/sbin:/usr/bin:/sbin:/bin)
	"${inside[@]}" sh -c \
		'cd /patchstream/publisher/apt && exec /patchstream/publisher/apt/apt.test -test.skip "$1" -test.parallel 4 -test.timeout 10m' - "$(without "$release")" ||
		die "$release: the scan differs from what its apt says, or a run from what its dpkg says"
	"${inside[@]}" LC_ALL=C sh -c 'cd / && exec sh /patchstream/runs.sh' || die "$release: runs do not tell why a package failed"
	umount -l "$root/dev" "$root/proc"
	rm -rf --one-file-system "$root"
done
say "scans and runs agree with apt and dpkg on: ${releases[*]}"
