package recheck

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/oklog/ulid/v2"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker/history"
)

// Order is which hosts are to be classified again, and why.
type Order struct {
	ID    string // of each event; see [NewID]
	Cause string // for people
	Hosts []string

	// Baselines is the sequence in the bucket of baselines that a worker must have read; 0: any.
	Baselines uint64
}

// NewID returns an id for an order.
func NewID() string { return ulid.Make().String() }

// Outcome is what moved.
type Outcome struct {
	Hosts       int            `json:"hosts"`       // that were classified again
	Changed     int            `json:"changed"`     // of which something changed
	Status      map[string]int `json:"status"`      // hosts, by status before and after: "COMPLIANT > NON_COMPLIANT"
	Transitions map[string]int `json:"transitions"` // patches, by state before and after
}

const (
	// window is how many rechecks are in the queue at most: a scan waits behind no more.
	window = 200

	lookEvery = 50 * time.Millisecond // whether they were taken
)

// Run sends the rechecks of an order, waits until workers have applied them, and returns what moved. It calls progress with how many were
// applied. Where the context ends it returns what moved by then, beside the context's error.
func Run(ctx context.Context, js jetstream.JetStream, o Order, progress func(applied int)) (*Outcome, error) {
	kept, err := history.Keeps(ctx, js)
	if err != nil {
		return nil, err
	}
	s, err := newSending(ctx, js, o)
	if err != nil {
		return nil, err
	}
	err = s.run(ctx, func() bool { return len(s.hosts) == 0 && len(s.waiting) == 0 }, progress)
	outcome := &Outcome{Hosts: s.applied, Status: map[string]int{}, Transitions: map[string]int{}}
	reading, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
	defer cancel()
	return outcome, errors.Join(err, outcome.read(reading, js, kept, o.ID))
}

// Send sends the rechecks of an order, and waits for none that is left in the window.
func Send(ctx context.Context, js jetstream.JetStream, o Order, progress func(applied int)) error {
	s, err := newSending(ctx, js, o)
	if err != nil {
		return err
	}
	return s.run(ctx, func() bool { return len(s.hosts) == 0 }, progress)
}

const requestTimeout = 30 * time.Second

// sending is an order on its way.
type sending struct {
	order   Order
	publish *publisher.Publisher
	events  jetstream.Stream
	hosts   []string        // to whom none was sent
	waiting map[string]bool // those that are in the queue
	applied int
}

func newSending(ctx context.Context, js jetstream.JetStream, o Order) (*sending, error) {
	events, err := js.Stream(ctx, messages.StreamEvents)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, publisher.ErrNoStream
	}
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", messages.StreamEvents, err)
	}
	p, err := publisher.New(js, publisher.Config{})
	return &sending{order: o, publish: p, events: events, hosts: o.Hosts, waiting: make(map[string]bool)}, err
}

func (s *sending) run(ctx context.Context, done func() bool, progress func(int)) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		for len(s.hosts) > 0 && len(s.waiting) < window {
			r := &messages.Recheck{ID: s.order.ID, Host: s.hosts[0], Cause: s.order.Cause, BaselinesSeq: s.order.Baselines}
			if err := s.publish.Recheck(ctx, r); err != nil {
				return fmt.Errorf("recheck of %s: %w", r.Host, err)
			}
			s.waiting[r.Host] = true
			s.hosts = s.hosts[1:]
		}
		if done() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if err := s.look(ctx); err != nil {
			return err
		}
		progress(s.applied)
	}
}

// look finds out which of the rechecks were taken out of the queue.
func (s *sending) look(ctx context.Context) error {
	info, err := s.events.Info(ctx, jetstream.WithSubjectFilter(messages.KindRecheck.Subject(messages.AllHosts)))
	if err != nil {
		return fmt.Errorf("look at the queue: %w", err)
	}
	for host := range s.waiting {
		if info.State.Subjects[messages.KindRecheck.Subject(host)] == 0 {
			delete(s.waiting, host)
			s.applied++
		}
	}
	return nil
}

// read adds up the changes that the rechecks made.
func (o *Outcome) read(ctx context.Context, js jetstream.JetStream, since history.Kept, id string) error {
	from := history.From{After: since.Last, Oldest: true}
	return history.Read(ctx, js, from, func(e history.Entry) error {
		if e.Cause.Kind != messages.KindRecheck || e.Cause.ID != id {
			return nil
		}
		o.Changed++
		if e.Status.From != e.Status.To {
			o.Status[move(e.Status.From, e.Status.To)]++
		}
		for _, t := range e.Transitions {
			if t.From != t.State {
				o.Transitions[move(t.From, t.State)]++
			}
		}
		return nil
	})
}

func move[S ~string](from, to S) string {
	name := func(s S) string {
		if s == "" {
			return "none"
		}
		return string(s)
	}
	return name(from) + " > " + name(to)
}
