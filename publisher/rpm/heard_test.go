package rpm

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func heardOf(lines ...string) *heard {
	h := &heard{}
	_, _ = h.Write([]byte(strings.Join(lines, "\n")))
	h.end()
	return h
}

func TestWhatIsHeardOfAPackage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"a script", "x: no\nerror: %prein(acme-pre-1.1-1.noarch) scriptlet failed, exit status 3", "acme-pre.noarch 1.1-1 pre: %prein(acme-pre-1.1-1.noarch) scriptlet failed, exit status 3: x: no"},
		{"that said nothing", ">>> Scriptlet output:\n>>> [RPM] %prein(a-1-1.noarch) scriptlet failed, exit status 3", "a.noarch 1-1 pre: %prein(a-1-1.noarch) scriptlet failed, exit status 3"},
		{"in German", "Fehler: %preun(a-1:1.0-1.noarch) Skriptlet fehlgeschlagen, Exit-Status 5", "a.noarch 1:1.0-1 preun: %preun(a-1:1.0-1.noarch) Skriptlet fehlgeschlagen, Exit-Status 5"},
		{"a trigger", "warning: %triggerin(a-1-1.x86_64) scriptlet failed, exit status 1", "a.x86_64 1-1 trigger: %triggerin(a-1-1.x86_64) scriptlet failed, exit status 1"},
		{"a file trigger", "warning: %transfiletriggerin(a-1-1.x86_64) scriptlet failed, signal 9", "a.x86_64 1-1 trigger: %transfiletriggerin(a-1-1.x86_64) scriptlet failed, signal 9"},
		{"from rpm 4.19", "warning: %postuntrans(a-1-1.x86_64) scriptlet failed, exit status 1", "a.x86_64 1-1 postun: %postuntrans(a-1-1.x86_64) scriptlet failed, exit status 1"},
		{"by name", "Error in POSTIN scriptlet in rpm package acme-post", "acme-post. - post: Error in POSTIN scriptlet in rpm package acme-post"},
		{"of dnf 5", ">>> Non-critical error in %post scriptlet: a-0:1.1-1.noarch", "a.noarch 1.1-1 post: Non-critical error in %post scriptlet: a-0:1.1-1.noarch"},
		{"of dnf 5's log", `2026-11-28T09:22:31+0000 [19079] ERROR RPM callback error in %pre scriptlet "a-0:1.1-1.noarch" return code 2`, `a.noarch 1.1-1 pre: RPM callback error in %pre scriptlet "a-0:1.1-1.noarch" return code 2`},
		{"unpacking", "error: unpacking of archive failed on file /opt/x;1: cpio: write failed\nerror: a-1-1.noarch: install failed", "a.noarch 1-1 unpack: unpacking of archive failed on file /opt/x;1: cpio: write failed"},
		{"failed, and no more", "error: a-1-1.noarch: install failed", "a.noarch 1-1 -: install failed"},
		{"erased", "error: a-1-1.noarch: erase failed", "a.noarch 1-1 preun: erase failed"},
		{"skipped has its reason elsewhere", "error: a-1-1.noarch: erase skipped", ""},
		{"not signed", "Package a-1-1.x86_64.rpm is not signed", "a.x86_64 1-1 verify: Package a-1-1.x86_64.rpm is not signed"},
		{"no key", "Public key for a-1-1.x86_64.rpm is not installed. Failing package is: a-1-1.x86_64", "a.x86_64 1-1 verify: Public key for a-1-1.x86_64.rpm is not installed. Failing package is: a-1-1.x86_64"},
		{"two that clash", "  file /x conflicts between attempted installs of a-1-1.noarch and b-1-1.noarch", "a.noarch 1-1 test: file /x conflicts between attempted installs of a-1-1.noarch and b-1-1.noarch"},
		{"room", "  installing package a-1-1.noarch needs 8MB more space on the / filesystem", "a.noarch 1-1 test: installing package a-1-1.noarch needs 8MB more space on the / filesystem"},
		{"requires", "  - package a-1-1.x86_64 from baseos requires b = 1, but none of the providers can be installed", "a.x86_64 1-1 resolve: package a-1-1.x86_64 from baseos requires b = 1, but none of the providers can be installed"},
		{"of libzypp", "Problem: the to be installed a-1-1.x86_64 requires 'b', but this requirement cannot be provided", "a.x86_64 1-1 resolve: the to be installed a-1-1.x86_64 requires 'b', but this requirement cannot be provided"},
		{"no download", "  a-1-1.x86_64: Cannot download a-1-1.x86_64.rpm: All mirrors were tried", "a.x86_64 1-1 download: a-1-1.x86_64: Cannot download a-1-1.x86_64.rpm: All mirrors were tried"},
		{"zypper's log", "# 2026-11-28 09:22:55 a-1-1.noarch.rpm install failed", "a.noarch 1-1 -: install failed"},
		{"no package", "error: %prein(what) failed\nPackage x is not signed\nerror: x: install failed", ""},
		{"no script", "progress %done(a-1-1.noarch)", ""},
	} {
		var got []string
		for _, tr := range heardOf(strings.Split(c.text, "\n")...).troubles {
			got = append(got, fmt.Sprintf("%s %s %s: %s", tr.nameArch, orDash(tr.evr), orDash(tr.stage), tr.text))
		}
		diff(t, c.name, c.want, strings.Join(got, "\n"))
	}
}

func TestWhatIsHeardOfTheRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"an error", "Error: No packages marked for upgrade.", "No packages marked for upgrade."},
		{"with its lines", "Error: \n Problem: x\n  - nothing provides y needed by z-1-1.noarch\nelse", "dependencies: Problem: x nothing provides y needed by z-1-1.noarch"},
		{"of rpm", "error: sqlite failure: RELEASE 'rwlock': database or disk is full", "space: sqlite failure: RELEASE 'rwlock': database or disk is full"},
		{"locked", "RPMDB already locked by 18441\n  The application with PID 18441 is: dnf", "lock: RPMDB already locked by 18441 The application with PID 18441 is: dnf"},
		{"of zypper", "System management is locked by the application with pid 7 (zypper).", "lock: System management is locked by the application with pid 7 (zypper)."},
		{"not root", "Error: This command has to be run with superuser privileges (under the root user on most systems).", "permission: This command has to be run with superuser privileges (under the root user on most systems)."},
		{"a warning of a log is none", "2026-11-28T09:22:31+0000 [1] WARNING Failed to acquire systemd inhibitor lock: x", ""},
		{"what says no more than that it failed comes last", "Error: Transaction failed", "Transaction failed"},
		{"dnf 5 knows what is excluded", "Failed to resolve the transaction:\nArgument 'excluded' matches only excluded packages.", "Argument 'excluded' matches only excluded packages."},
		{"nothing", "Complete!", ""},
	} {
		text, why := heardOf(strings.Split(c.text, "\n")...).main()
		diff(t, c.name, c.want, why.said(text))
	}
	h := heardOf("Error: Failed to download metadata for repo 'epel': x", "Error: Failed to download metadata for repo 'other': x", "Ignoring repositories: baseos, epel, _dnf_local")
	diff(t, "went on without", []string{"baseos", "epel"}, h.without())
	diff(t, "grave", []string{"Failed to download metadata for repo 'other': x"}, h.grave())
}

func TestWhatIsHeardStaysWithinItsBounds(t *testing.T) {
	t.Parallel()
	h := &heard{}
	for i := range 5_000 {
		_, _ = fmt.Fprintf(h, "Error: %d\nerror: a%d-1-1.noarch: install failed\n2026-11-28T09:19:33+0000 SUBDEBUG Upgrade: a%d-1-1.noarch\n", i, i, i)
		_, _ = fmt.Fprintf(h, "conflicts with a%d.noarch < 2-1 provided by\nremove lock to allow removal of a%d-1-1.noarch\nIgnoring repositories: r%d\n", i, i, i)
	}
	for name, n := range map[string]int{
		"errors": len(h.errors), "troubles": len(h.troubles), "touched": len(h.touched), "wanted": len(h.wanted), "locked": len(h.locked), "ignored": len(h.ignored),
	} {
		if n == 0 || n > maxHeardOf && name != "touched" {
			t.Errorf("%d %s", n, name)
		}
	}
}

func TestNEVRA(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"sudo-1.9.5p2-10.el9_3.x86_64":       "sudo.x86_64 1.9.5p2-10.el9_3",
		"openssl-libs-1:3.0.7-27.el9.x86_64": "openssl-libs.x86_64 1:3.0.7-27.el9",
		"a-0:1.1-1.noarch":                   "a.noarch 1.1-1",
		"a-1.1-1.noarch.rpm":                 "a.noarch 1.1-1",
		"gtk+-2^git1-1~rc.i686":              "gtk+.i686 2^git1-1~rc",
		"a-1.noarch":                         "", "a": "", "": "", "-1-1.noarch": "", "a-1-.noarch": "", "a-1-1.": "", "a b-1-1.noarch": "", "a-x:1-1.noarch": "",
	} {
		n, ok := parseNEVRA(text)
		got := ""
		if ok {
			got = n.String() + " " + n.evr
		}
		diff(t, text, want, got)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-zA-Z0-9][a-zA-Z0-9._+-]{0,8}`).Draw(t, "name")
		evr := rapid.StringMatching(`([1-9]:)?[a-z0-9.~^_+]{1,5}-[a-z0-9.~^_+]{1,5}`).Draw(t, "evr")
		arch := rapid.SampledFrom([]string{"noarch", "x86_64", "i686"}).Draw(t, "arch")
		n, ok := parseNEVRA(name + "-" + evr + "." + arch)
		if !ok || n != (nevra{nameArch{name, arch}, evr}) {
			t.Fatalf("%+v", n)
		}
	})
}

func FuzzHeard(f *testing.F) {
	for _, r := range recordings(f) {
		for _, part := range []string{"stderr", "dnf.rpm.log", "dnf5.log", "zypp.history"} {
			f.Add(r[part])
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		h := heardOf(text)
		for _, tr := range h.troubles {
			if !legalName(tr.name) || tr.text == "" {
				t.Fatalf("%+v", tr)
			}
		}
		if said, why := h.main(); said == "" && why != causeUnknown {
			t.Fatalf("%q %q", said, why)
		}
	})
}
