package query

import (
	"context"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/history"
)

// AuditEntry is something that was decided, and by whom.
type AuditEntry struct {
	At    time.Time `json:"at"`
	By    string    `json:"by"`    // empty: nobody said so
	About string    `json:"about"` // baseline, group, default, host, settings, override, retirement
	Name  string    `json:"name"`  // of what it is about
	Value string    `json:"value"` // what was decided; empty: it was withdrawn
	Host  string    `json:"host,omitempty"`
}

// Audit returns what was decided since a time, all that is kept where it is zero, oldest first: of baselines, bindings, groups and settings
// the last 64 of each, of overrides and retirements what changed a host, as far as the changes are kept.
func Audit(ctx context.Context, js jetstream.JetStream, since time.Time) ([]AuditEntry, error) {
	store, err := baselines.Open(ctx, js)
	if err != nil {
		return nil, err
	}
	log, err := store.Log(ctx)
	if err != nil {
		return nil, err
	}
	entries := []AuditEntry{}
	for _, d := range log {
		if d.At.Before(since) {
			continue
		}
		e := AuditEntry{At: d.At, By: d.By, About: d.About, Name: d.Name, Value: d.Value}
		if d.About == baselines.AboutHost {
			e.Host = d.Name
		}
		entries = append(entries, e)
	}
	err = history.Read(ctx, js, history.From{Oldest: since.IsZero(), Since: since}, func(c history.Entry) error {
		switch c.Cause.Kind {
		case messages.KindOverride:
			for i := range c.Transitions {
				entries = append(entries, ofOverride(c, &c.Transitions[i]))
			}
		case messages.KindRetire:
			entries = append(entries, AuditEntry{At: c.At, By: c.Cause.By, About: "retirement", Name: c.Host, Value: string(c.Status.To), Host: c.Host})
		}
		return nil
	})
	slices.SortStableFunc(entries, func(a, b AuditEntry) int { return a.At.Compare(b.At) })
	return entries, err
}

func ofOverride(c history.Entry, t *messages.Transition) AuditEntry {
	e := AuditEntry{At: c.At, By: c.Cause.By, About: "override", Name: c.Host + " " + t.Patch, Host: c.Host}
	if o := t.Reason.Override; o != nil {
		e.Value = string(t.State) + ": " + o.Reason
	}
	return e
}
