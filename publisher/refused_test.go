package publisher_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/publisher/spool"
	"github.com/patchstream/patchstream/worker/workertest"
)

// waiting is a spool in which an event of web-1 waits that is large, and others of web-1 and of web-2 behind it.
func waiting(t *testing.T) *spool.Spool {
	t.Helper()
	dir := &spool.Spool{Dir: t.TempDir()}
	p := newPublisher(t, workertest.JetStream(t, workertest.Server(t)), publisher.Config{Spool: dir})
	large := scan(time.Now())
	large.ID, large.Host = "large", "web-1"
	for i := range 400 {
		large.Packages = append(large.Packages, messages.Package{Name: fmt.Sprintf("%x", i*i*7919), Arch: fmt.Sprint(i * 104729)})
	}
	for _, e := range []messages.Event{large, of("web-1", 1), of("web-1", 2), of("web-2", 3)} {
		if err := p.Keep(e); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func of(host string, n int) *messages.Override {
	o := override(n)
	o.Host = host
	return o
}

// limited is a server whose operator has set limits to the stream of events.
func limited(t *testing.T, set func(*jetstream.StreamConfig)) (jetstream.JetStream, jetstream.Stream) {
	t.Helper()
	js := workertest.JetStream(t, workertest.Server(t))
	cfg := workertest.Streams(t, js, workertest.Deadline).Events.CachedInfo().Config
	set(&cfg)
	stream, err := js.UpdateStream(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return js, stream
}

func TestASpooledEventThatTheStreamRefusesIsSetAsideAndTheOthersGo(t *testing.T) {
	t.Parallel()
	dir := waiting(t)
	js, _ := limited(t, func(c *jetstream.StreamConfig) { c.MaxMsgSize = 1 << 10 })
	p := newPublisher(t, js, publisher.Config{Spool: dir})
	began := time.Now()
	done, err := p.Flush(t.Context())
	if err != nil || done.Sent != 3 || len(done.SetAside) != 1 || done.Refused == nil {
		t.Errorf("Flush: %+v %v", done, err)
	}
	if took := time.Since(began); took > workertest.Deadline/2 {
		t.Errorf("it took %s: what no retry mends was tried again", took)
	}
	if got := ids(t, js); got != "1 2 3" {
		t.Errorf("sent: %s", got)
	}
}

// An operator bounds how many events of one subject may wait: those of the others go on, and nothing is lost.
func TestASubjectThatIsFullHoldsBackItsOwnHostAlone(t *testing.T) {
	t.Parallel()
	dir := waiting(t)
	js, stream := limited(t, func(c *jetstream.StreamConfig) { c.MaxMsgsPerSubject, c.DiscardNewPerSubject = 1, true })
	p := newPublisher(t, js, publisher.Config{Spool: dir})
	done, err := p.Flush(t.Context())
	var stay *spool.HostsError
	if !errors.As(err, &stay) || len(stay.Hosts) != 1 || stay.Hosts[0] != "web-1" || done.Sent != 3 || len(done.SetAside) != 0 {
		t.Errorf("Flush: %+v %v", done, err)
	}
	if got := ids(t, js); got != "large 1 3" {
		t.Errorf("sent: %s", got)
	}
	if err := stream.Purge(t.Context()); err != nil { // a worker took them
		t.Fatal(err)
	}
	if done, err := p.Flush(t.Context()); err != nil || done.Sent != 1 {
		t.Errorf("Flush, later: %+v %v", done, err)
	}
}
