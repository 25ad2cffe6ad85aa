package query

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// OverrideView is an override, and what has become of it.
type OverrideView struct {
	Host          string         `json:"host"`
	Patch         string         `json:"patch"`
	State         messages.State `json:"state"`
	Level         messages.Level `json:"level"`
	Reason        string         `json:"reason"`
	By            string         `json:"by"`
	ExpiresAt     *time.Time     `json:"expires_at,omitempty"`
	Standing      string         `json:"standing"` // in_force, waiting, expired
	ComputedState messages.State `json:"computed_state"`
	ID            string         `json:"id"`
}

// What has become of an override.
const (
	StandingInForce = "in_force"
	StandingWaiting = "waiting" // the host has no such patch at present
	StandingExpired = "expired"
)

// InForce lists the overrides that a report shows.
func InForce(r *classify.Report) []OverrideView {
	var list []OverrideView
	for i := range r.Patches {
		item := &r.Patches[i]
		if o := item.Reason.Override; o != nil {
			list = append(list, OverrideView{
				Host: r.Host, Patch: item.Patch, State: item.State, Level: item.Level, Reason: o.Reason, By: o.By,
				ExpiresAt: timeOrNil(o.ExpiresAt), Standing: StandingInForce, ComputedState: o.ComputedState, ID: o.Event,
			})
		}
	}
	return list
}

// OverridesAt lists all overrides of a host that were not withdrawn, and what has become of each by a time.
func (h *Host) OverridesAt(now time.Time) []OverrideView {
	shown := InForce(h.Report)
	var list []OverrideView
	for _, o := range h.Overrides {
		v := OverrideView{
			Host: o.Host, Patch: o.Patch, State: o.State, Level: o.Level, Reason: o.Reason, By: o.By,
			ExpiresAt: timeOrNil(o.ExpiresAt), Standing: StandingWaiting, ID: o.ID,
		}
		if i := slices.IndexFunc(shown, func(s OverrideView) bool { return s.ID == o.ID && s.Patch == o.Patch }); i >= 0 {
			v = shown[i]
		}
		if !o.ExpiresAt.IsZero() && !now.Before(o.ExpiresAt) {
			v.Standing = StandingExpired
		}
		list = append(list, v)
	}
	return list
}

// ByHostAndPatch orders overrides.
func ByHostAndPatch(a, b OverrideView) int {
	return strings.Compare(a.Host+" "+a.Patch, b.Host+" "+b.Patch)
}

// OverridesAnswer are the overrides of a fleet.
type OverridesAnswer struct {
	AsOf      AsOf
	Overrides []OverrideView // by host and patch
}

// Overrides answers with the overrides that are in force on the hosts of a filter.
func (x *Index) Overrides(ctx context.Context, f Filter) (*OverridesAnswer, error) {
	answer := &OverridesAnswer{Overrides: []OverrideView{}}
	return answer, x.read(ctx, func(s *snapshot) error {
		answer.AsOf = s.asOf
		s.matching(&f, func(a *asOf) {
			for _, o := range a.overrides {
				if o.ExpiresAt == nil || s.now.Before(*o.ExpiresAt) { // else its report will be made again soon
					answer.Overrides = append(answer.Overrides, o)
				}
			}
		})
		slices.SortFunc(answer.Overrides, ByHostAndPatch)
		return nil
	})
}

// overridesOf are the overrides of a report as an index keeps them: the strings are copies.
func overridesOf(r *classify.Report) []OverrideView {
	shown := InForce(r)
	for i := range shown {
		o := &shown[i]
		for _, text := range []*string{&o.Host, &o.Patch, &o.Reason, &o.By, &o.ID, (*string)(&o.State), (*string)(&o.Level), (*string)(&o.ComputedState)} {
			*text = strings.Clone(*text)
		}
	}
	return shown
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
