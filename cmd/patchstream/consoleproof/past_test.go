package consoleproof

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
	"github.com/patchstream/patchstream/cmd/patchstream/demo"
	"github.com/patchstream/patchstream/cmd/patchstream/natsd"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker"
)

// livePast fills the store with what the Debian hosts of the fleet were through in the last 80 days, by a worker whose clock says so: patches
// fall due on each, and are installed some days later.
func (w *world) livePast(ctx context.Context) (err error) {
	server, err := natsd.Start(ctx, natsd.Config{StoreDir: filepath.Join(w.dir, "store"), Listen: "127.0.0.1:0", Users: w.auth.File(auth.UsersFile), Log: zerolog.Nop()})
	if err != nil {
		return err
	}
	defer server.Shutdown()
	var clock atomic.Int64
	now := func() time.Time { return time.Unix(0, clock.Load()).UTC() }
	clock.Store(time.Now().AddDate(0, 0, -days-1).UnixNano())
	conn, err := w.as(server.URL(), auth.Worker, "local")
	if err != nil {
		return err
	}
	defer conn.Close()
	past, err := worker.New(worker.Config{Conn: conn, Log: zerolog.Nop(), Now: now, Stored: func(time.Time) time.Time { return now() }})
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- past.Run(running) }()
	defer func() { stop(); err = errors.Join(err, <-ended) }()
	select {
	case <-past.Started():
	case <-ctx.Done():
		return ctx.Err()
	}
	speaker, err := w.as(server.URL(), auth.Operator, "admin")
	if err != nil {
		return err
	}
	defer speaker.Close()
	js, err := jetstream.New(speaker)
	if err != nil {
		return err
	}
	publish, err := publisher.New(js, publisher.Config{Now: now})
	if err != nil {
		return err
	}
	for day := days; day > 0; day-- {
		clock.Store(time.Now().AddDate(0, 0, -day).UnixNano())
		if err := tellDay(ctx, publish, js, day, now()); err != nil {
			return err
		}
	}
	return nil
}

const days = 80

// as connects as a user of the directory.
func (w *world) as(url string, role auth.Role, name string) (*nats.Conn, error) {
	seed := w.auth.Seed(auth.User{Role: role, Name: name})
	key, err := auth.PublicKey(seed)
	if err != nil {
		return nil, err
	}
	nkey, err := nats.NkeyOptionFromSeed(seed)
	if err != nil {
		return nil, err
	}
	return nats.Connect(url, nkey, nats.CustomInboxPrefix(auth.InboxPrefix(key)))
}

// tellDay publishes the scans of a day: each host begins on a day of its own, and is patched some days after it must be.
func tellDay(ctx context.Context, publish *publisher.Publisher, js jetstream.JetStream, day int, at time.Time) error {
	before, after, others, err := pastScans()
	if err != nil {
		return err
	}
	for place, s := range others { // each once, on a day of its own
		if day == days-3-2*place {
			if err := scanAgain(ctx, publish, s, s.Host, day, at); err != nil {
				return err
			}
		}
	}
	for n := 1; n <= 6; n++ {
		for i, name := range []string{"web", "db"} {
			turn := (day + 3*n + 7*i) % 11
			if day > days-5*n || turn != 0 && turn != 4+i {
				continue
			}
			s := before
			if turn != 0 {
				s = after
			}
			if err := scanAgain(ctx, publish, s, fmt.Sprintf("%s-%d", name, n), day, at); err != nil {
				return err
			}
		}
	}
	return queueEmpty(ctx, js)
}

// scanAgain publishes a scan as if a host had taken it on a day.
func scanAgain(ctx context.Context, publish *publisher.Publisher, of *messages.Scan, host string, day int, at time.Time) error {
	s := *of
	s.ID, s.Host, s.TakenAt, s.BootID, s.BootedAt = fmt.Sprintf("past-%d", day), host, at, "past", at.AddDate(0, 0, -1)
	s.Hash = messages.ContentHash(&s)
	return publish.Scan(ctx, &s)
}

// pastScans are scans of a Debian host that lacks patches, and of one that has them, and those of the other hosts of the story and of hosts
// like these.
func pastScans() (before, after *messages.Scan, others []*messages.Scan, err error) {
	chapters, err := demo.Story()
	var story []messages.Event
	for _, c := range chapters {
		story = append(story, c.Events...)
	}
	for _, e := range append(more(story), story...) {
		s, is := e.(*messages.Scan)
		switch {
		case !is || len(s.Packages) == 0 || s.Host == evilHost:
		case s.OS.System != "DEBIAN":
			others = append(others, s)
		case s.Host == demo.Web && before == nil:
			before = s
		case s.Host == demo.Web:
			after = s
		}
	}
	slices.SortFunc(others, func(a, b *messages.Scan) int {
		return cmp.Compare(a.Host[len(a.Host)-1:]+a.Host, b.Host[len(b.Host)-1:]+b.Host)
	})
	return before, after, others, err
}

func queueEmpty(ctx context.Context, js jetstream.JetStream) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		stream, err := js.Stream(ctx, messages.StreamEvents)
		if err != nil || stream.CachedInfo().State.Msgs == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
