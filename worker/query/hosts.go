package query

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
)

// MaxPage is how many hosts or patches a page has at most.
const MaxPage = 1000

// HostsQuestion asks for a page of hosts.
type HostsQuestion struct {
	Filter
	Sort   string // one of [Orders], with - before it the other way round; empty: [ByWorst]
	Limit  int    // 1 to [MaxPage]; 0: all
	Cursor string // Next of the page before; empty: the first
	Levels bool   // with what [HostsPage.Each] gives
}

// HostsPage is a page of hosts.
type HostsPage struct {
	AsOf  AsOf
	Total int    // hosts that fit, on all pages
	Next  string // cursor of the next page; empty: this is the last

	found []found
	s     *snapshot
}

// Hosts gives the hosts of the page, one after the other.
func (p *HostsPage) Hosts() iter.Seq[HostView] {
	return func(yield func(HostView) bool) {
		for i := range p.found {
			if !yield(p.s.view(&p.found[i].asOf)) {
				return
			}
		}
	}
}

// Len is how many hosts the page has.
func (p *HostsPage) Len() int { return len(p.found) }

// Hosts answers with a page of hosts. A cursor may be of another index, [ErrOtherCursor], or go with another question, [ErrCursor].
// What is wrong with the question is a [*messages.FieldError].
func (x *Index) Hosts(ctx context.Context, q HostsQuestion) (*HostsPage, error) {
	order, err := parseOrder(q.Sort)
	if err != nil {
		return nil, err
	}
	if q.Limit < 0 || q.Limit > MaxPage {
		return nil, &messages.FieldError{Field: "limit", Problem: fmt.Sprintf("must be 1 to %d", MaxPage)}
	}
	page := new(HostsPage)
	err = x.read(ctx, func(s *snapshot) error {
		question := fingerprint([]any{q.Filter, order.by, order.reverse})
		after, err := parseCursor(q.Cursor, s.created, question)
		if err != nil {
			return err
		}
		b := &best{order: order, most: q.Limit}
		left := 0 // behind the last page
		s.matching(&q.Filter, func(a *asOf) {
			page.Total++
			if k := order.keyOf(a); after == nil || order.compare(k, *after) > 0 {
				left++
				b.add(found{key: k, asOf: *a})
			}
		})
		page.AsOf, page.s, page.found = s.asOf, s, b.sorted()
		for i := range page.found {
			if f := &page.found[i]; q.Levels {
				f.bad = s.badLevels(f.entry)
			}
		}
		if n := len(page.found); n < left {
			page.Next = cursor{s.created.UnixNano(), question, page.found[n-1].key}.String()
		}
		return nil
	})
	return page, err
}

// matching calls visit for each host that fits.
func (s *snapshot) matching(f *Filter, visit func(*asOf)) {
	s.each(f.candidates(s.table), func(e *entry) {
		if a := s.at(e); f.fits(&a, s.now) {
			visit(&a)
		}
	})
}

// view is a host as it stands. It looks at nothing that may change.
func (s *snapshot) view(a *asOf) HostView {
	h := Host{Report: s.report(a), Revision: a.revision, CommittedAt: a.committedAt.time(), Heard: a.heardAt.time(), Outdated: a.outdated}
	return h.HostView()
}

// HostAnswer is one host.
type HostAnswer struct {
	AsOf AsOf
	Host HostView
}

// Host answers with a host without its patches. [ErrUnknownHost]: there is none of that name that scope may see.
func (x *Index) Host(ctx context.Context, name string, scope []string) (answer HostAnswer, err error) {
	err = x.read(ctx, func(s *snapshot) error {
		e := s.get(name)
		if e == nil || (&Filter{Scope: scope}).outOfScope(e) {
			return fmt.Errorf("%s: %w", name, ErrUnknownHost)
		}
		a := s.at(e)
		answer = HostAnswer{s.asOf, s.view(&a)}
		return nil
	})
	return answer, err
}

// Names returns the names of the hosts that scope may see, retired ones too, in no order.
func (x *Index) Names(ctx context.Context, scope []string) (names []string, err error) {
	err = x.read(ctx, func(s *snapshot) error {
		f := &Filter{Scope: scope}
		s.each(nil, func(e *entry) {
			if !f.outOfScope(e) {
				names = append(names, e.name)
			}
		})
		return nil
	})
	return names, err
}

// Visible reports whether scope may see a host. One that the index does not know is seen by who may see all alone.
func (x *Index) Visible(name string, scope []string) bool {
	if scope == nil {
		return true
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	e := x.table.get(name)
	return e != nil && inScope(scope, e.group.Value())
}

// VisibleSoon is Visible for who was told of a change, and may ask sooner than the index hears of a host's first record: for one that it
// does not know it waits a moment.
func (x *Index) VisibleSoon(ctx context.Context, name string, scope []string) bool {
	if scope != nil {
		ctx, cancel := context.WithTimeout(ctx, visibleWithin)
		defer cancel()
		_ = x.until(ctx, func() bool { return x.table.get(name) != nil })
	}
	return x.Visible(name, scope)
}

const visibleWithin = 2 * time.Second

// Record reads what is stored of one host: its report with all patches, and its overrides. [ErrUnknownHost], [ErrNoBucket].
func (x *Index) Record(ctx context.Context, name string) (*Host, error) {
	ctx, cancel := context.WithTimeout(ctx, x.cfg.Timeout)
	defer cancel()
	kv, err := streams.OpenKeys(ctx, x.js, messages.BucketHosts)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return nil, ErrNoBucket
	}
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", messages.BucketHosts, err)
	}
	x.mu.RLock()
	library := x.library
	x.mu.RUnlock()
	return newFleet(x.js, kv, library, x.cfg.Now()).Host(ctx, name)
}

// Living returns the names of the hosts that fit and are not retired, in no order.
func (x *Index) Living(ctx context.Context, f Filter) (names []string, err error) {
	err = x.read(ctx, func(s *snapshot) error {
		s.matching(&f, func(a *asOf) {
			if a.status != messages.Retired {
				names = append(names, a.name)
			}
		})
		return nil
	})
	return names, err
}

// Outdated returns the names of the hosts that are judged by another baseline than applies by now, in no order.
func (x *Index) Outdated(ctx context.Context, scope []string) ([]string, error) {
	return x.Living(ctx, Filter{Outdated: true, Scope: scope})
}
