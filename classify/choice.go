package classify

import (
	"cmp"
	"fmt"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// Library is what operators have stored: baselines, what they are bound to, and the settings. It must not be
// changed while it is used; reading it is safe for concurrent use. The zero value holds only the built-in
// baselines.
type Library struct {
	Baselines  map[string]*baseline.Baseline // by id; nil: stored, but unreadable
	Groups     map[GroupKey]string           // baseline id
	Defaults   map[string]string             // baseline id, by operating system
	HostGroups map[string]string             // group, by host: set by an operator
	Settings   Settings
}

// GroupKey is a patch group of hosts with one operating system.
type GroupKey struct{ System, Group string }

// Choice is the baseline that judges a host, or why there is none.
type Choice struct {
	Baseline *baseline.Baseline // nil: Reason says why
	Reason   string             // NoBaseline or UnsupportedSystem
	Group    string             // the host's patch group; empty: none
}

// Choose returns the baseline that applies to a host (classification.md, section 5): the one bound to its
// group, else the default of its system, else the built-in default. A group whose bound baseline is missing or
// unreadable does not fall through to another one.
func (l *Library) Choose(host, system string, tags map[string]string) Choice {
	c := Choice{Group: l.group(host, tags)}
	if baseline.FamilyOf(system) == nil {
		c.Reason = UnsupportedSystem
		return c
	}
	id, bound := l.Groups[GroupKey{system, c.Group}]
	if c.Group == "" || !bound {
		id, bound = l.Defaults[system]
	}
	if !bound {
		c.Baseline = baseline.Default(system)
		return c
	}
	c.Baseline = l.Baseline(id)
	if c.Baseline == nil || c.Baseline.OperatingSystem != "" && c.Baseline.OperatingSystem != system {
		c.Baseline, c.Reason = nil, NoBaseline
	}
	return c
}

// JudgeBy classifies a host by a baseline that somebody names, as it is done offline. The error says that the
// baseline is for another operating system than the host's newest full scan, or why the host was refused.
func JudgeBy(b *baseline.Baseline, s Settings, host string, f *Facts, now time.Time) (*Report, error) {
	if f.Full == nil {
		r := Classify(host, f, Choice{Baseline: b}, s, now)
		return r, r.Refused
	}
	system := f.Full.Scan.OS.System
	if b.OperatingSystem != "" && b.OperatingSystem != system {
		return nil, fmt.Errorf("the baseline %s is for %s, and %s runs %s", cmp.Or(b.Name, "without a name"), b.OperatingSystem, host, system)
	}
	const id = "given"
	l := Library{Baselines: map[string]*baseline.Baseline{id: b}, Defaults: map[string]string{system: id}, Settings: s}
	r := l.Judge(host, f, now)
	return r, r.Refused
}

// Baseline returns the stored baseline of that id, else the built-in one of that name, else nil.
func (l *Library) Baseline(id string) *baseline.Baseline {
	if b, stored := l.Baselines[id]; stored {
		return b
	}
	return baseline.Builtin(id)
}

// group returns the group an operator set for the host, else the one its own tags propose.
func (l *Library) group(host string, tags map[string]string) string {
	if g := l.HostGroups[host]; g != "" {
		return g
	}
	return tagGroup(tags)
}

func tagGroup(tags map[string]string) string {
	if g := tags["Patch Group"]; g != "" {
		return g
	}
	return tags["PatchGroup"]
}

// Applies returns the patch group of a host, whose own tags propose one, and the baseline that applies to it.
func (l *Library) Applies(host, system, tagGroup string) (group string, by messages.BaselineRef) {
	c := l.Choose(host, system, map[string]string{"PatchGroup": tagGroup})
	return c.Group, c.ref()
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
