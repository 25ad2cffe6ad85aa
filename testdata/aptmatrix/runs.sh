#!/bin/sh
# Patch runs inside a system of aptmatrix, by the program itself: scripts of packages fail before and after the
# installation and before a removal, under apt and under dpkg alone, in every language that this dpkg speaks. Of each the run
# must tell where it failed, and in dpkg's own words why. No server is there: the events stay in a spool.
set -eu
export DEBIAN_FRONTEND=noninteractive
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failed=0

deb() { # deb NAME VERSION [SCRIPT CODE]
	rm -rf tree && mkdir -p tree/DEBIAN
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: M <m@example.org>\nDescription: a package of ours\n' "$1" "$2" >tree/DEBIAN/control
	if [ $# -gt 2 ]; then
		printf '#!/bin/sh\nexit %s\n' "$4" >"tree/DEBIAN/$3"
		chmod 755 "tree/DEBIAN/$3"
	fi
	dpkg-deb --root-owner-group -b tree "$1_$2_all.deb" >/dev/null
}

run() { # run COMMAND…: reported into ./log
	code=0
	patchstream run --host m --no-scan --spool "$work/spool" --server nats://127.0.0.1:9 --timeout 50ms -- "$@" >log 2>&1 || code=$?
	if [ "$code" = 0 ] || ! grep -q '^patchstream: run .* waits in ' log; then
		echo "$*: it ended with $code"
		cat log
		exit 1
	fi
}

tells() { # tells PACKAGE STAGE CODE: the run's own line has them, and no reason but dpkg's
	if ! grep -E "^$1\.[a-z0-9]+ .*failed \($2\) .*(^|[^0-9])$3([^0-9]|\$)" log | grep -qv 'exit code'; then
		echo "${LANGUAGE:-C}: of $1 the run does not tell why it failed:"
		cat log
		failed=1
	fi
}

deb matrix-pre 1.0 && deb matrix-post 1.0 && deb matrix-stays 1.0 prerm 47
dpkg -i ./*_1.0_all.deb >/dev/null
deb matrix-pre 1.1 preinst 41
deb matrix-post 1.1 postinst 43

run apt-get -y -qq install ./matrix-pre_1.1_all.deb
tells matrix-pre unpack 41
run apt-get -y -qq remove matrix-stays
tells matrix-stays remove 47
run apt-get -y -qq install ./matrix-post_1.1_all.deb
tells matrix-post configure 43

count=0
for catalog in C /usr/share/locale/*/LC_MESSAGES/dpkg.mo; do
	language=${catalog#/usr/share/locale/}
	LANGUAGE=${language%%/*} LC_ALL=C.UTF-8
	export LANGUAGE LC_ALL
	run sh -c 'dpkg -i matrix-pre_1.1_all.deb; dpkg -r matrix-stays; dpkg -i matrix-post_1.1_all.deb'
	tells matrix-pre unpack 41
	tells matrix-stays remove 47
	tells matrix-post configure 43
	count=$((count + 1))
done
[ "$count" -ge 30 ] || { echo "dpkg speaks only $count languages here"; exit 1; }
[ "$failed" = 0 ] || exit 1
echo "    scripts that fail are told of in $count languages"
