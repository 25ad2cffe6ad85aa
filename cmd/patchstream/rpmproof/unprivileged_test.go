//go:build linux

package rpmproof

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// An ordinary user sees what root does, but what the resolver leaves, where root's cache can be read.
func TestAnOrdinaryUserScans(t *testing.T) {
	h := newHost(t)
	scan := func() (string, string) {
		cmd := exec.Command("chroot", "--userspec=65534:65534", h.root, "/tmp/patchstream", "scan", "--print", "--host", "rocky-1")
		cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=/nonexistent"}
		var out, said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &said
		_ = cmd.Run() // what it says is what counts
		return out.String(), said.String()
	}
	want := h.whole()
	out, said := scan()
	if out == "" {
		t.Fatal(said)
	}
	got := decode(t, out)
	if !got.Complete {
		t.Fatalf("%s\n%s", got.Error, said)
	}
	for i := range want.Packages {
		want.Packages[i].KeptBack = false // dnf plans for root alone
	}
	if words := "no package is called kept back"; strings.Count(said, words) != 1 {
		t.Errorf("it does not warn that %s: %s", words, said)
	}
	diff(t, "packages", want.Packages, got.Packages)
	for i := range got.Origins {
		got.Origins[i].CheckedAt, want.Origins[i].CheckedAt = time.Time{}, time.Time{}
	}
	diff(t, "origins", want.Origins, got.Origins)

	if err := os.Chmod(h.path("var/cache/dnf"), 0o700); err != nil {
		t.Fatal(err)
	}
	if out, said = scan(); out == "" {
		t.Fatal(said)
	}
	if s := decode(t, out); s.Complete || !strings.Contains(s.Error, "permission denied") {
		t.Errorf("complete %v, error %q", s.Complete, s.Error)
	}
}
