package publisher_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker/workertest"
)

func newPublisher(t *testing.T, js jetstream.JetStream, cfg publisher.Config) *publisher.Publisher {
	t.Helper()
	p, err := publisher.New(js, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// scan returns a new scan of the same packages.
func scan(at time.Time) *messages.Scan {
	return &messages.Scan{
		TakenAt: at.Add(-time.Minute), Complete: true, OS: messages.OS{System: "DEBIAN"}, BootID: "boot",
		Packages: []messages.Package{{Name: "bash", Arch: "amd64", Installed: new("5.2")}},
	}
}

// sorts says what sort of scans a stream holds.
func sorts(t *testing.T, js jetstream.JetStream) string {
	t.Helper()
	var words []string
	for _, m := range workertest.Held(t, js, messages.StreamEvents) {
		switch s := workertest.Event(t, m).(*messages.Scan); {
		case !s.Complete:
			words = append(words, "failed")
		case s.Unchanged:
			words = append(words, "unchanged")
		default:
			words = append(words, "full")
		}
	}
	return strings.Join(words, " ")
}

func publish(t *testing.T, p *publisher.Publisher, s *messages.Scan) {
	t.Helper()
	if err := p.Scan(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

func TestEventsArriveAsTheyWereGiven(t *testing.T) {
	t.Parallel()
	for name, format := range map[string]messages.Format{"application/msgpack": messages.MsgPack, "application/json": messages.JSON} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			js := withEvents(t)
			p := newPublisher(t, js, publisher.Config{Host: "web-1", Format: format})
			now := time.Now().UTC().Truncate(time.Second)
			s, r, o := scan(now), &messages.Run{
				ID: "run-7", RunID: "r", Operation: messages.OperationInstall, StartedAt: now, FinishedAt: now,
				Outcomes: []messages.Outcome{{Name: "bash", Arch: "amd64", To: new("5.3"), Result: messages.ResultInstalled}},
			}, &messages.Override{Host: "web-2", Patch: "bash.amd64", State: messages.Installed, Reason: "r", By: "b", At: now}
			if err := errors.Join(p.Scan(t.Context(), s), p.Run(t.Context(), r), p.Override(t.Context(), o)); err != nil {
				t.Fatal(err)
			}
			got := workertest.Held(t, js, messages.StreamEvents)
			if len(got) != 3 {
				t.Fatalf("%d messages", len(got))
			}
			for i, want := range []messages.Event{s, r, o} {
				if diff := cmp.Diff(want, workertest.Event(t, got[i])); diff != "" {
					t.Errorf("(-given +arrived):\n%s", diff)
				}
				if want.EventID() == "" || want.HostName() == "" {
					t.Errorf("id %q, host %q", want.EventID(), want.HostName())
				}
				if id := got[i].Header.Get("Nats-Msg-Id"); id != string(want.Kind())+"/"+want.HostName()+"/"+want.EventID() {
					t.Errorf("Nats-Msg-Id %q", id)
				}
				if got := got[i].Header.Get("Content-Type"); got != name {
					t.Errorf("Content-Type %q", got)
				}
			}
			if r.ID != "run-7" || s.Host != "web-1" || o.Host != "web-2" || s.Hash == "" {
				t.Errorf("names: %s %s %s %s", r.ID, s.Host, o.Host, s.Hash)
			}
		})
	}
}

func TestALargeEventIsCompressed(t *testing.T) {
	t.Parallel()
	js := withEvents(t)
	p := newPublisher(t, js, publisher.Config{Host: "web-1"})
	s := scan(time.Now())
	s.Error = strings.Repeat("a long story ", 200)
	publish(t, p, s)
	if m := workertest.Held(t, js, messages.StreamEvents)[0]; m.Header.Get("Content-Encoding") == "" || len(m.Data) > 1000 || workertest.Event(t, m).(*messages.Scan).Error != s.Error {
		t.Errorf("%d bytes, Content-Encoding %q", len(m.Data), m.Header.Get("Content-Encoding"))
	}
}

func TestAScanOfTheSamePackagesGoesOutAsItsHash(t *testing.T) {
	t.Parallel()
	js := withEvents(t)
	c := newClock()
	p := newPublisher(t, js, publisher.Config{Host: "web-1", Now: c.Now, StateDir: filepath.Join(t.TempDir(), "new")})
	first, second := scan(c.now), scan(c.now.Add(time.Minute))
	for _, s := range []*messages.Scan{first, second} {
		s.Advisories = []messages.Advisory{{ID: "RHSA-2026:1"}} // an unchanged scan carries none either
	}
	publish(t, p, first)
	c.now = c.now.Add(time.Hour)
	publish(t, p, second)
	other := scan(c.now)
	other.Packages[0].Installed = new("5.3")
	publish(t, p, other)
	publish(t, p, scan(c.now)) // the first packages again are news
	ofAnother := scan(c.now)
	ofAnother.Host = "web-2"
	publish(t, p, ofAnother)
	if got := sorts(t, js); got != "full unchanged full full full" {
		t.Errorf("sent: %s", got)
	}
	u := workertest.Event(t, workertest.Held(t, js, messages.StreamEvents)[1]).(*messages.Scan)
	if u.Hash != first.Hash || len(u.Packages) != 0 || u.BootID != "boot" || u.ID == first.ID || !u.TakenAt.Equal(second.TakenAt) {
		t.Errorf("%+v", u)
	}
	if second.Unchanged || len(second.Packages) != 1 {
		t.Error("the scan that was given was changed")
	}
}

func TestAFullScanIsSentWhereAnUnchangedOneWouldNotDo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		full   time.Duration
		change func(t *testing.T, js jetstream.JetStream, c *clock, dir string)
		want   string
	}{
		"an hour passed":             {0, func(_ *testing.T, _ jetstream.JetStream, c *clock, _ string) { c.now = c.now.Add(time.Hour) }, "full unchanged"},
		"ten minutes passed":         {0, func(_ *testing.T, _ jetstream.JetStream, c *clock, _ string) { c.now = c.now.Add(10 * time.Minute) }, "full full"},
		"a little more than ten":     {0, func(_ *testing.T, _ jetstream.JetStream, c *clock, _ string) { c.now = c.now.Add(10*time.Minute + 1) }, "full unchanged"},
		"no time passed":             {0, func(*testing.T, jetstream.JetStream, *clock, string) {}, "full full"},
		"full ones are wanted alone": {time.Minute, func(_ *testing.T, _ jetstream.JetStream, c *clock, _ string) { c.now = c.now.Add(time.Hour) }, "full full"},
		"a worker asks for it": {0, func(t *testing.T, js jetstream.JetStream, c *clock, _ string) {
			c.now = c.now.Add(time.Hour)
			if _, err := js.Publish(t.Context(), "patch.resend.web-1", nil); err != nil {
				t.Fatal(err)
			}
		}, "full full"},
		"a worker asks another host": {0, func(t *testing.T, js jetstream.JetStream, c *clock, _ string) {
			c.now = c.now.Add(time.Hour)
			if _, err := js.Publish(t.Context(), "patch.resend.web-2", nil); err != nil {
				t.Fatal(err)
			}
		}, "full unchanged"},
		"it cannot be told whether one is asked for": {0, func(t *testing.T, js jetstream.JetStream, c *clock, _ string) {
			c.now = c.now.Add(time.Hour)
			if err := js.DeleteStream(t.Context(), messages.StreamResend); err != nil {
				t.Fatal(err)
			}
		}, "full full"},
		"23 hours passed":             {0, func(_ *testing.T, _ jetstream.JetStream, c *clock, _ string) { c.now = c.now.Add(23 * time.Hour) }, "full unchanged"},
		"24 hours passed":             {0, func(_ *testing.T, _ jetstream.JetStream, c *clock, _ string) { c.now = c.now.Add(24 * time.Hour) }, "full full"},
		"24 hours, and a week wanted": {7 * 24 * time.Hour, func(_ *testing.T, _ jetstream.JetStream, c *clock, _ string) { c.now = c.now.Add(24 * time.Hour) }, "full full"},
		"an hour passed as wanted":    {time.Hour, func(_ *testing.T, _ jetstream.JetStream, c *clock, _ string) { c.now = c.now.Add(time.Hour) }, "full full"},
		"the clock was set back":      {0, func(_ *testing.T, _ jetstream.JetStream, c *clock, _ string) { c.now = c.now.Add(-time.Minute) }, "full full"},
		"the state was lost": {0, func(t *testing.T, _ jetstream.JetStream, c *clock, dir string) {
			c.now = c.now.Add(time.Hour)
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}, "full full"},
		"the state was damaged": {0, func(t *testing.T, _ jetstream.JetStream, c *clock, dir string) {
			c.now = c.now.Add(time.Hour)
			if err := os.WriteFile(filepath.Join(dir, "web-1.json"), []byte("{"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, "full full"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			js := withEvents(t)
			now := newClock()
			cfg := publisher.Config{Host: "web-1", Now: now.Now, StateDir: t.TempDir(), FullEvery: c.full}
			publish(t, newPublisher(t, js, cfg), scan(now.now))
			c.change(t, js, now, cfg.StateDir)
			last := scan(now.now)
			last.TakenAt = last.TakenAt.Add(time.Second)
			publish(t, newPublisher(t, js, cfg), last) // as a later process does
			if got := sorts(t, js); got != c.want {
				t.Errorf("sent: %s, want %s", got, c.want)
			}
		})
	}
}

func TestWithoutADirectoryTheFirstScanOfAProcessIsFull(t *testing.T) {
	t.Parallel()
	js := withEvents(t)
	c := newClock()
	first, second := newPublisher(t, js, publisher.Config{Host: "web-1", Now: c.Now}), newPublisher(t, js, publisher.Config{Host: "web-1", Now: c.Now})
	for n, p := range []*publisher.Publisher{first, first, second} {
		publish(t, p, scan(c.now.Add(time.Duration(n)*time.Second)))
		c.now = c.now.Add(time.Hour)
	}
	if got := sorts(t, js); got != "full unchanged full" {
		t.Errorf("sent: %s", got)
	}
}

func TestAScanThatWasNotAcknowledgedIsNotRemembered(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	p := newPublisher(t, js, publisher.Config{Host: "web-1"})
	if err := p.Scan(t.Context(), scan(time.Now())); !errors.Is(err, publisher.ErrNoStream) {
		t.Fatalf("Scan: %v", err)
	}
	workertest.Streams(t, js, workertest.Deadline)
	publish(t, p, scan(time.Now()))
	if got := sorts(t, js); got != "full" {
		t.Errorf("sent: %s", got)
	}
}

func TestAScanGoesOutThoughItCannotBeRemembered(t *testing.T) {
	t.Parallel()
	js := withEvents(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	p := newPublisher(t, js, publisher.Config{Host: "web-1", StateDir: file})
	for range 2 {
		if err := p.Scan(t.Context(), scan(time.Now())); err == nil || !strings.Contains(err.Error(), "was sent") {
			t.Errorf("Scan: %v", err)
		}
	}
	if got := sorts(t, js); got != "full full" {
		t.Errorf("sent: %s", got)
	}
}

func TestAFailedScanIsNeverTakenForAFullOne(t *testing.T) {
	t.Parallel()
	js := withEvents(t)
	p := newPublisher(t, js, publisher.Config{Host: "web-1"})
	failed := scan(time.Now())
	failed.Complete, failed.Error = false, "apt-cache was killed"
	publish(t, p, failed)
	publish(t, p, scan(time.Now()))
	again := *failed
	again.ID = ""
	publish(t, p, &again)
	if got := sorts(t, js); got != "failed full failed" {
		t.Errorf("sent: %s", got)
	}
}

func TestSaysToStartAWorkerWhereThereIsNoStream(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	p := newPublisher(t, js, publisher.Config{Host: "web-1"})
	err := p.Scan(t.Context(), scan(time.Now()))
	if !errors.Is(err, publisher.ErrNoStream) || !strings.Contains(err.Error(), "worker") {
		t.Errorf("Scan: %v", err)
	}
	if names := js.StreamNames(t.Context()); func() bool { _, any := <-names.Name(); return any }() {
		t.Error("a publisher made a stream")
	}
}

func TestRefusesWhatAWorkerWouldRefuseBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	js := withEvents(t)
	p := newPublisher(t, js, publisher.Config{Host: "web-1"})
	for field, spoil := range map[string]func(*messages.Scan){
		"taken_at":         func(s *messages.Scan) { s.TakenAt = time.Now().Add(time.Hour) },
		"host":             func(s *messages.Scan) { s.Host = "web 1" },
		"id":               func(s *messages.Scan) { s.ID = "a b" },
		"os.system":        func(s *messages.Scan) { s.OS.System = "" },
		"packages":         func(s *messages.Scan) { s.Packages = nil },
		"packages[1].name": func(s *messages.Scan) { s.Packages = append(s.Packages, s.Packages[0]) },
	} {
		s := scan(time.Now())
		spoil(s)
		var wrong *messages.FieldError
		if err := p.Scan(t.Context(), s); !errors.As(err, &wrong) || wrong.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	var wrong *messages.FieldError
	if err := p.Run(t.Context(), new(messages.Run)); !errors.As(err, &wrong) {
		t.Errorf("Run: %v", err)
	}
	if err := p.Override(t.Context(), new(messages.Override)); !errors.As(err, &wrong) {
		t.Errorf("Override: %v", err)
	}
	if n := len(workertest.Held(t, js, messages.StreamEvents)); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
	if _, err := publisher.New(js, publisher.Config{Host: "a..b"}); err == nil {
		t.Error("New took an illegal host")
	}
}

func TestAnEventThatIsPublishedTwiceIsStoredOnce(t *testing.T) {
	t.Parallel()
	js := withEvents(t)
	var known []string
	p := newPublisher(t, js, publisher.Config{Host: "web-1", Duplicate: func(e messages.Event) { known = append(known, e.EventID()) }})
	now := time.Now()
	r := &messages.Run{ID: "r1", RunID: "r", Operation: messages.OperationScan, StartedAt: now, FinishedAt: now}
	if err := errors.Join(p.Run(t.Context(), r), p.Run(t.Context(), r)); err != nil {
		t.Fatal(err)
	}
	if n := len(workertest.Held(t, js, messages.StreamEvents)); n != 1 || !slices.Equal(known, []string{"r1"}) {
		t.Errorf("%d messages; duplicates %q", n, known)
	}
}

func TestPublishesWhenTheServerIsBack(t *testing.T) {
	t.Parallel()
	dir, port := t.TempDir(), workertest.FreePort(t)
	back := func(o *server.Options) { o.DontListen, o.Port, o.StoreDir = false, port, dir }
	s := workertest.Server(t, back)
	reconnecting := make(chan struct{}, 1)
	nc := workertest.Connect(t, s, func(o *nats.Options) error {
		o.InProcessServer, o.Url, o.MaxReconnect, o.ReconnectWait = nil, s.ClientURL(), -1, 20*time.Millisecond
		o.DisconnectedErrCB = func(*nats.Conn, error) { reconnecting <- struct{}{} }
		return nil
	})
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	workertest.Streams(t, js, workertest.Deadline)
	p := newPublisher(t, js, publisher.Config{Host: "web-1"})
	workertest.Stop(s)
	<-reconnecting
	done := make(chan error, 1)
	go func() { done <- p.Scan(t.Context(), scan(time.Now())) }()
	workertest.Server(t, back)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := sorts(t, js); got != "full" {
		t.Errorf("sent: %s", got)
	}
}

// withEvents returns a client of a server that takes events.
func withEvents(t *testing.T) jetstream.JetStream {
	t.Helper()
	js := workertest.JetStream(t, workertest.Server(t))
	workertest.Streams(t, js, workertest.Deadline)
	return js
}

// through returns a client that reaches the server by a link.
func through(t *testing.T, s *server.Server, way *workertest.Link) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(workertest.Connect(t, s, nats.InProcessServer(way)))
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// clock is a clock that a test moves.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{time.Now().UTC()} }

func (c *clock) Now() time.Time { return c.now }

// full makes PATCH_EVENTS take no more than it has.
func full(t *testing.T, js jetstream.JetStream) {
	t.Helper()
	s, err := js.Stream(t.Context(), messages.StreamEvents)
	if err != nil {
		t.Fatal(err)
	}
	c := s.CachedInfo().Config
	c.MaxMsgs = 1
	if _, err := js.UpdateStream(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "patch.scan.web-0", nil); err != nil {
		t.Fatal(err)
	}
}

const fullText = "maximum messages exceeded"

func TestTellsTheLastFailureWhenTheTimeIsUp(t *testing.T) {
	t.Parallel()
	js := withEvents(t)
	full(t, js)
	p := newPublisher(t, js, publisher.Config{Host: "web-1", Timeout: 5 * time.Second})
	if err := p.Scan(t.Context(), scan(time.Now())); err == nil || !strings.Contains(err.Error(), fullText) {
		t.Errorf("Scan: %v", err)
	}
}

func TestTellsTheLastFailureWhenTheCallerEndsALaterAttempt(t *testing.T) {
	t.Parallel()
	for name, ended := range map[string]error{"cancelled": context.Canceled, "with a cause": errors.New("the host shuts down")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := workertest.Server(t)
			js := workertest.JetStream(t, s)
			workertest.Streams(t, js, workertest.Deadline)
			full(t, js)
			way := workertest.NewLink(s)
			p := newPublisher(t, through(t, s, way), publisher.Config{Host: "web-1"})
			way.HoldAfter(fullText) // so the second attempt gets no answer
			ctx, end := context.WithCancelCause(t.Context())
			attempts := 0
			if _, err := js.Conn().Subscribe("patch.scan.web-1", func(*nats.Msg) {
				if attempts++; attempts == 2 {
					end(ended)
				}
			}); err != nil {
				t.Fatal(err)
			}
			if err := js.Conn().Flush(); err != nil {
				t.Fatal(err)
			}
			err := p.Scan(ctx, scan(time.Now()))
			way.Release()
			if !errors.Is(err, ended) || !strings.Contains(err.Error(), fullText) {
				t.Errorf("Scan: %v", err)
			}
		})
	}
}
