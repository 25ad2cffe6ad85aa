package rpm

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// rootOf makes a root of files; a value that begins with -> is a link.
func rootOf(t *testing.T, files map[string]string) *host.Root {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if target, link := strings.CutPrefix(text, "->"); link {
			mkdir(t, filepath.Dir(path))
			if err := os.Symlink(target, path); err != nil {
				t.Fatal(err)
			}
			continue
		}
		write(t, path, text)
	}
	r, err := host.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestWhichRootsAreOfRPM(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files map[string]string
		want  bool
	}{
		{"Rocky", map[string]string{"etc/os-release": "ID=rocky\nID_LIKE=\"rhel centos fedora\"\n"}, true},
		{"Amazon, without a database", map[string]string{"usr/lib/os-release": "ID=\"amzn\"\n"}, true},
		{"openSUSE", map[string]string{"etc/os-release": "ID=opensuse-leap\nID_LIKE=\"suse opensuse\"\n"}, true},
		{"Debian with rpm on it", map[string]string{"etc/os-release": "ID=debian\n", "var/lib/rpm/rpmdb.sqlite": "", "var/lib/dpkg/status": ""}, false},
		{"Ubuntu with rpm, dpkg's database gone", map[string]string{"etc/os-release": "ID=ubuntu\nID_LIKE=debian\n", "var/lib/rpm/rpmdb.sqlite": ""}, false},
		{"Mint, by what it is like", map[string]string{"etc/os-release": "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", "var/lib/rpm/Packages": ""}, false},
		{"a system of its own with rpm", map[string]string{"etc/os-release": "ID=photon\n", "var/lib/rpm/rpmdb.sqlite": ""}, true},
		{"one with both", map[string]string{"etc/os-release": "ID=odd\n", "var/lib/rpm/rpmdb.sqlite": "", "var/lib/dpkg/status": ""}, false},
		{"nothing", nil, false},
	} {
		got, err := Is(rootOf(t, c.files).Dir())
		if err != nil || got != c.want {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
	if _, err := Is(filepath.Join(t.TempDir(), "nowhere")); err == nil {
		t.Error("no error of a root that is not there")
	}
}

func TestWhichPackageManagerARootHas(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		files map[string]string
		want  kind
	}{
		{"Red Hat 9", map[string]string{"usr/bin/dnf": "->dnf-3", "usr/bin/yum": "->dnf-3", "usr/bin/dnf-3": "#!"}, kindDNF},
		{"Fedora 41", map[string]string{"usr/bin/dnf": "->dnf5", "usr/bin/dnf5": "ELF"}, kindDNF5},
		{"dnf 5 beside dnf 4", map[string]string{"usr/bin/dnf": "->dnf-3", "usr/bin/dnf-3": "#!", "usr/bin/dnf5": "ELF"}, kindDNF},
		{"yum alone, which is dnf", map[string]string{"usr/bin/yum": "->dnf-3", "usr/bin/dnf-3": "#!"}, kindDNF},
		{"Red Hat 7", map[string]string{"usr/bin/yum": "#!/usr/bin/python"}, kindYum},
		{"SUSE by its name", map[string]string{"etc/os-release": "ID=sles\n"}, kindZypper},
		{"SUSE by its tool", map[string]string{"usr/bin/zypper": "ELF", "usr/bin/yum": "#!"}, kindZypper},
		{"microdnf", map[string]string{"usr/bin/microdnf": "ELF"}, kindNone},
	} {
		diff(t, c.name, c.want, kindOfRoot(rootOf(t, c.files)))
	}
}

func TestWhereTheDatabaseIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, first string
		files       map[string]string
		want        string
	}{
		{"sqlite", "", map[string]string{"var/lib/rpm/rpmdb.sqlite": ""}, "var/lib/rpm sqlite"},
		{"SUSE's", "", map[string]string{"usr/lib/sysimage/rpm/Packages.db": "", "var/lib/rpm": "->../../usr/lib/sysimage/rpm"}, "usr/lib/sysimage/rpm ndb"},
		{"Berkeley's", "", map[string]string{"var/lib/rpm/Packages": ""}, "var/lib/rpm bdb"},
		{"where rpm itself has it", "var/lib/rpm", map[string]string{"var/lib/rpm/rpmdb.sqlite": "", "usr/lib/sysimage/rpm/rpmdb.sqlite": ""}, "var/lib/rpm sqlite"},
		{"where rpm has none", "root/.rpmdb", map[string]string{"var/lib/rpm/rpmdb.sqlite": ""}, "var/lib/rpm sqlite"},
		{"none", "", map[string]string{"var/lib/rpm/.rpm.lock": ""}, ""},
	} {
		got := ""
		if d, found := findDatabase(rootOf(t, c.files), c.first); found {
			got = d.dir + " " + d.backend
		}
		diff(t, c.name, c.want, got)
	}
}

func TestARootThatIsNoSystemOfRPM(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]map[string]string{
		"nothing": nil, "another system": {"etc/os-release": "ID=arch\n"},
	} {
		if _, err := Collect(t.Context(), rootOf(t, files).Dir()); !errors.Is(err, ErrNoRPM) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s, err := Collect(t.Context(), rootOf(t, map[string]string{"etc/os-release": "ID=rocky\nVERSION_ID=9.3\n"}).Dir())
	if err != nil || s.Complete || s.OS.Product != "RockyLinux9.3" || !strings.Contains(s.Error, "has no database of rpm in usr/lib/sysimage/rpm or var/lib/rpm") {
		t.Errorf("%+v, %v", s, err)
	}
}

// rebooted is what the facts say of a root whose kernel is its own.
func rebooted(t *testing.T, running, flag string, bootedAt time.Time, f *facts, notices ...notice) string {
	t.Helper()
	files := map[string]string{"proc/2/comm": "kthreadd\n", "proc/sys/kernel/osrelease": running + "\n"}
	if flag != "" {
		files[flag] = ""
	}
	made := newNoticeTable()
	made.add(notices)
	required, names := f.reboot(rootOf(t, files), host.Boot{At: bootedAt}, made)
	if required == nil {
		return "not known"
	}
	return strings.TrimSpace(fmt.Sprint(*required, " ", strings.Join(names, " ")))
}

func TestReboot(t *testing.T) {
	t.Parallel()
	boot := day
	since := func(f *facts, name string) *facts {
		for key, all := range f.installed.packages {
			if key.name == name {
				all[0].installedAt = boot.Add(time.Hour)
			}
		}
		return f
	}
	of := func(installed ...string) *facts {
		f := factsOf(t, installed, nil)
		f.opinions.sideBySide["kernel-core"], f.opinions.sideBySide["kernel-uek"], f.opinions.sideBySide["kernel-default-base"] = true, true, true
		return f
	}
	const newer, older = "5.14.0-427.13.1.el9_4", "5.14.0-362.8.1.el9_3"
	both := "kernel-core.x86_64 " + newer + " " + older
	for _, c := range []struct {
		name, running, flag string
		booted              time.Time
		facts               *facts
		notices             []notice
		want                string
	}{
		{"the newest runs", newer + ".x86_64", "", boot, of(both), nil, "false"},
		{"an older one runs", older + ".x86_64", "", boot, of(both), nil, "true kernel-core"},
		{"a variant of the newest runs", newer + ".x86_64+rt", "", boot, of(both), nil, "false"},
		{"another kernel runs", "6.1.0-1.aws", "", boot, of(both), nil, "not known"},
		{"one beside another, as Oracle's", "5.15.0-1.el9uek.x86_64", "", boot, since(of(both, "kernel-uek.x86_64 5.15.0-1.el9uek"), "kernel-core"), nil, "false"},
		{"glibc since the boot", newer + ".x86_64", "", boot, since(of(both, "glibc.x86_64 2-1"), "glibc"), nil, "true glibc"},
		{"glibc before the boot", newer + ".x86_64", "", boot, of(both, "glibc.x86_64 2-1"), nil, "false"},
		{"what a notice asks it for", newer + ".x86_64", "", boot, since(of(both, "a.x86_64 2-1"), "a"),
			[]notice{noticeOf("N", "security", "", listed{nameArch{"a", "x86_64"}, "2-1", "", true})}, "true a"},
		{"a notice of an older version", newer + ".x86_64", "", boot, since(of(both, "a.x86_64 2-1"), "a"),
			[]notice{noticeOf("N", "security", "", listed{nameArch{"a", "x86_64"}, "1-1", "", true})}, "false"},
		{"no boot is known", newer + ".x86_64", "", time.Time{}, of(both), nil, "not known"},
		{"SUSE's flag", newer + ".x86_64", "run/reboot-needed", boot, of(both), nil, "true"},
		{"SUSE's kernel runs", "5.14.21-150500.55.39-default", "", boot, of("kernel-default.x86_64 5.14.21-150500.55.39.1"), nil, "false"},
		{"SUSE's kernel was replaced", "5.14.21-150500.55.36-default", "", boot, since(of("kernel-default.x86_64 5.14.21-150500.55.39.1"), "kernel-default"), nil, "true kernel-default"},
		{"the kernel of SUSE's small machines runs", "6.4.0-150600.23.81-default", "", boot, of("kernel-default-base.x86_64 6.4.0-150600.23.81.3.150600.12.36.3"), nil, "false"},
		{"it runs, beside an older one", "6.4.0-150600.23.81-default", "", boot, of("kernel-default-base.x86_64 6.4.0-150600.23.81.3.150600.12.36.3 6.4.0-150600.23.70.1.150600.12.30.2"), nil, "false"},
		{"a newer one of theirs is installed beside it", "6.4.0-150600.23.70-default", "", boot, of("kernel-default-base.x86_64 6.4.0-150600.23.81.3.150600.12.36.3 6.4.0-150600.23.70.1.150600.12.30.2"), nil, "true kernel-default-base"},
	} {
		t.Run(c.name, func(t *testing.T) {
			diff(t, "reboot", c.want, rebooted(t, c.running, c.flag, c.booted, c.facts, c.notices...))
		})
	}
	f := of(both)
	if required, names := f.reboot(rootOf(t, map[string]string{".dockerenv": "", "proc/2/comm": "sh\n", "proc/sys/kernel/osrelease": older + ".x86_64\n"}), host.Boot{At: boot}, newNoticeTable()); required != nil || names != nil {
		t.Error("a container has no kernel that could be newer")
	}
}

// metadata makes a repository's directory of files by their types; what stands in sums is given as checksum instead.
func metadata(t *testing.T, files map[string]string, sums map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("<repomd>")
	for kind, text := range files {
		sum := sha256.Sum256([]byte(text))
		given := hex.EncodeToString(sum[:])
		if other, is := sums[kind]; is {
			given = other
		}
		fmt.Fprintf(&b, `<data type="%s"><checksum type="sha256">%s</checksum><location href="repodata/%s.xml"/><timestamp>1717200000.5</timestamp><size>%d</size></data>`, kind, given, kind, len(text))
		write(t, filepath.Join(dir, kind+".xml"), text)
	}
	write(t, filepath.Join(dir, "repomd.xml"), b.String()+"</repomd>")
	return dir
}

func TestWhatARepositorySaysOfItself(t *testing.T) {
	t.Parallel()
	notices := "<updates>" + one("N-1", "") + "</updates>"
	both := map[string]string{"primary": "p", "updateinfo": notices}
	read := func(dir string, gpgcheck bool, keys ...string) (*source, error) {
		f := &facts{installed: &inventory{keys: keys}, release: "9"}
		return f.metadata(t.Context(), &repository{id: "r", name: "R", url: "https://user:secret@mirror.example.org:8443/r?x=y", dir: dir, gpgcheck: gpgcheck}, wantedByTests, func(string) {})
	}
	s, err := read(metadata(t, both, nil), true, "key")
	if err != nil {
		t.Fatal(err)
	}
	s.origin.CheckedAt = time.Time{}
	diff(t, "origin", messages.Origin{Archive: "r", Site: "mirror.example.org", Label: "R", Codename: "9", Trusted: true, Notices: true, Date: time.Unix(1717200000, 0).UTC()}, s.origin)
	diff(t, "notices", 1, len(s.notices))
	for name, how := range map[string]struct {
		gpgcheck bool
		keys     []string
	}{"not signed": {false, []string{"key"}}, "no key": {true, nil}} {
		if s, err := read(metadata(t, both, nil), how.gpgcheck, how.keys...); err != nil || s.origin.Trusted || len(s.notices) > 0 || !s.origin.Notices {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	if s, err := read(metadata(t, map[string]string{"primary": "p"}, nil), true, "key"); err != nil || s.origin.Notices {
		t.Errorf("without notices: %+v, %v", s, err)
	}
	for _, c := range []struct {
		name, want string
		dir        func() string
	}{
		{"another checksum", "its checksum is not the one", func() string { return metadata(t, both, map[string]string{"updateinfo": strings.Repeat("0", 64)}) }},
		{"another checksum of packages", "its checksum is not the one", func() string { return metadata(t, both, map[string]string{"primary": strings.Repeat("0", 64)}) }},
		{"no checksum", "its checksum is of the type", func() string { return metadata(t, both, map[string]string{"updateinfo": ""}) }},
		{"cut", "bytes, repomd.xml says", func() string {
			dir := metadata(t, both, nil)
			write(t, filepath.Join(dir, "updateinfo.xml"), notices[:20])
			return dir
		}},
		{"gone", "it is not in the cache", func() string {
			dir := metadata(t, both, nil)
			if err := os.Remove(filepath.Join(dir, "updateinfo.xml")); err != nil {
				t.Fatal(err)
			}
			return dir
		}},
		{"no list of packages", "names no list of packages", func() string { return metadata(t, map[string]string{"updateinfo": notices}, nil) }},
		{"no repomd.xml", "no such file", t.TempDir},
		{"not XML", "no list of notices", func() string { return metadata(t, map[string]string{"primary": "p", "updateinfo": "<html/>"}, nil) }},
		{"zchunk alone", "zchunk", func() string {
			return metadata(t, map[string]string{"primary": "p", "updateinfo_zck": "\x00ZCK1"}, nil)
		}},
	} {
		if _, err := read(c.dir(), true, "key"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
	dir := metadata(t, map[string]string{"primary": "p", "updateinfo": notices, "updateinfo_zck": "\x00ZCK1"}, nil)
	if s, err := read(dir, true, "key"); err != nil || len(s.notices) != 1 {
		t.Errorf("both forms: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "updateinfo.xml")); err != nil {
		t.Fatal(err)
	}
	if _, err := read(dir, true, "key"); !errors.Is(err, errZchunk) {
		t.Errorf("zchunk in the cache: %v", err)
	}
}

func TestOurCacheIsLinksAndCopies(t *testing.T) {
	t.Parallel()
	r := rootOf(t, map[string]string{
		"c/baseos-9d46b522ef2f689b/repodata/repomd.xml": "md", "c/baseos-9d46b522ef2f689b/mirrorlist": "m", "c/baseos-9d46b522ef2f689b/pubring/key": "k",
		"c/baseos-9d46b522ef2f689b/packages/big.rpm": "big", "c/baseos.solv": "s", "c/baseos-updateinfo.solvx": "u", "c/other.pid": "1", "c/tempfiles.json": "t",
		"c/evil-0000000000000000": "->/etc",
	})
	ours := filepath.Join(t.TempDir(), "cache")
	if err := mirrorCache(r, r.Path("c"), ours); err != nil {
		t.Fatal(err)
	}
	var found []string
	if err := filepath.WalkDir(ours, func(path string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel(ours, path)
		found = append(found, d.Type().String()[:1]+" "+rel)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	diff(t, "cache", strings.Join([]string{"d .", "d baseos-9d46b522ef2f689b", "- baseos-9d46b522ef2f689b/mirrorlist", "d baseos-9d46b522ef2f689b/pubring",
		"- baseos-9d46b522ef2f689b/pubring/key", "L baseos-9d46b522ef2f689b/repodata", "- baseos-updateinfo.solvx", "- baseos.solv"}, "\n"), strings.Join(found, "\n"))
	if err := mirrorCache(r, r.Path("nowhere"), filepath.Join(t.TempDir(), "none")); err != nil {
		t.Errorf("no cache: %v", err)
	}
}

func TestAPathFromEither(t *testing.T) {
	t.Parallel()
	for root, want := range map[string]string{"/": "/tmp/x", "/mnt": "/../tmp/x", "/mnt/image": "/../../tmp/x"} {
		got := fromEither(root, "/tmp/x")
		diff(t, root, want, got)
		diff(t, "from the root "+root, "/tmp/x", filepath.Join(root, got))
	}
}
