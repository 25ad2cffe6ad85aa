//go:build linux

package rpmproof

import (
	"slices"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/explain"
	"github.com/patchstream/patchstream/messages"
)

// What a step suggests upgrades one package and leaves what dnf notes of it: that it came as a dependency, or that somebody asked for it.
func TestTheNextStepKeepsTheMarksOfDnf(t *testing.T) {
	h := newHost(t)
	s := decode(t, h.do([]string{"/tmp/patchstream", "scan", "--print", "--host", "rocky-1"}))
	var items []classify.Item
	for _, p := range s.Packages {
		if p.Candidate != "" && p.Installed != nil && p.Candidate != *p.Installed && !p.Hold && !p.KeptBack && p.Name != "archchange" && len(items) < 2 {
			items = append(items, classify.Item{State: messages.Missing, Name: p.Name, Arch: p.Arch, Installed: *p.Installed, Version: p.Candidate})
		}
	}
	if len(items) < 2 {
		t.Fatalf("the host has %d packages to upgrade", len(items))
	}
	dependency, asked := items[0].Name, items[1].Name
	h.do([]string{"dnf", "-q", "-y", "mark", "remove", dependency})
	h.do([]string{"dnf", "-q", "-y", "mark", "install", asked})
	for i := range items {
		step := explain.Next(&s.OS, &items[i])
		h.do(append([]string{"dnf", "-y"}, strings.Fields(step)[1:]...))
		got := strings.TrimSpace(h.do([]string{"rpm", "-q", "--qf", "%{EVR}", items[i].Name}))
		if got != items[i].Version {
			t.Errorf("%s leaves %s at %s", step, items[i].Name, got)
		}
	}
	user := strings.Fields(h.do([]string{"dnf", "-q", "repoquery", "--userinstalled", "--qf", "%{name}\n"}))
	if slices.Contains(user, dependency) || !slices.Contains(user, asked) {
		t.Errorf("asked for are %v; %s was, %s was not", user, asked, dependency)
	}
}
