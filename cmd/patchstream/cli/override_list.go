package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// overrideJSON is an override in the list.
type overrideJSON struct {
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
	inForce = "in_force"
	waiting = "waiting" // the host has no such patch at present
	expired = "expired"
)

func (a *app) overrideListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list [HOST]",
		Short: "List the overrides of a host, or those in force on the fleet",
		Long: `Of one host, lists every override that was not withdrawn: also those that have expired, and those that wait for
their patch to be there. Of the fleet, lists those that are in force.`,
		Example: "  patchstream override list\n  patchstream override list web-17.example.org -o json",
		Args:    takesHost(0, 1),
	}
	out := addOutput(cmd)
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		list := []overrideJSON{}
		err := c.jetstream(cmd.Context(), func(ctx context.Context, js jetstream.JetStream) error {
			fleet, err := openFleet(ctx, js, a.now())
			if err != nil {
				return err
			}
			if len(args) == 1 {
				h, err := fleet.host(ctx, args[0])
				if err == nil {
					list = append(list, overridesOf(h, fleet.now)...)
				}
				return err
			}
			return fleet.all(ctx, func(h *query.Host) error {
				list = append(list, standing(h.Report)...)
				return nil
			})
		})
		if err != nil {
			return err
		}
		slices.SortFunc(list, func(a, b overrideJSON) int { return strings.Compare(a.Host+" "+a.Patch, b.Host+" "+b.Patch) })
		if out.json() {
			return a.json(list)
		}
		a.overrides(list)
		return nil
	}
	return cmd
}

// standing lists the overrides that a report shows.
func standing(r *classify.Report) []overrideJSON {
	var list []overrideJSON
	for i := range r.Patches {
		item := &r.Patches[i]
		if o := item.Reason.Override; o != nil {
			list = append(list, overrideJSON{
				Host: r.Host, Patch: item.Patch, State: item.State, Level: item.Level, Reason: o.Reason, By: o.By,
				ExpiresAt: timeOrNil(o.ExpiresAt), Standing: inForce, ComputedState: o.ComputedState, ID: o.Event,
			})
		}
	}
	return list
}

// overridesOf lists all overrides of a host, and what has become of each.
func overridesOf(h *query.Host, now time.Time) []overrideJSON {
	shown := standing(h.Report)
	var list []overrideJSON
	for _, o := range h.Overrides {
		j := overrideJSON{
			Host: o.Host, Patch: o.Patch, State: o.State, Level: o.Level, Reason: o.Reason, By: o.By,
			ExpiresAt: timeOrNil(o.ExpiresAt), Standing: waiting, ID: o.ID,
		}
		if i := slices.IndexFunc(shown, func(s overrideJSON) bool { return s.ID == o.ID && s.Patch == o.Patch }); i >= 0 {
			j = shown[i]
		}
		if !o.ExpiresAt.IsZero() && !now.Before(o.ExpiresAt) {
			j.Standing = expired
		}
		list = append(list, j)
	}
	return list
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (a *app) overrides(list []overrideJSON) {
	if len(list) == 0 {
		a.printf("There is no override.\n")
		return
	}
	g := &grid{head: []string{"HOST", "PATCH", "STATE", "COMPUTED", "STANDING", "EXPIRES", "BY", "REASON"}}
	for _, o := range list {
		expires := "never"
		if o.ExpiresAt != nil {
			expires = clock(*o.ExpiresAt)
		}
		g.add(plain(o.Host), plain(o.Patch), a.paint.state(o.State), orNone(o.ComputedState), strings.ReplaceAll(o.Standing, "_", " "),
			expires, plain(orNone(o.By)), plain(o.Reason))
	}
	a.grid(g)
}
