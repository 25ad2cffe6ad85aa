package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// runsOf prints the runs that changed something.
func (a *app) runsOf(ctx context.Context, f fleet, q web.ChangesQuestion, as print.Format) error {
	if q.Host != "" {
		if _, err := f.Host(ctx, q.Host); err != nil {
			return err
		}
	}
	runs := []query.RunEntry{}
	err := f.Changes(ctx, q, func(c *messages.Changed) error {
		if run, is := query.RunIn(c); is {
			runs = append(runs, run)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.Reverse(runs)
	return a.Show(as, runs, func() { a.Runs(runs) })
}

// hostAt prints a host as it stood.
func (a *app) hostAt(ctx context.Context, f fleet, q web.ChangesQuestion, at time.Time, as print.Format) error {
	h, err := f.Host(ctx, q.Host)
	if err != nil {
		return err
	}
	past := query.NewPast(at)
	if err := f.Changes(ctx, q, func(c *messages.Changed) error { past.Take(c); return nil }); err != nil {
		return err
	}
	var now *classify.Report
	if h.Report.Status != messages.Retired {
		now = h.Report
	}
	v, err := past.View(q.Host, now)
	if early := new(query.RetentionError); errors.As(err, &early) {
		return fmt.Errorf("%w: the changes of %s begin there", err, q.Host)
	}
	if err != nil {
		return err
	}
	return a.Show(as, v, func() { a.Past(v) })
}

// fleetView is what -o json says of the fleet at a time.
type fleetView struct {
	At        time.Time        `json:"at"`
	Hosts     []query.PastView `json:"hosts"`     // without their patches
	Forgotten int              `json:"forgotten"` // hosts of which the changes of that time are kept no longer
}

// fleetAt prints the fleet as it stood.
func (a *app) fleetAt(ctx context.Context, f fleet, at time.Time, as print.Format) error {
	past := query.NewPastFleet(at)
	if err := f.Changes(ctx, web.ChangesQuestion{}, func(c *messages.Changed) error { past.Take(c); return nil }); err != nil {
		return err
	}
	v := fleetView{At: at}
	v.Hosts, v.Forgotten = past.Hosts()
	return a.Show(as, v, func() { a.PastFleet(v.Hosts, at, v.Forgotten) })
}
