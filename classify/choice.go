package classify

import (
	"fmt"
	"slices"

	"github.com/patchstream/patchstream/messages"
)

// Library is what operators have stored: baselines, what they are bound to, and the settings. It must not be
// changed while it is used; reading it is safe for concurrent use. The zero value holds only the built-in
// baselines.
type Library struct {
	Baselines  map[string]*Baseline // by id; nil: stored, but unreadable
	Groups     map[GroupKey]string  // baseline id
	Defaults   map[string]string    // baseline id, by operating system
	HostGroups map[string]string    // group, by host: set by an operator
	Settings   Settings
}

// GroupKey is a patch group of hosts with one operating system.
type GroupKey struct{ System, Group string }

// Choice is the baseline that judges a host, or why there is none.
type Choice struct {
	Baseline *Baseline // nil: Reason says why
	Reason   string    // NoBaseline or UnsupportedSystem
	Group    string    // the host's patch group; empty: none
}

// Choose returns the baseline that applies to a host (classification.md, section 5): the one bound to its
// group, else the default of its system, else the built-in default. A group whose bound baseline is missing or
// unreadable does not fall through to another one.
func (l *Library) Choose(host, system string, tags map[string]string) Choice {
	c := Choice{Group: l.group(host, tags)}
	if !slices.Contains(aptSystems, system) {
		c.Reason = UnsupportedSystem
		return c
	}
	id, bound := l.Groups[GroupKey{system, c.Group}]
	if c.Group == "" || !bound {
		id, bound = l.Defaults[system]
	}
	if !bound {
		c.Baseline = defaultBaseline(system)
		return c
	}
	c.Baseline = l.Baseline(id)
	if c.Baseline == nil || c.Baseline.OperatingSystem != "" && c.Baseline.OperatingSystem != system {
		c.Baseline, c.Reason = nil, NoBaseline
	}
	return c
}

// ChooseGiven returns the choice of a baseline that somebody names for a host, as it is done offline. The error
// says that the baseline is for another operating system than the host's newest full scan.
func ChooseGiven(b *Baseline, f *Facts) (Choice, error) {
	if f.Full == nil {
		return Choice{Baseline: b}, nil
	}
	system := f.Full.Scan.OS.System
	if b.OperatingSystem != "" && b.OperatingSystem != system {
		return Choice{}, fmt.Errorf("baseline %s is for %s, and the scan is of a host with %s", b.Name, b.OperatingSystem, system)
	}
	if !slices.Contains(aptSystems, system) {
		return Choice{Reason: UnsupportedSystem}, nil
	}
	return Choice{Baseline: b}, nil
}

// Baseline returns the stored baseline of that id, else the built-in one of that name, else nil.
func (l *Library) Baseline(id string) *Baseline {
	if b, stored := l.Baselines[id]; stored {
		return b
	}
	return Builtin(id)
}

// group returns the group an operator set for the host, else the one its own tags propose.
func (l *Library) group(host string, tags map[string]string) string {
	if g := l.HostGroups[host]; g != "" {
		return g
	}
	if g := tags["Patch Group"]; g != "" {
		return g
	}
	return tags["PatchGroup"]
}

func (c Choice) ref() messages.BaselineRef {
	if c.Baseline == nil {
		return messages.BaselineRef{}
	}
	id := c.Baseline.BaselineID
	if id == "" {
		id = c.Baseline.Name
	}
	return messages.BaselineRef{ID: id, Name: c.Baseline.Name, Version: c.Baseline.Version}
}
