package publisher_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/publisher/spool"
	"github.com/patchstream/patchstream/worker/workertest"
)

// outpost is a publisher with a spool, and a server that comes and goes.
type outpost struct {
	*publisher.Publisher
	t     *testing.T
	opts  *server.Options
	spool *spool.Spool
	js    jetstream.JetStream
	stop  func()
}

func newOutpost(t *testing.T, change ...func(*server.Options)) *outpost {
	t.Helper()
	o := &outpost{t: t, spool: &spool.Spool{Dir: filepath.Join(t.TempDir(), "spool")}}
	o.opts = &server.Options{
		ServerName: "test", Host: "127.0.0.1", Port: workertest.FreePort(t), NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
	}
	for _, c := range change {
		c(o.opts)
	}
	o.up()
	t.Cleanup(func() { o.stop() })
	nc, err := nats.Connect("nats://"+o.address(), nats.Timeout(workertest.Deadline), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond),
		nats.ReconnectJitter(0, 0), nats.ReconnectBufSize(-1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	if o.js, err = jetstream.New(nc); err != nil {
		t.Fatal(err)
	}
	workertest.Streams(t, o.js, workertest.Deadline)
	o.Publisher = o.publisher(500 * time.Millisecond)
	return o
}

func (o *outpost) address() string { return o.opts.Host + ":" + strconv.Itoa(o.opts.Port) }

func (o *outpost) publisher(timeout time.Duration) *publisher.Publisher {
	o.t.Helper()
	p, err := publisher.New(o.js, publisher.Config{Host: "web-1", Spool: o.spool, Timeout: timeout})
	if err != nil {
		o.t.Fatal(err)
	}
	return p
}

// up starts the server, each time on the same port and the same files.
func (o *outpost) up() {
	o.t.Helper()
	s, err := workertest.Start(o.opts)
	if err != nil {
		o.t.Fatal(err)
	}
	o.stop = func() { workertest.Stop(s) }
}

func (o *outpost) down() {
	o.stop()
	o.stop = func() {}
	workertest.Eventually(o.t, "the connection is lost", func() bool { return !o.js.Conn().IsConnected() })
}

func (o *outpost) back() {
	o.up()
	workertest.Eventually(o.t, "the connection is back", func() bool { return o.js.Conn().IsConnected() })
}

// arrived returns the ids of the events in the stream, as the server deduplicates them.
func (o *outpost) arrived() []string {
	o.t.Helper()
	var ids []string
	for _, m := range workertest.Held(o.t, o.js, messages.StreamEvents) {
		ids = append(ids, m.Header.Get(nats.MsgIdHdr))
	}
	return ids
}

func (o *outpost) waiting() []string {
	o.t.Helper()
	entries, _, err := o.spool.List()
	if err != nil {
		o.t.Fatal(err)
	}
	var ids []string
	for _, e := range entries {
		ids = append(ids, string(e.Kind)+"/"+e.ID)
	}
	return ids
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func aRun(id string) *messages.Run {
	now := time.Now().UTC()
	return &messages.Run{ID: id, RunID: "nightly", Operation: messages.OperationInstall, StartedAt: now, FinishedAt: now}
}

func aScan(id string) *messages.Scan {
	one := "1.0"
	return &messages.Scan{
		ID: id, TakenAt: time.Now().UTC(), Complete: true, OS: messages.OS{System: "DEBIAN"},
		Packages: []messages.Package{{Name: "curl", Arch: "amd64", Installed: &one, Versions: []messages.Version{{Version: one}}}},
	}
}

func TestWhatWaitsGoesOutBeforeWhatIsNewAndOnce(t *testing.T) {
	o := newOutpost(t)
	o.down()
	for _, err := range []error{o.Run(t.Context(), aRun("a")), o.Scan(t.Context(), aScan("b")), o.Run(t.Context(), aRun("c"))} {
		if !errors.Is(err, publisher.ErrSpooled) {
			t.Fatalf("with the server away: %v", err)
		}
	}
	same(t, "in the spool", o.waiting(), "run/a", "scan/b", "run/c")
	o.back()
	if err := o.publisher(workertest.Deadline).Run(t.Context(), aRun("d")); err != nil {
		t.Fatal(err)
	}
	same(t, "in the stream", o.arrived(), "run/web-1/a", "scan/web-1/b", "run/web-1/c", "run/web-1/d")
	same(t, "left", o.waiting())
}

func TestAKeptRunSurvivesUntilAFlush(t *testing.T) {
	o := newOutpost(t)
	o.down()
	r := aRun("")
	if err := o.Keep(r); err != nil || r.ID == "" || r.Host != "web-1" {
		t.Fatalf("%v: %+v", err, r)
	}
	if flushed, err := o.Flush(t.Context()); err == nil || flushed.Sent != 0 {
		t.Fatalf("with the server away: %+v, %v", flushed, err)
	}
	same(t, "in the spool", o.waiting(), "run/"+r.ID)
	o.back()
	another := o.publisher(workertest.Deadline) // the process has ended; the directory has not
	if flushed, err := another.Flush(t.Context()); err != nil || flushed.Sent != 1 || flushed.SetAside != nil || flushed.Refused != nil {
		t.Fatalf("%+v, %v", flushed, err)
	}
	same(t, "in the stream", o.arrived(), "run/web-1/"+r.ID)
}

// A crash after the acknowledgement and before the file is removed sends an event twice; it counts once.
func TestSentTwiceArrivesOnce(t *testing.T) {
	o := newOutpost(t)
	p := o.publisher(workertest.Deadline)
	for range 2 {
		if err := p.Keep(aRun("a")); err != nil {
			t.Fatal(err)
		}
		if flushed, err := p.Flush(t.Context()); err != nil || flushed.Sent != 1 {
			t.Fatalf("%+v, %v", flushed, err)
		}
	}
	same(t, "in the stream", o.arrived(), "run/web-1/a")
}

func TestAHalfFileIsSetAsideAndNamedAndTheRestSent(t *testing.T) {
	o := newOutpost(t)
	p := o.publisher(workertest.Deadline)
	for _, id := range []string{"a", "b", "c"} {
		if err := p.Keep(aRun(id)); err != nil {
			t.Fatal(err)
		}
	}
	entries, _, err := o.spool.List()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(o.spool.Dir, entries[1].File)
	info, err := os.Stat(file)
	if err == nil {
		err = os.Truncate(file, info.Size()/2)
	}
	if err != nil {
		t.Fatal(err)
	}
	flushed, err := p.Flush(t.Context())
	if err != nil || flushed.Sent != 2 || len(flushed.SetAside) != 1 || flushed.Refused != nil {
		t.Fatalf("%+v, %v", flushed, err)
	}
	if got, want := strings.TrimSuffix(flushed.SetAside[0], ".damaged"), strings.TrimSuffix(entries[1].File, ".event"); got != want {
		t.Errorf("set aside is %s, damaged was %s", got, want)
	}
	same(t, "in the stream", o.arrived(), "run/web-1/a", "run/web-1/c")
}

func TestWhatTheServerWillNeverTakeDoesNotBlockTheRest(t *testing.T) {
	o := newOutpost(t, func(opts *server.Options) { opts.MaxPayload = 8 << 10 })
	p := o.publisher(workertest.Deadline)
	large := aRun("large")
	for i := range 2_000 {
		to := "1." + strconv.Itoa(i*7919%100_003)
		large.Outcomes = append(large.Outcomes, messages.Outcome{Name: "p" + strconv.Itoa(i*104_729%99_991), Arch: "amd64", To: &to, Result: messages.ResultInstalled})
	}
	for _, r := range []*messages.Run{large, aRun("small")} {
		if err := p.Keep(r); err != nil {
			t.Fatal(err)
		}
	}
	flushed, err := p.Flush(t.Context())
	if err != nil || flushed.Sent != 1 || len(flushed.SetAside) != 1 || !errors.Is(flushed.Refused, nats.ErrMaxPayload) || !strings.Contains(flushed.Refused.Error(), "run large of web-1") {
		t.Fatalf("%+v, %v", flushed, err)
	}
	same(t, "in the stream", o.arrived(), "run/web-1/small")
}

func TestAFullSpoolIsSaid(t *testing.T) {
	o := newOutpost(t)
	o.spool.MaxBytes = 64
	o.down()
	if err := o.Run(t.Context(), aRun("a")); !errors.Is(err, spool.ErrFull) || errors.Is(err, publisher.ErrSpooled) {
		t.Errorf("Run: %v", err)
	}
	if err := o.Keep(aRun("a")); !errors.Is(err, spool.ErrFull) {
		t.Errorf("Keep: %v", err)
	}
	o.back()
	if err := o.publisher(workertest.Deadline).Run(t.Context(), aRun("a")); err != nil {
		t.Errorf("a full spool is in the way of an event that the server takes: %v", err)
	}
}

func TestKeepRefusesWhatTheServerWould(t *testing.T) {
	o := newOutpost(t)
	bad := aRun("a")
	bad.Operation = "reboot"
	var field *messages.FieldError
	if err := o.Keep(bad); !errors.As(err, &field) || field.Field != "operation" {
		t.Errorf("%v", err)
	}
	p, err := publisher.New(o.js, publisher.Config{Host: "web-1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Keep(aRun("a")); !errors.Is(err, publisher.ErrNoSpool) {
		t.Errorf("without a spool: %v", err)
	}
}
