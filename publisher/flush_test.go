package publisher_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/publisher/spool"
	"github.com/patchstream/patchstream/worker/workertest"
)

func override(n int) *messages.Override {
	return &messages.Override{ID: fmt.Sprint(n), Patch: "bash.amd64", State: messages.Installed, Reason: "r", By: "b", At: time.Now()}
}

// ids returns the ids of the events in the stream.
func ids(t *testing.T, js jetstream.JetStream) string {
	t.Helper()
	var list []string
	for _, m := range workertest.Held(t, js, messages.StreamEvents) {
		list = append(list, workertest.Event(t, m).EventID())
	}
	return strings.Join(list, " ")
}

func TestEventsThatCannotBeSentAreSpooledAndGoOutFirst(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	p := newPublisher(t, js, publisher.Config{Host: "web-1", Spool: &spool.Spool{Dir: t.TempDir()}})
	for n := range 3 {
		if err := p.Override(t.Context(), override(n)); !errors.Is(err, publisher.ErrSpooled) || !errors.Is(err, publisher.ErrNoStream) {
			t.Fatalf("Override %d: %v", n, err)
		}
	}
	workertest.Streams(t, js, workertest.Deadline)
	if err := p.Override(t.Context(), override(3)); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, js); got != "0 1 2 3" {
		t.Errorf("sent: %s", got)
	}
	if done, err := p.Flush(t.Context()); err != nil || done.Sent != 0 {
		t.Errorf("Flush of an empty spool: %+v %v", done, err)
	}
}

func TestAFullScanThatWasSpooledIsNotTakenForSent(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	c := newClock()
	p := newPublisher(t, js, publisher.Config{Host: "web-1", Now: c.Now, Spool: &spool.Spool{Dir: t.TempDir()}})
	if err := p.Scan(t.Context(), scan(c.now)); !errors.Is(err, publisher.ErrSpooled) {
		t.Fatalf("Scan: %v", err)
	}
	workertest.Streams(t, js, workertest.Deadline)
	for range 2 {
		c.now = c.now.Add(time.Hour)
		publish(t, p, scan(c.now))
	}
	if got := sorts(t, js); got != "full full unchanged" {
		t.Errorf("sent: %s", got)
	}
}

func TestFlushSendsWhatWaits(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	p := newPublisher(t, js, publisher.Config{Host: "web-1", Spool: &spool.Spool{Dir: t.TempDir()}})
	for n := range 2 {
		if err := p.Override(t.Context(), override(n)); !errors.Is(err, publisher.ErrSpooled) {
			t.Fatal(err)
		}
	}
	if done, err := p.Flush(t.Context()); !errors.Is(err, publisher.ErrNoStream) || done.Sent != 0 {
		t.Errorf("Flush without a stream: %+v %v", done, err)
	}
	workertest.Streams(t, js, workertest.Deadline)
	if done, err := p.Flush(t.Context()); err != nil || done.Sent != 2 || len(done.SetAside) != 0 {
		t.Errorf("Flush: %+v %v", done, err)
	}
	if got := ids(t, js); got != "0 1" {
		t.Errorf("sent: %s", got)
	}
}

func TestASpooledEventThatIsTooLargeForTheServerIsSetAside(t *testing.T) {
	t.Parallel()
	down := workertest.JetStream(t, workertest.Server(t))
	dir := &spool.Spool{Dir: t.TempDir()}
	p := newPublisher(t, down, publisher.Config{Host: "web-1", Spool: dir})
	large := scan(time.Now())
	for i := range 400 {
		large.Packages = append(large.Packages, messages.Package{Name: fmt.Sprintf("%x", i*i*7919), Arch: fmt.Sprint(i * 104729)})
	}
	if err := p.Scan(t.Context(), large); !errors.Is(err, publisher.ErrSpooled) {
		t.Fatalf("Scan: %v", err)
	}
	if err := p.Override(t.Context(), override(1)); !errors.Is(err, publisher.ErrSpooled) {
		t.Fatal(err)
	}
	js := workertest.JetStream(t, workertest.Server(t, func(o *server.Options) { o.MaxPayload = 1 << 10 }))
	workertest.Streams(t, js, workertest.Deadline)
	small := newPublisher(t, js, publisher.Config{Host: "web-1", Spool: dir})
	done, err := small.Flush(t.Context())
	if err != nil || done.Sent != 1 || len(done.SetAside) != 1 {
		t.Errorf("Flush: %+v %v", done, err)
	}
	if got := ids(t, js); got != "1" {
		t.Errorf("sent: %s", got)
	}
	if err := small.Scan(t.Context(), large); err == nil || errors.Is(err, publisher.ErrSpooled) {
		t.Errorf("an event that can never be sent was spooled: %v", err)
	}
}
