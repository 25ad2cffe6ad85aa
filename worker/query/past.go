package query

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/history"
)

// PastView is a host as it stood at a time, by the events that had been applied by then.
type PastView struct {
	Host       string               `json:"host"`
	At         time.Time            `json:"at"`
	Revision   uint64               `json:"revision"` // of the last change by then
	ChangedAt  time.Time            `json:"committed_at"`
	Status     messages.HostStatus  `json:"status"`
	Reasons    []string             `json:"reasons"`
	Conditions []messages.Condition `json:"conditions"`
	Level      messages.Level       `json:"level"`
	Counts     messages.Counts      `json:"counts"`
	Baseline   messages.BaselineRef `json:"baseline"`
	Patches    []PastPatch          `json:"patches"`
}

// PastPatch is a patch as it stood.
type PastPatch struct {
	Patch          string         `json:"patch"`
	Name           string         `json:"name"`
	Arch           string         `json:"arch"`
	State          messages.State `json:"state"`
	Version        string         `json:"version"`
	Installed      string         `json:"installed"`
	Level          messages.Level `json:"level"`
	Classification string         `json:"classification"`
	Blocked        string         `json:"blocked"`
	Since          *time.Time     `json:"since,omitempty"`

	// StateOnly says that of what it was then only the state is known: the change that said more is kept no longer.
	StateOnly bool `json:"state_only,omitempty"`
}

// RetentionError says that changes of a time are kept no longer.
type RetentionError struct{ Earliest time.Time } // from which on there are any

func (e *RetentionError) Error() string {
	return fmt.Sprintf("what was before %s is kept no longer", e.Earliest.Format(time.RFC3339))
}

// ErrNotYet says that a host was not known at a time.
var ErrNotYet = errors.New("the host was not known then")

// PastAt returns a host as it stood at a time, from its changes. now is its report as it stands, or nil where it has none any more: what
// no change that is kept tells of has not changed since. [*RetentionError]: the changes of that time are kept no longer. [ErrNotYet].
func PastAt(ctx context.Context, js jetstream.JetStream, host string, at time.Time, now *classify.Report) (*PastView, error) {
	p := NewPast(at)
	err := history.Read(ctx, js, history.From{Host: host, Oldest: true}, func(e history.Entry) error { p.Take(e.Changed); return nil })
	if err != nil {
		return nil, err
	}
	return p.View(host, now)
}

// Past adds up the changes of a host, in their order, to what it was at a time.
type Past struct {
	at          time.Time
	first, last *messages.Changed // the first that is kept, and the last by the time
	patches     map[string]PastPatch
	later       map[string]bool // patches of which a change after the time told
}

// NewPast returns one to which nothing was added yet.
func NewPast(at time.Time) *Past {
	return &Past{at: at, patches: make(map[string]PastPatch), later: make(map[string]bool)}
}

// View is what the changes come to; see [PastAt].
func (p *Past) View(host string, now *classify.Report) (*PastView, error) {
	switch {
	case p.first == nil:
		return nil, fmt.Errorf("%s: %w", host, ErrUnknownHost)
	case p.last == nil && p.first.Revision == 1:
		return nil, fmt.Errorf("%s: %w: its first change was at %s", host, ErrNotYet, p.first.At.Format(time.RFC3339))
	case p.last == nil:
		return nil, &RetentionError{Earliest: p.first.At}
	}
	if p.first.Revision > 1 && now != nil {
		p.unchanged(now)
	}
	return p.view(), nil
}

// PastFleet adds up the changes of all hosts, in their order, to what they were at a time, without their patches.
type PastFleet struct {
	at    time.Time
	hosts map[string]*Past
}

// NewPastFleet returns one to which nothing was added yet.
func NewPastFleet(at time.Time) *PastFleet { return &PastFleet{at, make(map[string]*Past)} }

// Take adds a change.
func (f *PastFleet) Take(c *messages.Changed) {
	p := f.hosts[c.Host]
	if p == nil {
		p = &Past{at: f.at}
		f.hosts[c.Host] = p
	}
	c.Transitions = nil
	p.Take(c)
}

// Hosts returns the hosts by name, but for those that were retired then, and how many there are of which the changes of that time are
// kept no longer.
func (f *PastFleet) Hosts() (list []PastView, forgotten int) {
	list = []PastView{}
	for _, name := range slices.Sorted(maps.Keys(f.hosts)) {
		p := f.hosts[name]
		switch {
		case p.last == nil && p.first.Revision > 1:
			forgotten++
		case p.last == nil || p.last.Status.To == messages.Retired:
		default:
			list = append(list, *p.view())
		}
	}
	return list, forgotten
}

// Take adds a change.
func (p *Past) Take(c *messages.Changed) {
	if p.first == nil {
		p.first = c
	}
	if !c.At.After(p.at) {
		p.last = c
		for i := range c.Transitions {
			t := &c.Transitions[i]
			if t.State == "" {
				delete(p.patches, t.Patch)
			} else {
				p.patches[t.Patch] = pastPatch(&t.Item)
			}
			p.later[t.Patch] = true
		}
		return
	}
	for i := range c.Transitions {
		t := &c.Transitions[i]
		if !p.later[t.Patch] && t.From != "" {
			p.patches[t.Patch] = PastPatch{Patch: t.Patch, Name: t.Name, Arch: t.Arch, State: t.From, StateOnly: true}
		}
		p.later[t.Patch] = true
	}
}

func pastPatch(i *classify.Item) PastPatch {
	return PastPatch{
		Patch: i.Patch, Name: i.Name, Arch: i.Arch, State: i.State, Version: i.Version, Installed: i.Installed, Level: i.Level,
		Classification: i.Classification, Blocked: i.Blocked, Since: timeOrNil(i.Since),
	}
}

// unchanged adds what no change that is kept tells of.
func (p *Past) unchanged(now *classify.Report) {
	for i := range now.Patches {
		if item := &now.Patches[i]; !p.later[item.Patch] {
			p.patches[item.Patch] = pastPatch(item)
		}
	}
}

func (p *Past) view() *PastView {
	c := p.last
	patches := slices.AppendSeq([]PastPatch{}, maps.Values(p.patches))
	slices.SortFunc(patches, func(a, b PastPatch) int { return cmp.Compare(a.Patch, b.Patch) })
	return &PastView{
		Host: c.Host, At: p.at, Revision: c.Revision, ChangedAt: c.At, Status: c.Status.To, Reasons: append([]string{}, c.Status.Reasons...),
		Conditions: append([]messages.Condition{}, c.Conditions...), Level: c.Level.To, Counts: c.Counts, Baseline: c.Baseline,
		Patches: patches,
	}
}
