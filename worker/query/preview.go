package query

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/streams"
)

// Draft is a baseline that is not stored yet, and what it would apply to besides what its id applies to already.
type Draft struct {
	ID       string
	Baseline *baseline.Baseline

	Default string             // system whose default it would be; empty: none
	Group   *classify.GroupKey // group that it would be bound to; nil: none
}

// preview gives the reports of every host that a draft would judge to visit, as they are and as they would be, in no order. No other host
// would change.
func (f *Fleet) preview(ctx context.Context, d Draft, visit func(now, then *classify.Report) error) error {
	then := d.library(f.library)
	return f.kv.Each(ctx, func(entry streams.Entry) error {
		head, err := record.Decode(entry.Value)
		if err != nil {
			return fmt.Errorf("read %s: %w", entry.Key, err)
		}
		r := head.Report
		if r == nil || r.Status == messages.Retired || r.About.ScanAt.IsZero() {
			return nil
		}
		if _, by := then.Applies(r.Host, r.About.OS.System, r.About.TagGroup); by.ID != d.ID {
			return nil
		}
		whole, _, err := f.records.Load(ctx, entry.Key)
		if err != nil {
			return fmt.Errorf("read %s: %w", entry.Key, err)
		}
		if whole == nil || whole.Report == nil { // deleted a moment ago
			return nil
		}
		return visit(f.asOfNow(whole.Report, &whole.Facts), then.Judge(r.Host, &whole.Facts, f.now))
	})
}

// library is another one with the draft in its place.
func (d *Draft) library(now *classify.Library) *classify.Library {
	l := *now
	l.Baselines, l.Groups, l.Defaults = maps.Clone(now.Baselines), maps.Clone(now.Groups), maps.Clone(now.Defaults)
	if l.Baselines == nil {
		l.Baselines = make(map[string]*baseline.Baseline)
	}
	b := *d.Baseline
	b.BaselineID, b.Version = d.ID, 0
	l.Baselines[d.ID] = &b
	if d.Default != "" {
		if l.Defaults == nil {
			l.Defaults = make(map[string]string)
		}
		l.Defaults[d.Default] = d.ID
	}
	if d.Group != nil {
		if l.Groups == nil {
			l.Groups = make(map[classify.GroupKey]string)
		}
		l.Groups[*d.Group] = d.ID
	}
	return &l
}

// PreviewView is what a draft would change.
type PreviewView struct {
	Hosts       int            `json:"hosts"`       // that it would judge
	Status      map[string]int `json:"status"`      // hosts, by "FROM > TO"
	Transitions map[string]int `json:"transitions"` // patches, by "FROM > TO"
	Changed     []PreviewHost  `json:"changed"`     // by name
}

// PreviewHost is a host that a draft would change.
type PreviewHost struct {
	Host        string              `json:"host"`
	From        messages.HostStatus `json:"from"`
	To          messages.HostStatus `json:"to"`
	Transitions []PreviewTransition `json:"transitions"`
}

// PreviewTransition is a patch that a draft would bring from a state to another; empty: it is no patch of the host.
type PreviewTransition struct {
	Patch string         `json:"patch"`
	From  messages.State `json:"from"`
	To    messages.State `json:"to"`
}

// Preview says what a draft would change. Nothing is stored. One host is in memory at a time.
func (f *Fleet) Preview(ctx context.Context, d Draft) (*PreviewView, error) {
	v := &PreviewView{Status: map[string]int{}, Transitions: map[string]int{}, Changed: []PreviewHost{}}
	err := f.preview(ctx, d, v.take)
	slices.SortFunc(v.Changed, func(a, b PreviewHost) int { return strings.Compare(a.Host, b.Host) })
	return v, err
}

func (v *PreviewView) take(now, then *classify.Report) error {
	v.Hosts++
	h := PreviewHost{Host: now.Host, From: now.Status, To: then.Status, Transitions: []PreviewTransition{}}
	for _, t := range classify.Diff(now, then, then.About.ScanAt) {
		if t.From != t.State {
			h.Transitions = append(h.Transitions, PreviewTransition{t.Patch, t.From, t.State})
			v.Transitions[cmp.Or(string(t.From), "none")+" > "+cmp.Or(string(t.State), "none")]++
		}
	}
	if h.From != h.To {
		v.Status[string(h.From)+" > "+string(h.To)]++
	}
	if h.From != h.To || len(h.Transitions) > 0 {
		v.Changed = append(v.Changed, h)
	}
	return nil
}

// NeverHeard is a host that an operator put into a group, and that never spoke.
type NeverHeard struct {
	Host  string `json:"host"`
	Group string `json:"group"`
}

// NeverHeard returns the hosts that are in a group by an operator's word, and of which no event was ever taken, by name.
func (f *Fleet) NeverHeard(ctx context.Context) ([]NeverHeard, error) {
	heard := make(map[string]bool)
	err := f.All(ctx, func(h *Host) error {
		heard[h.Report.Host] = h.Report.Status == messages.Retired || !h.heardAt().IsZero()
		return nil
	})
	if err != nil {
		return nil, err
	}
	list := []NeverHeard{}
	for _, name := range slices.Sorted(maps.Keys(f.library.HostGroups)) {
		if group := f.library.HostGroups[name]; group != "" && !heard[name] {
			list = append(list, NeverHeard{name, group})
		}
	}
	return list, nil
}

// Judged says by what a host is judged by now.
type Judged struct {
	ID    string // of the baseline; empty: none applies
	Group string // its patch group; empty: none
	Bound bool   // the baseline is bound to the group; false: it is the default of its system
}

// Judging returns by what a host is judged by now.
func (f *Fleet) Judging(r *classify.Report) Judged {
	group, by := f.library.Applies(r.Host, r.About.OS.System, r.About.TagGroup)
	_, bound := f.library.Groups[classify.GroupKey{System: r.About.OS.System, Group: group}]
	return Judged{ID: by.ID, Group: group, Bound: group != "" && bound}
}
