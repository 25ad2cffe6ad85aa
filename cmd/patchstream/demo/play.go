package demo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/cmd/patchstream/natsd"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/history"
	"github.com/patchstream/patchstream/worker/query"
)

// changeTimeout bounds the wait for the change that an event of the story causes.
const changeTimeout = 20 * time.Second

// stage is where the story is played.
type stage struct {
	*print.Printer
	js        jetstream.JetStream
	publisher *publisher.Publisher
	clock     *clock
	changes   chan *messages.Changed
}

// clock shows the story's time, so that what was recorded is not old.
type clock struct{ nanos atomic.Int64 }

func (c *clock) set(t time.Time)        { c.nanos.Store(t.UnixNano()) }
func (c *clock) at(time.Time) time.Time { return c.now() }
func (c *clock) now() time.Time         { return time.Unix(0, c.nanos.Load()).UTC() }

// Play plays the story in an embedded server and a worker, in a directory that it makes and removes, and prints what
// happens.
func Play(ctx context.Context, p *print.Printer) (err error) {
	dir, err := os.MkdirTemp("", "patchstream-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	server, err := natsd.Start(ctx, natsd.Config{StoreDir: dir, Listen: "127.0.0.1:0", SyncAlways: true, Log: zerolog.Nop()})
	if err != nil {
		return err
	}
	defer server.Shutdown()
	nc, err := server.Connect()
	if err != nil {
		return err
	}
	defer nc.Close()
	s := &stage{Printer: p, clock: &clock{}, changes: make(chan *messages.Changed, 1)}
	s.clock.set(Start())
	if s.js, err = jetstream.New(nc); err != nil {
		return err
	}
	w, err := worker.New(worker.Config{Conn: nc, Log: p.Logger().Level(zerolog.ErrorLevel), Now: s.clock.now, Stored: s.clock.at})
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.Run(running) }()
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	select {
	case <-w.Started():
	case err := <-ended:
		ended <- nil
		return err
	}
	return s.play(ctx)
}

func (s *stage) play(ctx context.Context) (err error) {
	if err := s.storeBaselines(ctx); err != nil {
		return err
	}
	if s.publisher, err = publisher.New(s.js, publisher.Config{Now: s.clock.now}); err != nil {
		return err
	}
	following, stop := context.WithCancel(ctx)
	defer stop()
	feed, err := history.Follow(following, s.js, history.From{Oldest: true}, zerolog.Nop())
	if err != nil {
		return err
	}
	defer feed.Close()
	go func() {
		_ = feed.Each(func(m *messages.Changed) error {
			select {
			case s.changes <- m:
			case <-following.Done():
			}
			return nil
		})
	}()
	story, err := Story()
	if err != nil {
		return err
	}
	for i, chapter := range story {
		s.Title(fmt.Sprintf("%d. %s", i+1, chapter.Title))
		for _, e := range chapter.Events {
			if err := s.publish(following, e); err != nil {
				return err
			}
		}
	}
	return s.epilogue(ctx)
}

func (s *stage) storeBaselines(ctx context.Context) error {
	store, err := baselines.Open(ctx, s.js)
	if err != nil {
		return err
	}
	texts, err := Baselines()
	if err != nil {
		return err
	}
	for _, system := range slices.Sorted(maps.Keys(texts)) {
		b, err := baseline.Parse(texts[system])
		if err != nil {
			return err
		}
		id := b.BaselineID
		if _, err := store.Put(ctx, id, texts[system]); err != nil {
			return err
		}
		if err := store.SetDefault(ctx, system, id); err != nil {
			return err
		}
	}
	return nil
}

// publish publishes an event, waits for the change that it causes, and prints it.
func (s *stage) publish(ctx context.Context, e messages.Event) (err error) {
	s.clock.set(e.Time().Add(time.Second))
	switch e := e.(type) {
	case *messages.Scan:
		err = s.publisher.Scan(ctx, e)
	case *messages.Run:
		err = s.publisher.Run(ctx, e)
	case *messages.Override:
		err = s.publisher.Override(ctx, e)
	}
	if err != nil {
		return err
	}
	late := time.NewTimer(changeTimeout)
	defer late.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-late.C:
			return fmt.Errorf("the %s %s of %s caused no change within %s", e.Kind(), e.EventID(), e.HostName(), changeTimeout)
		case m := <-s.changes:
			if m.Host == e.HostName() && m.Cause.ID == e.EventID() {
				return s.showChange(m)
			}
		}
	}
}

// showChange prints a change as watch does. Of the first scan of a host it leaves out what is in order.
func (s *stage) showChange(m *messages.Changed) error {
	all := len(m.Transitions)
	if m.Initial {
		m.Transitions = slices.DeleteFunc(slices.Clone(m.Transitions), func(t messages.Transition) bool {
			return t.State.Compliant()
		})
	}
	err := s.Change(print.Table, m, nil)
	if inOrder := all - len(m.Transitions); inOrder > 0 {
		s.InOrder(m, inOrder)
	}
	return err
}

// epilogue asks what anybody may ask afterwards.
func (s *stage) epilogue(ctx context.Context) error {
	fleet, err := query.Open(ctx, s.js, s.clock.now())
	if err != nil {
		return err
	}
	s.Title("patchstream explain " + App + " curl")
	h, err := fleet.Host(ctx, App)
	if err != nil {
		return err
	}
	for _, item := range query.Named(h.Report, "curl") {
		e := query.Explain(h.Report, item)
		s.Explanation(&e)
	}
	s.Title("patchstream status")
	survey := &query.Survey{}
	if err := fleet.All(ctx, func(h *query.Host) error { survey.Take(h); return nil }); err != nil {
		return err
	}
	slices.SortFunc(survey.Rows, query.WorstFirst)
	s.Fleet(survey, fleet.Now())
	return nil
}
