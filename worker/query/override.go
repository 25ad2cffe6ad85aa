package query

import (
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

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
