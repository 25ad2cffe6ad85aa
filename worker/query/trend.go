package query

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/history"
)

// TrendPoint is the fleet at the end of a day, in UTC; of today, as it is.
type TrendPoint struct {
	Day          string `json:"day"`
	Hosts        int    `json:"hosts"`
	Compliant    int    `json:"compliant"`
	NonCompliant int    `json:"non_compliant"`
	Unknown      int    `json:"unknown"`
	OpenPatches  int    `json:"open_patches"` // that are MISSING or FAILED
}

// MaxTrendDays is the longest trend.
const MaxTrendDays = 400

// Trends tells how the fleet went, from the fleet as it is and the changes since a day. What it has read of the changes it keeps, added up
// by day and group: it reads each once. It is safe for concurrent use.
type Trends struct {
	index *Index
	js    jetstream.JetStream

	mu     sync.Mutex
	since  time.Time // what was read begins there
	behind uint64    // sequence up to which it was read
	days   map[string]map[string]*balance
}

// balance is by how much the fleet changed.
type balance struct{ compliant, nonCompliant, unknown, open int }

// NewTrends returns the trends of the fleet of an index.
func NewTrends(index *Index) *Trends { return &Trends{index: index, js: index.js} }

// Days returns the last days, today last, of the hosts that scope may see. A trend that goes back further than the changes are kept begins
// where they do.
func (t *Trends) Days(ctx context.Context, days int, scope []string) ([]TrendPoint, error) {
	if days < 1 || days > MaxTrendDays {
		return nil, &messages.FieldError{Field: "days", Problem: fmt.Sprintf("must be 1 to %d", MaxTrendDays)}
	}
	kept, err := history.Keeps(ctx, t.js)
	if err != nil {
		return nil, err
	}
	today := t.index.cfg.Now().UTC().Truncate(24 * time.Hour)
	first := today.AddDate(0, 0, 1-days)
	if !kept.Since.IsZero() && kept.Since.After(first) {
		oldest, err := t.oldest(ctx)
		if err != nil {
			return nil, err
		}
		if oldest.After(first) {
			first = oldest.UTC().Truncate(24 * time.Hour)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if kept.Last < t.behind { // it is another stream
		t.days = nil
	}
	if err := t.read(ctx, first); err != nil {
		return nil, err
	}
	summary, err := t.index.Summary(ctx, "", Filter{Scope: scope})
	if err != nil {
		return nil, err
	}
	return t.backwards(first, today, &summary.Total, scope), nil
}

// oldest is when the first change happened that is kept, which may be long before it was stored: a stream may have been moved.
func (t *Trends) oldest(ctx context.Context) (at time.Time, err error) {
	err = history.Read(ctx, t.js, history.From{Oldest: true}, func(e history.Entry) error {
		at = e.At
		return history.ErrStop
	})
	return at, err
}

// read takes in what was published since it last did, or, where it began too late, all since a day.
func (t *Trends) read(ctx context.Context, first time.Time) error {
	if t.days == nil || first.Before(t.since) {
		t.days, t.since, t.behind = make(map[string]map[string]*balance), first, 0
	}
	from := history.From{After: t.behind, Since: t.since}
	groups := make(map[string]string)
	err := t.index.read(ctx, func(s *snapshot) error {
		s.each(nil, func(e *entry) { groups[e.name] = e.group.Value() })
		return nil
	})
	if err != nil {
		return err
	}
	return history.Read(ctx, t.js, from, func(e history.Entry) error { // where it is cut short, the next question goes on
		t.add(e, groups[e.Host])
		t.behind = e.Sequence
		return nil
	})
}

func (t *Trends) add(e history.Entry, group string) {
	day := e.At.UTC().Format(time.DateOnly)
	groups := t.days[day]
	if groups == nil {
		groups = make(map[string]*balance)
		t.days[day] = groups
	}
	b := groups[group]
	if b == nil {
		b = new(balance)
		groups[group] = b
	}
	b.add(e.Status.From, -1)
	b.add(e.Status.To, 1)
	for i := range e.Transitions {
		tr := &e.Transitions[i]
		if tr.From.Outstanding() {
			b.open--
		}
		if tr.State.Outstanding() {
			b.open++
		}
	}
}

func (b *balance) add(s messages.HostStatus, n int) {
	switch s {
	case messages.Compliant:
		b.compliant += n
	case messages.NonCompliant:
		b.nonCompliant += n
	case messages.Unknown:
		b.unknown += n
	}
}

// backwards goes from the fleet as it is to the first day.
func (t *Trends) backwards(first, today time.Time, now *SummaryRow, scope []string) []TrendPoint {
	n := int(today.Sub(first)/(24*time.Hour)) + 1
	points := make([]TrendPoint, n)
	at := balance{now.Compliant, now.NonCompliant, now.Unknown, now.Counts[string(messages.Missing)] + now.Counts[string(messages.Failed)]}
	for i := n - 1; i >= 0; i-- {
		day := first.AddDate(0, 0, i).Format(time.DateOnly)
		points[i] = TrendPoint{day, at.compliant + at.nonCompliant + at.unknown, at.compliant, at.nonCompliant, at.unknown, at.open}
		for group, b := range t.days[day] {
			if inScope(scope, group) {
				at = balance{at.compliant - b.compliant, at.nonCompliant - b.nonCompliant, at.unknown - b.unknown, at.open - b.open}
			}
		}
	}
	return points
}
