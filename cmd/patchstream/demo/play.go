package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// Play plays the story in an embedded server and a worker, and prints what happens. The store is in a directory that it makes and
// removes; with keep it is there, as of now, and stays.
func Play(ctx context.Context, p *print.Printer, keep string) (err error) {
	dir, story, start, err := prepare(keep)
	if err != nil {
		return err
	}
	if keep == "" {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
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
	s.clock.set(start)
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
	if err := s.play(ctx, story); err != nil {
		return err
	}
	next(p, program(), keep)
	return nil
}

// prepare returns where the story is played, the story, and when it begins.
func prepare(keep string) (dir string, story []Chapter, start time.Time, err error) {
	start = Start()
	if story, err = Story(); err != nil {
		return "", nil, start, err
	}
	if keep == "" {
		dir, err = os.MkdirTemp("", "patchstream-demo-")
		return dir, story, start, err
	}
	if there, err := os.ReadDir(keep); err == nil && len(there) > 0 {
		return "", nil, start, fmt.Errorf("--keep %s: it is not empty, and a story begins with nothing: name a directory that is not there", keep)
	}
	if err := os.MkdirAll(keep, 0o700); err != nil {
		return "", nil, start, fmt.Errorf("--keep %s: %w", keep, err)
	}
	later := time.Now().Truncate(time.Minute).Add(-length(story)).Sub(start)
	moveTo(story, later)
	return keep, story, start.Add(later), nil
}

// length is how long ago a story begins that ended just now.
func length(story []Chapter) time.Duration {
	events := story[len(story)-1].Events
	return events[len(events)-1].Time().Sub(Start()) + time.Minute
}

// next says what to try after the story. What is printed works as it stands.
func next(p *print.Printer, program, keep string) {
	p.Title("Try next")
	if keep == "" {
		p.Printf("  %s demo --keep ./demo         # once more, and its store stays\n", program)
		p.Printf("  %s serve --store ./demo &     # NATS, a worker and HTTP on it; it says \"ready\"\n", program)
		p.Printf("  %s explain app-1 curl         # why, and what to do\n", program)
		return
	}
	p.Printf("  %s serve --store %s &\n", program, shellWord(keep))
	p.Printf("  %s status --condition run_failed\n", program)
	p.Printf("  %s explain app-1 curl\n", program)
}

// program is how we were called, so that a shell finds us again.
func program() string {
	if strings.ContainsRune(os.Args[0], filepath.Separator) {
		return shellWord(os.Args[0])
	}
	return "patchstream"
}

// shellWord is a path as a shell takes it for one word.
func shellWord(path string) string {
	if strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-") == "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

func (s *stage) play(ctx context.Context, story []Chapter) (err error) {
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
	for i, chapter := range story {
		s.Chapter(i+1, chapter.Title)
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
	store = store.By("demo")
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
				s.show(e, m)
				return s.Err()
			}
		}
	}
}

// mostShown is how many transitions of a change the story shows.
const mostShown = 2

// show prints a change in few lines.
func (s *stage) show(e messages.Event, m *messages.Changed) {
	if scan, is := e.(*messages.Scan); is && m.Initial {
		product := scan.OS.Product
		s.FirstSeen(m, cmp.Or(product, scan.OS.System))
		return
	}
	s.Gist(m, mostShown)
}

// epilogue asks how the fleet stands afterwards.
func (s *stage) epilogue(ctx context.Context) error {
	fleet, err := query.Open(ctx, s.js, s.clock.now())
	if err != nil {
		return err
	}
	s.Title("The fleet afterwards")
	survey := &query.Survey{}
	if err := fleet.All(ctx, func(h *query.Host) error { survey.Take(h); return nil }); err != nil {
		return err
	}
	slices.SortFunc(survey.Rows, query.WorstFirst)
	s.Glance(survey)
	return nil
}
