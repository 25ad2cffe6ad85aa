//go:build linux

package apt

import (
	"os"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/messages"
)

func TestWhatIsNotAttempted(t *testing.T) {
	t.Parallel()
	newer := []deb{{name: "good", version: "1.1"}, {name: "post", version: "1.1"}, {name: "held", version: "1.1"}}
	host := func(t *testing.T) *patchHost {
		h := newPatchHost(t, sixPackages...)
		h.offer(newer...)
		return h
	}
	check := func(t *testing.T, run *messages.Run, runError string, want ...string) {
		t.Helper()
		diff(t, "outcomes", want, outcomesOf(run))
		if !strings.HasPrefix(run.Error, runError) || run.Error == "" {
			t.Errorf("the run's error is %q, want it to begin with %q", run.Error, runError)
		}
	}
	t.Run("lock", func(t *testing.T) {
		h := host(t)
		path := h.path("var/lib/dpkg/lock-frontend")
		_, release := lock(t, path)
		run := h.run(100, "apt-get", "-y", "install", "good")
		release()
		_, why, _ := strings.Cut(outcomesOf(run)[0], "plan: ")
		check(t, run, "lock: Could not get lock "+path, "good.amd64 1.0 > 1.1 not_attempted plan: "+why)
		if !strings.HasPrefix(why, "lock: Could not get lock "+path+". It is held by process ") {
			t.Errorf("the reason is %q", why)
		}
	})
	t.Run("fetch", func(t *testing.T) {
		h := host(t)
		if err := os.Remove(h.path("repo/good_1.1_all.deb")); err != nil {
			t.Fatal(err)
		}
		why := "not_attempted fetch: fetch: Failed to fetch file:" + h.root + "/repo/./good_1.1_all.deb" +
			" File not found - " + h.root + "/repo/./good_1.1_all.deb" + " (2: No such file or directory)"
		check(t, h.run(100, "apt-get", "-y", "install", "good", "post"), "fetch: Failed to fetch file:",
			"good.amd64 1.0 > 1.1 "+why, "post.amd64 1.0 > 1.1 "+why)
		diff(t, "with -m", []string{"good.amd64 1.0 > 1.1 " + why, "post.amd64 1.0 > 1.1 installed"},
			outcomesOf(h.run(100, "apt-get", "-y", "-m", "install", "good", "post")))
	})
	t.Run("unauthenticated", func(t *testing.T) {
		h := host(t)
		edit(t, h.path("etc/apt/sources.list"), "trusted=yes", "allow-insecure=yes")
		h.do("apt-get", "update")
		check(t, h.run(100, "apt-get", "-qq", "install", "good"), "unauthenticated: There were unauthenticated packages",
			"good.amd64 1.0 > 1.1 not_attempted plan: unauthenticated: There were unauthenticated packages and -y was used without --allow-unauthenticated")
	})
	t.Run("held", func(t *testing.T) {
		h := host(t)
		h.hold("held")
		check(t, h.run(100, "apt-get", "-y", "install", "held"), "held: Held packages were changed",
			"held.amd64 1.0 > 1.1 not_attempted plan: held: Held packages were changed and -y was used without --allow-change-held-packages.")
	})
	t.Run("interrupted", func(t *testing.T) {
		h := host(t)
		write(t, h.path("var/lib/dpkg/updates/0001"), "")
		r, _, stderr := h.runner()
		run, code, err := r.Run(t.Context(), []string{"apt-get", "-y", "install", "good"})
		if err != nil || code != 100 {
			t.Fatal(code, err)
		}
		check(t, run, "interrupted: dpkg was interrupted",
			"good.amd64 1.0 > 1.1 not_attempted plan: interrupted: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.")
		if want := "patchstream: dpkg was interrupted before this run"; !strings.HasPrefix(stderr.String(), want) {
			t.Errorf("stderr is %q, want it to begin with %q", stderr, want)
		}
	})
	t.Run("no", func(t *testing.T) {
		h := host(t)
		r, _, _ := h.runner()
		r.Stdin = strings.NewReader("n\n")
		run, code, err := r.Run(t.Context(), []string{"apt-get", "install", "good", "new-"})
		if err != nil || code != 100 { // there is no package new
			t.Fatal(code, err)
		}
		check(t, run, "Unable to locate package new")
		r.Stdin = strings.NewReader("n\n")
		if run, code, err = r.Run(t.Context(), []string{"apt-get", "upgrade"}); err != nil || code != 1 {
			t.Fatal(code, err)
		}
		check(t, run, "the command ended with exit code 1",
			"good.amd64 1.0 > 1.1 not_attempted plan: the command ended with exit code 1",
			"held.amd64 1.0 > 1.1 not_attempted plan: the command ended with exit code 1",
			"post.amd64 1.0 > 1.1 not_attempted plan: the command ended with exit code 1")
	})
	t.Run("only downloaded", func(t *testing.T) {
		run := host(t).run(0, "apt-get", "-y", "-d", "install", "good")
		diff(t, "outcomes", []string{"good.amd64 1.0 > 1.1 skipped: the command has left it as it was"}, outcomesOf(run))
		diff(t, "error", "", run.Error)
	})
}
