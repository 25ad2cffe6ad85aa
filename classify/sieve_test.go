package classify

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What was added is never put aside, nor what it ends with, however its letters are written.
func TestSieves_have_what_was_added(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringMatching(`[a-zé.0-9-]{1,6}`), 1, 5).Draw(t, "texts")
		s, e, k := new(sizes), new(ends), new(sketch)
		for _, text := range texts {
			k.add(text)
			s.add(text)
			e.add(text)
		}
		for _, text := range texts {
			if !k.has(text) {
				t.Fatalf("%q is put aside by its letters", text)
			}
			if !s.has(text[0], len(text)) {
				t.Fatalf("%q is put aside by its length", text)
			}
			for i := range text {
				if !e.has(text[i:]) || !e.has(strings.ToUpper(text[i:])) {
					t.Fatalf("%q is put aside by its end", text[i:])
				}
			}
		}
	})
}

// A host has hundreds of packages besides the few that are looked for.
func TestASketchPutsMostOthersAside(t *testing.T) {
	k, others := new(sketch), 0
	names := strings.Fields("adduser apt base-files bash coreutils curl dpkg gzip libc6 libgnutls30 libpam0g libssl3 openssh-client openssl perl-base sed systemd tar util-linux zlib1g")
	for _, name := range names {
		k.add(name)
	}
	all := strings.Fields("apt-utils bsdutils ca-certificates cron dash debconf diffutils dirmngr e2fsprogs fdisk file findutils gcc-12-base gpg grep hostname init iproute2 " +
		"kmod less libacl1 libapparmor1 libattr1 libaudit1 libblkid1 libbz2-1.0 libcap2 libcurl4 libdb5.3 libgcrypt20 libgmp10 libidn2-0 liblz4-1 liblzma5 libmount1 libncursesw6 libsystemd0 login mount nano")
	for _, name := range all {
		if k.has(name) {
			others++
		}
	}
	if others > len(all)/10 || k.has("") {
		t.Errorf("%d of %d others are not put aside", others, len(all))
	}
}
