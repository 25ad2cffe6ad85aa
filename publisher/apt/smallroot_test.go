package apt

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// smallRoot is a root with a few packages and repositories of the test's own making, for one situation.
type smallRoot struct {
	t           *testing.T
	dir         string
	made, dated int // repositories; files that were given a date
}

// newSmallRoot makes a root that has openssl 3.0-1 installed, of which a security archive has 3.0-2.
func newSmallRoot(t *testing.T, more ...string) *smallRoot {
	t.Helper()
	r := &smallRoot{t: t, dir: t.TempDir()}
	for _, dir := range []string{
		"etc/apt/preferences.d", "etc/apt/sources.list.d", "etc/apt/apt.conf.d", "etc/apt/trusted.gpg.d", "var/lib/apt/lists/partial",
		"var/cache/apt/archives/partial", "var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log/apt",
	} {
		if err := os.MkdirAll(r.path(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r.write("etc/os-release", "ID=ubuntu\nVERSION_ID=\"22.04\"\nVERSION_CODENAME=jammy\n")
	r.write("etc/apt/apt.conf", fmt.Sprintf("Dir \"%s\";\nDir::State::status \"%s\";\nAPT::Architecture \"amd64\";\nAPT::Architectures { \"amd64\"; };\n"+
		"Acquire::Languages \"none\";\nAPT::Sandbox::User \"root\";\nAcquire::GzipIndexes \"false\";\nAPT::Machine-ID \"0123456789abcdef0123456789abcdef\";\n"+
		"Dir::Bin::ischroot \"/bin/false\";\n", r.dir, r.path("var/lib/dpkg/status")))
	r.write("etc/apt/sources.list", "")
	r.write("var/lib/dpkg/status", onHost("dpkg", "1.21.1")+onHost("openssl", "3.0-1")+strings.Join(more, ""))
	r.add("jammy-security", offered("openssl", "3.0-2"))
	return r
}

func (r *smallRoot) path(name string) string { return filepath.Join(r.dir, name) }

func (r *smallRoot) write(name, text string) {
	r.t.Helper()
	write(r.t, r.path(name), text)
}

// onHost is a stanza of dpkg's status file, and offered one of an index; more are further fields.
func onHost(name, version string, more ...string) string {
	return fmt.Sprintf("Package: %s\nStatus: install ok installed\nPriority: optional\nSection: utils\nMaintainer: X <x@example.com>\nArchitecture: amd64\nVersion: %s\n%sDescription: x\n\n",
		name, version, strings.Join(more, ""))
}

func offered(name, version string, more ...string) string {
	return fmt.Sprintf("Package: %s\nPriority: optional\nSection: utils\nMaintainer: X <x@example.com>\nArchitecture: amd64\nVersion: %s\n%sFilename: pool/x.deb\nSize: 10\nSHA256: %064d\nDescription: x\n\n",
		name, version, strings.Join(more, ""), 1)
}

// add makes a repository with one archive, and a source that names it. It returns the repository's directory.
func (r *smallRoot) add(archive, index string) string {
	r.t.Helper()
	return r.addFiles(archive, map[string]string{"main/binary-amd64/Packages": index})
}

// addFiles does so with files of any names, of which the Release file lists each.
func (r *smallRoot) addFiles(archive string, files map[string]string) string {
	r.t.Helper()
	r.made++
	repo := r.path(fmt.Sprintf("repo-%d", r.made))
	r.publish(repo, archive, files)
	list := r.path(fmt.Sprintf("etc/apt/sources.list.d/repo-%d.list", r.made))
	write(r.t, list, fmt.Sprintf("deb [trusted=yes] copy:%s %s main\n", repo, archive))
	return repo
}

func (r *smallRoot) publish(repo, archive string, files map[string]string) {
	r.t.Helper()
	dists, archs, sums := filepath.Join(repo, "dists", archive), "amd64", ""
	for name, text := range files {
		write(r.t, filepath.Join(dists, name), text)
		sums += fmt.Sprintf(" %x %d %s\n", sha256.Sum256([]byte(text)), len(text), name)
		if _, arch, _ := strings.Cut(filepath.Dir(name), "binary-"); arch != "" && arch != "amd64" {
			archs += " " + arch
		}
	}
	release := filepath.Join(dists, "Release")
	write(r.t, release, fmt.Sprintf("Origin: Acme\nLabel: Acme\nSuite: %s\nCodename: jammy\nDate: Mon, 23 Nov 2026 15:47:44 UTC\nArchitectures: %s\nComponents: main\nSHA256:\n%s", archive, archs, sums))
	r.later(release)
}

// later gives a file a date that no file of this root had: apt takes one of the same date for the same.
func (r *smallRoot) later(path string) {
	r.t.Helper()
	r.dated++
	date := time.Now().Add(time.Duration(r.dated) * time.Minute)
	if err := os.Chtimes(path, date, date); err != nil {
		r.t.Fatal(err)
	}
}

// update fetches the lists, as far as they can be.
func (r *smallRoot) update() {
	r.t.Helper()
	askLoosely(r.t, r.dir, "apt-get", "update", "-qq")
}

// missing checks that openssl's security version is seen, whatever else is odd.
func (r *smallRoot) missing(scan *messages.Scan) {
	r.t.Helper()
	p := pkg(r.t, scan, "openssl", "amd64")
	diff(r.t, "openssl", []string{"3.0-2 500 jammy-security", "3.0-1 100"}, table(scan, p))
	diff(r.t, "openssl's candidate", "3.0-2", p.Candidate)
}
