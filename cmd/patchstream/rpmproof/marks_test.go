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

// steps are two packages that a scan finds to upgrade, and the items that the report has of them.
func (h *host) steps() (os *messages.OS, items []classify.Item) {
	h.t.Helper()
	s := h.scan()
	for _, p := range s.Packages {
		if (p.Name == "secunder" || p.Name == "tzdata") && p.Candidate != "" {
			items = append(items, classify.Item{State: messages.Missing, Name: p.Name, Arch: p.Arch, Installed: *p.Installed, Version: p.Candidate})
		}
	}
	if len(items) != 2 {
		h.t.Fatalf("the host has %d of two packages to upgrade", len(items))
	}
	return &s.OS, items
}

// follow runs the one step for all items, as it is printed, and looks whether they have their versions.
func (h *host) follow(step, yes string, items []classify.Item) {
	h.t.Helper()
	tool := strings.Fields(yes)[0]
	h.do([]string{"sh", "-c", strings.Replace(step, tool+" ", yes+" ", 1)})
	for _, i := range items {
		if got := strings.TrimSpace(h.do([]string{"rpm", "-q", "--qf", "%{EVR}", i.Name})); got != i.Version {
			h.t.Errorf("%s leaves %s at %s", step, i.Name, got)
		}
	}
}

// What a step suggests upgrades and leaves what dnf notes of a package: that it came as a dependency, or that somebody asked for it.
func TestTheNextStepKeepsTheMarksOfDnf(t *testing.T) {
	for _, c := range []struct {
		on                *flavour
		dependency, asked string // the words for the marks
	}{{rockyLinux, "remove", "install"}, {fiveLinux, "dependency", "user"}} {
		t.Run(c.on.name, func(t *testing.T) {
			h := c.on.host(t)
			os, items := h.steps()
			h.do([]string{"dnf", "-q", "-y", "mark", c.dependency, "secunder"})
			h.do([]string{"dnf", "-q", "-y", "mark", c.asked, "tzdata"})
			step, n := explain.NextOfAll(os, items)
			if n != 2 {
				t.Fatalf("%q is of %d", step, n)
			}
			h.follow(step, "dnf -y", items)
			user := strings.Fields(h.do([]string{"dnf", "-q", "repoquery", "--userinstalled", "--qf", "%{name}\n"}))
			if slices.Contains(user, "secunder") || !slices.Contains(user, "tzdata") {
				t.Errorf("asked for are %v; tzdata was, secunder was not", user)
			}
		})
	}
}

// A package that becomes one of an architecture, and is none of any before, is found by the step of dnf 4. dnf 5 takes none that names
// the version.
func TestTheNextStepOfDnfFollowsAPackageIntoAnArchitecture(t *testing.T) {
	h := newHost(t)
	s := h.scan()
	for _, p := range s.Packages {
		if p.Name != "archchange" {
			continue
		}
		items := []classify.Item{{State: messages.Missing, Name: p.Name, Arch: p.Arch, Installed: *p.Installed, Version: p.Candidate}}
		h.follow(explain.Next(&s.OS, &items[0]), "dnf -y", items)
		if got := h.do([]string{"rpm", "-q", "archchange"}); strings.TrimSpace(got) != "archchange-"+p.Candidate+".x86_64" {
			t.Errorf("installed is %s", got)
		}
		return
	}
	t.Fatal("the host has no package that changes its architecture")
}

// zypper notes by name what came as a dependency, and takes it for asked for once it is told of it.
func TestTheNextStepKeepsTheMarksOfZypper(t *testing.T) {
	h := sles.host(t)
	os, items := h.steps()
	const marks = "var/lib/zypp/AutoInstalled"
	h.write(marks, "secunder\n")
	step, n := explain.NextOfAll(os, items)
	if n != 2 {
		t.Fatalf("%q is of %d", step, n)
	}
	h.follow(step, "zypper --non-interactive", items)
	h.do([]string{"zypper", "--non-interactive", "install", "sudo"}) // after which zypper has read the marks and written them anew
	var noted []string
	for line := range strings.Lines(run(t, "cat", h.path(marks))) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			noted = append(noted, line)
		}
	}
	if !slices.Equal(noted, []string{"secunder"}) {
		t.Errorf("dependencies are %v; secunder was one, and tzdata was not", noted)
	}
}
