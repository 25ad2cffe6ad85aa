//go:build linux

package rpmproof

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/messages"
)

// manyPackages is what EPEL and AppStream have together.
const manyPackages = 36_000

// measured runs a command, and prints the CPU time of all its processes, in seconds, and the memory of the largest, in MiB. It is a process
// of its own because a command takes over the largest size of the process that starts it.
const measured = `import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)`

// What dnf needs to answer from a large cache is what a scan costs, and the unit of systemd has room for that (docs/systemd).
func TestAScanWithALargeCacheIsCheap(t *testing.T) {
	h := newHost(t)
	manyRepository(t, filepath.Join(h.repos, "many"))
	h.write("etc/yum.repos.d/many.repo", "[many]\nname=many\nbaseurl=file://"+reposSeen+"/many\nenabled=1\ngpgcheck=1\ngpgkey=file:///etc/pki/rpm-gpg/KEY\n")
	h.do([]string{"dnf", "-q", "makecache"})
	scan := func(name string, maxSeconds, maxMiB float64) {
		var seconds, mib float64
		out := h.do([]string{"python3", "-c", measured, "/tmp/patchstream", "scan", "--print", "--host", "rocky-1"})
		if _, err := fmt.Sscan(out, &seconds, &mib); err != nil {
			t.Fatal(out, err)
		}
		t.Logf("%s: %.1f s of CPU, %.0f MiB", name, seconds, mib)
		if seconds > maxSeconds || mib > maxMiB {
			t.Errorf("%s: %.1f s of CPU and %.0f MiB, want at most %.0f and %.0f", name, seconds, mib, maxSeconds, maxMiB)
		}
	}
	scan("with dnf's index", 20, 200)
	run(t, "find", h.path("var/cache/dnf"), "-name", "*.solv*", "-delete")
	scan("without", 40, 320)
	isMany := func(o messages.Origin) bool { return o.Archive == "many" && o.Trusted && o.Notices }
	if s := h.whole(); !slices.ContainsFunc(s.Origins, isMany) {
		t.Errorf("%+v", s.Origins)
	}
}

// manyRepository makes the metadata of a repository of packages that nobody built: one version of each, with files, what it has and needs, and
// every fifth in a notice.
func manyRepository(t testing.TB, dir string) {
	t.Helper()
	var primary, lists, notices bytes.Buffer
	fmt.Fprintf(&primary, `<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="%d">`, manyPackages)
	fmt.Fprintf(&lists, `<filelists xmlns="http://linux.duke.edu/metadata/filelists" packages="%d">`, manyPackages)
	notices.WriteString(`<updates>`)
	for i := range manyPackages {
		id := fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, i)))
		fmt.Fprintf(&primary, `<package type="rpm"><name>many-%[1]d</name><arch>x86_64</arch><version epoch="0" ver="1.%[1]d" rel="2.el9"/><checksum type="sha256" pkgid="YES">%[2]s</checksum>`+
			`<summary>One of many packages</summary><description>%[3]s</description><packager>Example</packager><url>https://example.org/%[1]d</url>`+
			`<time file="1700000000" build="1700000000"/><size package="1" installed="1" archive="1"/><location href="many-%[1]d-1.%[1]d-2.el9.x86_64.rpm"/>`+
			`<format><rpm:license>MIT</rpm:license><rpm:vendor>Example</rpm:vendor><rpm:sourcerpm>many-%[1]d-1.%[1]d-2.el9.src.rpm</rpm:sourcerpm>`+
			`<rpm:provides>%[4]s</rpm:provides><rpm:requires>%[5]s</rpm:requires><file>/usr/bin/many-%[1]d</file></format></package>`,
			i, id, strings.Repeat("What the package is for, in a sentence. ", 5),
			each(8, func(j int) string {
				return fmt.Sprintf(`<rpm:entry name="part-%d-%d" flags="EQ" epoch="0" ver="1" rel="2.el9"/>`, i, j)
			}),
			each(20, func(j int) string { return fmt.Sprintf(`<rpm:entry name="part-%d-%d"/>`, (i*7+j*13)%manyPackages, j%8) }))
		fmt.Fprintf(&lists, `<package pkgid="%[1]s" name="many-%[2]d" arch="x86_64"><version epoch="0" ver="1.%[2]d" rel="2.el9"/>%[3]s</package>`, id, i,
			each(60, func(j int) string {
				return fmt.Sprintf(`<file>/usr/share/many-%d/%x/file-%d.txt</file>`, i, j*i*7919, j)
			}))
		if i%5 == 0 {
			fmt.Fprintf(&notices, `<update type="security"><id>MANY-%[1]d</id><title>many-%[1]d</title><issued date="2026-11-01 10:00:00"/><severity>Important</severity>`+
				`<references><reference href="https://example.org/%[1]d" id="CVE-2026-%[2]d" type="cve"/></references><pkglist><collection>`+
				`<package name="many-%[1]d" version="1.%[1]d" release="2.el9" epoch="0" arch="x86_64"/></collection></pkglist></update>`, i, 1000+i)
		}
	}
	writeMetadata(t, dir, map[string]string{
		"primary": primary.String() + `</metadata>`, "filelists": lists.String() + `</filelists>`, "updateinfo": notices.String() + `</updates>`,
	})
}

func each(n int, text func(int) string) string {
	var all strings.Builder
	for i := range n {
		all.WriteString(text(i))
	}
	return all.String()
}

// writeMetadata writes files of a repository by their kinds, with the list of them.
func writeMetadata(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	dir = filepath.Join(dir, "repodata")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	put := func(name string, text []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	index := fmt.Sprintf(`<repomd xmlns="http://linux.duke.edu/metadata/repo"><revision>%d</revision>`, published.Unix())
	for kind, text := range files {
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		if _, err := z.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		put(kind+".xml.gz", packed.Bytes())
		index += fmt.Sprintf(`<data type="%[1]s"><checksum type="sha256">%[2]x</checksum><open-checksum type="sha256">%[3]x</open-checksum><location href="repodata/%[1]s.xml.gz"/>`+
			`<timestamp>%[4]d</timestamp><size>%[5]d</size><open-size>%[6]d</open-size></data>`,
			kind, sha256.Sum256(packed.Bytes()), sha256.Sum256([]byte(text)), published.Unix(), packed.Len(), len(text))
	}
	put("repomd.xml", []byte(index+`</repomd>`))
}
