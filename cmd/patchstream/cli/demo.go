package cli

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
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/cmd/patchstream/demo"
	"github.com/patchstream/patchstream/cmd/patchstream/natsd"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/baselines"
)

func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show the main job on recorded real hosts",
		Long: `Plays a story in one process: an embedded NATS server in a temporary directory, a worker, and the events of four
hosts that were recorded. Prints each transition as it happens, then an explanation and the fleet. Needs nothing,
listens on a free port of the loopback interface only, and leaves nothing behind.`,
		Example: "  patchstream demo",
		Args:    takes(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context()) },
	}
}

// demoTimeout bounds the wait for the change that an event of the story causes.
const demoTimeout = 20 * time.Second

// stage is where the story is played.
type stage struct {
	*app
	js      jetstream.JetStream
	publish *publisher.Publisher
	clock   *storyClock
	changes chan *messages.Changed
}

// storyClock tells the story's time, so that what was recorded is not old.
type storyClock struct{ nanos atomic.Int64 }

func (c *storyClock) set(t time.Time) { c.nanos.Store(t.UnixNano()) }
func (c *storyClock) now() time.Time  { return time.Unix(0, c.nanos.Load()).UTC() }

func (a *app) demo(ctx context.Context) (err error) {
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
	s := &stage{app: a, clock: &storyClock{}, changes: make(chan *messages.Changed, 1)}
	s.clock.set(demo.Start())
	w, err := worker.New(worker.Config{Conn: nc, Log: zerolog.New(a.stderr).Level(zerolog.ErrorLevel), Now: s.clock.now})
	if err != nil {
		return err
	}
	if s.js, err = jetstream.New(nc); err != nil {
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
	if s.publish, err = publisher.New(s.js, publisher.Config{Now: s.clock.now}); err != nil {
		return err
	}
	following, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	feed, err := s.follow(following, s.js, jetstream.OrderedConsumerConfig{FilterSubjects: []string{messages.ChangedSubject(">")}},
		zerolog.Nop(), fail, func(m *messages.Changed) error { s.changes <- m; return nil })
	if err != nil {
		return err
	}
	defer feed.Stop()
	story, err := demo.Story()
	if err != nil {
		return err
	}
	for i, chapter := range story {
		s.printf("\n%s\n", s.paint.bold(fmt.Sprintf("%d. %s", i+1, chapter.Title)))
		for _, e := range chapter.Events {
			if err := s.tell(following, e); err != nil {
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
	texts, err := demo.Baselines()
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

// tell publishes an event, waits for the change that it causes, and prints it.
func (s *stage) tell(ctx context.Context, e messages.Event) (err error) {
	s.clock.set(e.Time().Add(time.Second))
	switch e := e.(type) {
	case *messages.Scan:
		err = s.publish.Scan(ctx, e)
	case *messages.Run:
		err = s.publish.Run(ctx, e)
	case *messages.Override:
		err = s.publish.Override(ctx, e)
	}
	if err != nil {
		return err
	}
	late := time.NewTimer(demoTimeout)
	defer late.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-late.C:
			return fmt.Errorf("the %s %s of %s caused no change within %s", e.Kind(), e.EventID(), e.HostName(), demoTimeout)
		case m := <-s.changes:
			if m.Host == e.HostName() && m.Cause.ID == e.EventID() {
				return s.showChange(m)
			}
		}
	}
}

// showChange prints a change as watch does. Of the first scan of a host it leaves out what is in order.
func (s *stage) showChange(m *messages.Changed) error {
	if m.Initial {
		all := len(m.Transitions)
		m.Transitions = slices.DeleteFunc(slices.Clone(m.Transitions), func(t messages.Transition) bool {
			return t.State.Compliant()
		})
		defer func() {
			if quiet := all - len(m.Transitions); quiet > 0 {
				s.changeLine(m, "", s.paint.dim(fmt.Sprintf("and %d packages in order", quiet)))
			}
		}()
	}
	return s.change(m, nil, &oneOf{value: "table"})
}

// epilogue asks what anybody may ask afterwards.
func (s *stage) epilogue(ctx context.Context) error {
	fleet, err := openFleet(ctx, s.js, s.clock.now())
	if err != nil {
		return err
	}
	s.printf("\n%s\n", s.paint.bold("patchstream explain "+demo.App+" curl"))
	h, err := fleet.host(ctx, demo.App)
	if err != nil {
		return err
	}
	item, err := findPatch(h.Report, "curl")
	if err != nil {
		return err
	}
	if err := s.explain(h.Report, item, &oneOf{value: "table"}); err != nil {
		return err
	}
	s.printf("\n%s\n", s.paint.bold("patchstream status"))
	_, err = s.statusOfFleet(ctx, fleet, &statusOptions{output: &oneOf{value: "table"}}, question{})
	return err
}
