//go:build linux

package rpmproof

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/publisher/rpm"
)

// upgradeSlowly begins a transaction that stands still in a script until it is let go. What is returned waits for its end.
func (h *host) upgradeSlowly() (letGo, wait func()) {
	h.t.Helper()
	cmd := h.command("dnf", "-q", "-y", "--enablerepo=acme", "upgrade", "acme-slow", "acme-ok", "sudo")
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.await("tmp/acme-slow-started", "")
	return func() { h.write("tmp/acme-slow-go", "") }, func() {
		if err := cmd.Wait(); err != nil {
			h.t.Errorf("%v: %s", err, said.Bytes())
		}
	}
}

func TestAScanInTheMiddleOfATransaction(t *testing.T) {
	h := newHost(t)
	letGo, wait := h.upgradeSlowly()
	c := rpm.Collector{Root: h.root, Wait: -1}
	s, err := c.Collect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.Complete || len(s.Packages) > 0 || !strings.Contains(s.Error, "a transaction is at work: process ") {
		t.Errorf("complete %v with %d packages, error %q", s.Complete, len(s.Packages), s.Error)
	}

	scan := h.command("/tmp/patchstream", "scan", "--print", "--host", "rocky-1")
	var out, said bytes.Buffer
	scan.Stdout, scan.Stderr = &out, &said
	if err := scan.Start(); err != nil {
		t.Fatal(err)
	}
	letGo()
	wait()
	if err := scan.Wait(); err != nil {
		t.Fatalf("%v: %s", err, said.Bytes())
	}
	got := decode(t, out.String())
	for _, p := range got.Packages {
		if p.State != "" || len(p.Others) > 0 && !p.SideBySide {
			t.Errorf("%s is left in two versions: %+v", p.Name, p)
		}
		if p.Name == "acme-slow" && *p.Installed != "1.1-1" || p.Name == "sudo" && *p.Installed != "1.9.5p2-10.el9_3" {
			t.Errorf("%s %s: the scan did not wait", p.Name, *p.Installed)
		}
	}
}

// Metadata that is renewed in the middle of a reading has the reading begun again, and that is no trouble.
func TestAScanThatIsBegunAgain(t *testing.T) {
	h := newHost(t)
	want := h.whole()
	h.write("usr/sbin/rpm", "#!/bin/sh\ncase \"$*\" in *-qa*) [ -e /tmp/renewed ] || touch /tmp/renewed /var/cache/dnf/*/repodata/repomd.xml ;; esac\nexec /usr/bin/rpm \"$@\"\n")
	if err := os.Chmod(h.path("usr/sbin/rpm"), 0o755); err != nil {
		t.Fatal(err)
	}
	got := h.whole()
	if _, err := os.Stat(h.path("tmp/renewed")); err != nil {
		t.Fatalf("nothing was renewed: %v", err)
	}
	diff(t, "the packages", want.Packages, got.Packages)
}

// A transaction that was killed leaves two versions of the package at hand.
func TestATransactionThatWasKilled(t *testing.T) {
	h := newHost(t)
	cmd := h.command("sh", "-c", "dnf -q -y --enablerepo=acme upgrade acme-slow & p=$!; while [ ! -e /tmp/acme-slow-started ]; do sleep .1; done; kill -KILL $p; wait")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	s := h.whole()
	for _, p := range s.Packages {
		if broken := p.Name == "acme-slow"; broken != (p.State == "duplicate") {
			t.Errorf("%s: %q, %v", p.Name, p.State, p.Others)
		}
	}
	if text, _ := h.verdict(s, rocky); !strings.Contains(text, "acme-slow") {
		t.Errorf("%s", text)
	}
}
