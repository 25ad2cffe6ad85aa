//go:build linux

package rpmproof

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// verdict is how the program judges a scan, and its exit code.
func (h *host) verdict(s *messages.Scan, baseline string) (text string, code int) {
	h.t.Helper()
	event, err := messages.Encode(s, messages.JSON)
	if err != nil {
		h.t.Fatal(err)
	}
	cmd := exec.Command(binary(), "classify", "--baseline", baseline, "--scan", "-", "--now", "now", "--exit-code", "--all")
	cmd.Stdin = strings.NewReader(string(event))
	out, _ := cmd.CombinedOutput()
	return string(out), cmd.ProcessState.ExitCode()
}

func (h *host) verdictNow(baseline string) (string, int) {
	h.t.Helper()
	return h.verdict(h.whole(), baseline)
}

const (
	exitCompliant    = 0
	exitNonCompliant = 3
	exitUnknown      = 4
)

const rocky = "AWS-RockyLinuxDefaultPatchBaseline"

// lenient is a baseline to which nothing of the repositories is missing, because it approves of nothing that is so new.
func lenient(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lenient.json")
	text := `{"Name": "lenient", "OperatingSystem": "ROCKY_LINUX", "ApprovalRules": {"PatchRules": [{"ApproveUntilDate": "2001-01-01",
		"PatchFilterGroup": {"PatchFilters": [{"Key": "CLASSIFICATION", "Values": ["Security"]}]}}]}}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAHostThatIsInOrderIsJudged(t *testing.T) {
	h := newHost(t)
	if text, code := h.verdict(h.whole(), rocky); code != exitNonCompliant {
		t.Errorf("exit code %d\n%s", code, text)
	}
	h.do([]string{"dnf", "-q", "-y", "--nobest", "--disableplugin=versionlock", "--disableexcludes=all", "upgrade"})
	text, code := h.verdict(h.whole(), rocky)
	// what the resolver leaves is all that is left
	if code != exitNonCompliant || strings.Count(text, "MISSING") < 1 || !strings.Contains(text, "needs-missing") || strings.Contains(text, "sudo.x86_64 MISSING") {
		t.Errorf("exit code %d\n%s", code, text)
	}
	h.do([]string{"rpm", "-e", "--nodeps", "needs-missing"})
	if text, code := h.verdict(h.whole(), rocky); code != exitCompliant {
		t.Errorf("exit code %d\n%s", code, text)
	}
}

// cached is a file in the cache of a repository; more than one must not match.
func (h *host) cached(repo, pattern string) string {
	h.t.Helper()
	found, err := filepath.Glob(h.path("var/cache/dnf/" + repo + "-" + strings.Repeat("[0-9a-f]", 16) + "/" + pattern))
	if err != nil || len(found) != 1 {
		h.t.Fatalf("%s of %s: %v, %v", pattern, repo, found, err)
	}
	return found[0]
}

func (h *host) remove(path string) {
	h.t.Helper()
	if err := os.RemoveAll(path); err != nil {
		h.t.Fatal(err)
	}
}

// cut leaves the first half of a file.
func (h *host) cut(path string) {
	h.t.Helper()
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, info.Size()/2)
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

// date gives a repository another date, and has dnf fetch it.
func (h *host) date(repo string, at time.Time) {
	h.t.Helper()
	redate(h.t, filepath.Join(h.repos, repo), at)
	h.do([]string{"dnf", "-q", "--refresh", "makecache"})
}

const database = "var/lib/rpm/rpmdb.sqlite"

// What must not be green, because something is not known: each is unknown, and says why.
func TestNothingIsGreenThatIsNotKnown(t *testing.T) {
	long := time.Now().Add(-40 * 24 * time.Hour)
	baseline := lenient(t)
	if text, code := newHost(t).verdictNow(baseline); code != exitCompliant {
		t.Fatalf("nothing is spoiled, exit code %d\n%s", code, text)
	}
	for _, c := range []struct {
		name  string
		spoil func(h *host)
		want  string // in the scan's error, or in the verdict of a whole scan
	}{
		{"a repository that is skipped without a word", func(h *host) {
			h.remove(h.cached("baseos", ""))
			h.add("etc/yum.repos.d/baseos.repo", "skip_if_unavailable=1\n")
		}, "no metadata of the repository baseos, which is skipped without a word"},
		{"a repository without metadata", func(h *host) { h.remove(h.cached("baseos", "")) }, "Cache-only enabled but no cache for 'baseos'"},
		{"a list of packages that is cut", func(h *host) { h.cut(h.cached("baseos", "repodata/*-primary.xml.gz")) }, "baseos"},
		{"a list of packages that is gone", func(h *host) { h.remove(h.cached("baseos", "repodata/*-primary.xml.gz")) }, "baseos"},
		{"notices that are cut", func(h *host) { h.cut(h.cached("baseos", "repodata/*-updateinfo.xml.gz")) }, "baseos"},
		{"notices that are gone", func(h *host) { h.remove(h.cached("baseos", "repodata/*-updateinfo.xml.gz")) }, "baseos"},
		{"a list of metadata that is cut", func(h *host) { h.cut(h.cached("baseos", "repodata/repomd.xml")) }, "baseos"},
		{"no cache at all", func(h *host) { h.remove(h.path("var/cache/dnf")) }, "no cache"},
		{"no repository", func(h *host) { h.remove(h.path("etc/yum.repos.d")) }, "no repository is enabled"},
		{"a database that is empty", func(h *host) {
			h.remove(h.path(database))
			h.remove(h.path(database + "-wal"))
			h.remove(h.path(database + "-shm"))
			h.do([]string{"rpm", "--initdb"})
		}, "rpm lists no installed package"},
		{"a database that is gone", func(h *host) { h.remove(h.path("var/lib/rpm")) }, "no database of rpm"},
		{"a database that is none", func(h *host) { h.write(database, strings.Repeat("no database\n", 1000)) }, "rpm"},
		{"a database that is cut", func(h *host) { h.cut(h.path(database)) }, "rpm"},
		{"a package that is damaged", func(h *host) {
			h.do([]string{"python3", "-c", "import sqlite3; c=sqlite3.connect('/" + database + "'); " +
				"c.execute('UPDATE Packages SET blob=zeroblob(length(blob)) WHERE hnum=(SELECT max(hnum) FROM Packages)'); c.commit()"})
		}, "rpm -qa left something out"},
		{"yum 3", func(h *host) {
			for _, name := range []string{"dnf", "dnf-3", "yum"} {
				h.remove(h.path("usr/bin/" + name))
			}
			h.write("usr/bin/yum", "#!/usr/bin/python2\n")
		}, "has yum 3"},
		{"no package manager", func(h *host) {
			for _, name := range []string{"dnf", "dnf-3", "yum"} {
				h.remove(h.path("usr/bin/" + name))
			}
		}, "neither dnf nor zypper is installed"},
		{"metadata that nobody asked for again", func(h *host) {
			for _, repo := range []string{"baseos", "appstream", "thirdparty", "unsigned"} {
				if err := os.Chtimes(h.cached(repo, "repodata/repomd.xml"), long, long); err != nil {
					h.t.Fatal(err)
				}
			}
		}, "lists_old"},
		{"one repository that cannot be reached any more", func(h *host) {
			if err := os.Chtimes(h.cached("baseos", "repodata/repomd.xml"), long, long); err != nil {
				h.t.Fatal(err)
			}
		}, "lists_old"},
		{"a frozen base beside a living repository of others", func(h *host) {
			describe(h.t, filepath.Join(h.repos, "thirdparty"), strings.ReplaceAll(updateInfo(h.t, "acme"), "acme-ok", "agent-x"), time.Now())
			redate(h.t, filepath.Join(h.repos, "appstream"), long)
			h.date("baseos", long)
		}, "security_lists_old"},
		{"a frozen BaseOS beside a living AppStream", func(h *host) {
			h.add("etc/yum.repos.d/acme.repo", "enabled=1\n") // it carries a third of the packages, and has notices
			h.date("baseos", long)
		}, "security_lists_old"},
		{"no key that anything is signed with", func(h *host) { h.do([]string{"rpm", "-e", "--allmatches", "gpg-pubkey"}) }, "no_security_source"},
		{"repositories that nobody has to sign", func(h *host) {
			h.write("etc/dnf/dnf.conf", "[main]\n")
			for _, repo := range repositories {
				text := strings.ReplaceAll(run(h.t, "cat", h.path("etc/yum.repos.d/"+repo+".repo")), "gpgcheck=1", "gpgcheck=0")
				h.write("etc/yum.repos.d/"+repo+".repo", text)
			}
		}, "no_security_source"},
		{"a base without notices", func(h *host) {
			describe(h.t, filepath.Join(h.repos, "baseos"), "", time.Now())
			describe(h.t, filepath.Join(h.repos, "appstream"), "", time.Now())
			h.do([]string{"dnf", "-q", "--refresh", "makecache"})
		}, "no_security_source"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHost(t)
			c.spoil(h)
			s := h.scan()
			text, code := h.verdict(s, baseline)
			if code != exitUnknown {
				t.Errorf("exit code %d, complete %v, error %q\n%s", code, s.Complete, s.Error, text)
			}
			if s.Complete && !strings.Contains(text, c.want) || !s.Complete && !strings.Contains(s.Error, c.want) {
				t.Errorf("complete %v, error %q, want %q\n%s", s.Complete, s.Error, c.want, text)
			}
		})
	}
}
