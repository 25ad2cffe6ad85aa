package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/explain"
	"github.com/patchstream/patchstream/messages"
)

// aptRoot is a root in which real apt and dpkg install packages of a repository of its own, without being root.
type aptRoot struct{ *patchRoot }

func newAptRoot(t *testing.T, versions map[string][]string) *aptRoot {
	t.Helper()
	r := &aptRoot{newPatchRoot(t)}
	for _, dir := range []string{"repo", "var/cache/apt/archives/partial", "etc/apt/sources.list.d", "etc/apt/preferences.d", "etc/apt/apt.conf.d", "var/log/apt"} {
		if err := os.MkdirAll(r.path(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r.write("apt.conf", fmt.Sprintf(`Dir %q;
Dir::State::status %q;
Dir::Bin::dpkg "/usr/bin/dpkg";
Dpkg::Options { "--admindir=%s"; "--instdir=%s"; "--log=%s"; "--force-script-chrootless"; "--force-not-root"; "--force-bad-path"; };
Dpkg::Use-Pty "false"; Debug::NoLocking "true"; APT::Get::Assume-Yes "true"; APT::Sandbox::User ""; Acquire::Languages "none";
`, r.root, r.path("var/lib/dpkg/status"), r.path("var/lib/dpkg"), r.root, r.path("var/log/dpkg.log")), 0o644)
	var index strings.Builder
	for name, all := range versions {
		for i, version := range all {
			deb := r.deb(name, version, "true")
			if i == 0 {
				r.sh(r.dpkg("-i", deb))
			}
			if err := os.Rename(deb, r.path("repo/"+filepath.Base(deb))); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(r.path("repo/" + filepath.Base(deb)))
			if err != nil {
				t.Fatal(err)
			}
			sum, err := exec.Command("sha256sum", r.path("repo/"+filepath.Base(deb))).Output()
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&index, "Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: X <x@example.com>\nDescription: x\nFilename: ./%s\nSize: %d\nSHA256: %s\n\n",
				name, version, filepath.Base(deb), info.Size(), sum[:64])
		}
	}
	r.write("repo/Packages", index.String(), 0o644)
	r.write("etc/apt/sources.list", "deb [trusted=yes] file:"+r.path("repo")+" ./\n", 0o644)
	r.apt("apt-get update")
	return r
}

// apt runs a command line as it would be pasted into a shell of the root.
func (r *aptRoot) apt(line string) string {
	r.t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Env = append(os.Environ(), "APT_CONFIG="+r.path("apt.conf"), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("%s: %v: %s", line, err, out)
	}
	return string(out)
}

// state is the installed versions and what is automatic.
func (r *aptRoot) state(names ...string) string {
	r.t.Helper()
	out, err := exec.Command("dpkg-query", append([]string{"--admindir=" + r.path("var/lib/dpkg"), "-W", "-f", "${Package}=${Version} "}, names...)...).Output()
	if err != nil {
		r.t.Fatal(err)
	}
	return string(out) + "auto: " + strings.Join(strings.Fields(r.apt("apt-mark showauto")), " ")
}

// What a step suggests does no more than it says: no package becomes manual, or automatic, by it.
func TestTheNextStepKeepsTheMarksOfApt(t *testing.T) {
	t.Parallel()
	item := func(name, version string) classify.Item {
		return classify.Item{State: messages.Missing, Name: name, Arch: "amd64", Installed: "1.0", Version: version}
	}
	broken := item("lib", "1.0")
	broken.State, broken.Reason.Broken = messages.Failed, "reinstreq"
	os := &messages.OS{System: "DEBIAN"}
	of := func(i classify.Item) string { return explain.Next(os, &i) }
	all, _ := explain.NextOfAll(os, []classify.Item{item("app", "1.1"), item("lib", "1.1")})
	for name, c := range map[string]struct{ step, want string }{
		"of an automatic one": {of(item("lib", "1.1")), "app=1.0 lib=1.1 auto: lib"},
		"of a manual one":     {of(item("app", "1.1")), "app=1.1 lib=1.0 auto: lib"},
		"of the whole host":   {all, "app=1.1 lib=1.1 auto: lib"},
		"of a broken one":     {of(broken), "app=1.0 lib=1.0 auto: lib"},
		// That these would not do is why the step is as it is. Should apt change, it may become shorter.
		"a bare install":  {"apt-get install lib=1.1", "app=1.0 lib=1.1 auto: "},
		"only an upgrade": {"apt-get install --only-upgrade lib=1.1", "app=1.0 lib=1.1 auto: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newAptRoot(t, map[string][]string{"app": {"1.0", "1.1", "1.2"}, "lib": {"1.0", "1.1", "1.2"}})
			r.apt("apt-mark auto lib")
			if got := r.state("app", "lib"); got != "app=1.0 lib=1.0 auto: lib" {
				t.Fatalf("before: %s", got)
			}
			said := r.apt(c.step)
			if got := r.state("app", "lib"); got != c.want {
				t.Errorf("%s leaves %s, want %s: %s", c.step, got, c.want, said)
			}
		})
	}
}
