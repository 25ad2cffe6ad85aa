package worker_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/streams"
	"github.com/patchstream/patchstream/worker/workertest"
)

func TestAWorkerNeedsAConnection(t *testing.T) {
	if _, err := worker.New(worker.Config{}); err == nil || !strings.Contains(err.Error(), "Conn") {
		t.Errorf("New: %v", err)
	}
}

func TestASetUpThatCannotBeUsedEndsRun(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: messages.StreamEvents, Subjects: []string{"patch.scan.>"}}); err != nil {
		t.Fatal(err)
	}
	w := launch(t, s)
	workertest.Wait(t, "the end of Run", w.done)
	if w.err == nil || !strings.Contains(w.err.Error(), "retention") {
		t.Errorf("Run: %v", w.err)
	}
	if w.Ready() == nil {
		t.Error("it is ready")
	}
}

// reachable runs a server on a port, so that it can go away and come back, and returns how.
func reachable(t *testing.T) (url string, stop, again func()) {
	t.Helper()
	opts := &server.Options{Host: "127.0.0.1", Port: workertest.FreePort(t), NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(), MaxPayload: 8 << 20}
	var s *server.Server
	again = func() {
		var err error
		if s, err = workertest.Start(opts.Clone()); err != nil {
			t.Fatal(err)
		}
	}
	again()
	t.Cleanup(func() { workertest.Stop(s) })
	return s.ClientURL(), func() { workertest.Stop(s) }, again
}

func connect(t *testing.T, url string) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url, nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond), nats.ReconnectJitter(0, 0), nats.Timeout(workertest.Deadline), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func TestReadinessFollowsTheServerAndSoDoTheEvents(t *testing.T) {
	t.Parallel()
	url, stop, again := reachable(t)
	nc := connect(t, url)
	clock := new(ahead)
	w := launchOn(t, nc, func(c *worker.Config) { c.Now, c.Timeout = clock.now, 3*time.Second })
	if w.Ready() == nil {
		select {
		case <-w.Started():
		default:
			t.Error("ready before it consumes")
		}
	}
	workertest.Wait(t, "that it consumes", w.Started())
	if err := w.Ready(); err != nil {
		t.Fatal(err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	events := story("web-1")
	workertest.Publish(t, js, events[0])
	workertest.Applied(t, js)
	stop()
	workertest.Eventually(t, "unreadiness: JetStream has not answered for 31 seconds", func() bool {
		clock.move(31 * time.Second) // an answer from before may come to be noted only now
		return w.Ready() != nil
	})
	again()
	workertest.Eventually(t, "readiness after the server came back", func() bool { return w.Ready() == nil })
	workertest.Publish(t, js, events[1:]...)
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, clock.now(), events...)
}

func TestEventsThatWaitedForTheServerAreAppliedOnce(t *testing.T) {
	t.Parallel()
	url, stop, again := reachable(t)
	nc := connect(t, url)
	st := newSteps()
	gone := make(chan struct{})
	launched := launchOn(t, nc, st.config, func(c *worker.Config) { c.Timeout = 3 * time.Second })
	workertest.Wait(t, "that it consumes", launched.Started())
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	st.on(worker.StepCommitted, first(func(string) { stop(); close(gone) }))
	events := story("web-1")
	workertest.Publish(t, js, events[0])
	workertest.Wait(t, "the end of the server", gone)
	again()
	workertest.Publish(t, connectedAgain(t, url), events[1:]...)
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
}

func connectedAgain(t *testing.T, url string) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(connect(t, url))
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func TestABucketOfHostsThatWasMadeAnewIsNotMistakenForTheOldOne(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	noticed := make(chan struct{})
	w := start(t, s, func(c *worker.Config) { c.Log = zerolog.New(&watched{text: "made anew", seen: noticed}) })
	events := story("web-1")
	workertest.Publish(t, js, events[0])
	workertest.Applied(t, js)
	// A record that another worker wrote into the new bucket gets the version that the cached one rests on.
	record := workertest.Stored(t, js, "web-1")
	override := workertest.Override("web-1", 2, "curl.amd64", messages.InstalledOther)
	record.Facts.Add(override, messages.ContentSum(override))
	e, err := record.Encode()
	if err != nil {
		t.Fatal(err)
	}
	old, err := hostsBucket(t, js).Get(t.Context(), "web-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteKeyValue(t.Context(), messages.BucketHosts); err != nil {
		t.Fatal(err)
	}
	prepare(t, js)
	made, err := hostsBucket(t, js).Create(t.Context(), "web-1", e.Text)
	if err != nil || made != old.Revision() {
		t.Fatalf("version %d, before %d: %v", made, old.Revision(), err)
	}
	workertest.Wait(t, "that the worker notices", noticed)
	workertest.Publish(t, js, events[2])
	workertest.Applied(t, js)
	if n := len(workertest.Stored(t, js, "web-1").Facts.Overrides); n != 1 {
		t.Error("the record of the new bucket was overwritten from the cache")
	}
	workertest.CheckNumbers(t, workertest.ReadChanges(t, js)["web-1"])
	w.end(t)
}

// watched is a log in which a text is waited for.
type watched struct {
	text string
	seen chan struct{}
	once sync.Once
}

func (w *watched) Write(line []byte) (int, error) {
	if strings.Contains(string(line), w.text) {
		w.once.Do(func() { close(w.seen) })
	}
	return len(line), nil
}

// refusing has a stream refuse everything until it is told otherwise.
func refusing(t *testing.T, js jetstream.JetStream, name string) (again func()) {
	t.Helper()
	set := func(maxMsgSize int32) {
		stream, err := js.Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		config := stream.CachedInfo().Config
		config.MaxMsgSize = maxMsgSize
		if _, err := js.UpdateStream(t.Context(), config); err != nil {
			t.Fatal(err)
		}
	}
	set(1)
	return func() { set(-1) }
}

// readinessTells checks that a worker is not ready, and why, and that it is again after the cure, without a restart.
func readinessTells(t *testing.T, w *running, clock *ahead, why string, cure func()) {
	t.Helper()
	workertest.Eventually(t, "unreadiness: "+why, func() bool {
		clock.move(time.Second)
		err := w.Ready()
		return err != nil && strings.Contains(err.Error(), why)
	})
	cure()
	workertest.Eventually(t, "readiness after the cure", func() bool { return w.Ready() == nil })
}

func readied(t *testing.T) (*running, jetstream.JetStream, *ahead) {
	t.Helper()
	s := workertest.Server(t)
	clock := new(ahead)
	w := start(t, s, func(c *worker.Config) { c.Now, c.CheckEvery = clock.now, 50*time.Millisecond })
	if err := w.Ready(); err != nil {
		t.Fatal(err)
	}
	return w, workertest.JetStream(t, s), clock
}

func TestNotReadyWhileNothingIsStored(t *testing.T) {
	t.Parallel()
	w, js, clock := readied(t)
	readinessTells(t, w, clock, "nothing was stored for", refusing(t, js, "KV_"+messages.BucketAttempts))
}

func TestNotReadyWhileNoEventCanBeApplied(t *testing.T) {
	t.Parallel()
	w, js, clock := readied(t)
	cure := refusing(t, js, "KV_"+messages.BucketHosts)
	workertest.Publish(t, js, story("web-1")[0])
	readinessTells(t, w, clock, "no event could be applied for", cure)
	workertest.Applied(t, js)
}

func TestNotReadyWhileEventsWaitAndNoneComes(t *testing.T) {
	t.Parallel()
	w, js, clock := readied(t)
	if _, err := js.PauseConsumer(t.Context(), messages.StreamEvents, streams.ConsumerEvents, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	workertest.Publish(t, js, story("web-1")[0])
	readinessTells(t, w, clock, "1 events wait, and none came for", func() {
		if _, err := js.ResumeConsumer(t.Context(), messages.StreamEvents, streams.ConsumerEvents); err != nil {
			t.Fatal(err)
		}
	})
	workertest.Applied(t, js)
}

// Each stream is deleted under a running worker. It makes it anew, changes with a new incarnation, and goes on.
func TestAStreamThatWasDeletedUnderAWorkerIsMadeAnew(t *testing.T) {
	t.Parallel()
	for _, name := range []string{messages.StreamDead, messages.StreamChanges, "KV_" + messages.BucketHosts, messages.StreamResend, messages.StreamEvents, messages.StreamLater, "KV_" + messages.BucketAttempts, "KV_" + messages.BucketItems, "KV_" + messages.BucketScans} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, js, clock := readied(t)
			workertest.Publish(t, js, story("web-1")[0])
			workertest.Applied(t, js)
			incarnation := incarnationOf(t, js)
			if err := js.DeleteStream(t.Context(), name); err != nil {
				t.Fatal(err)
			}
			workertest.Eventually(t, "the stream", func() bool {
				clock.move(time.Second)
				_, err := js.Stream(t.Context(), name)
				return err == nil
			})
			if is := incarnationOf(t, js); (is != incarnation) != (name == messages.StreamChanges) {
				t.Errorf("the incarnation was %s, and is %s", incarnation, is)
			}
			workertest.Eventually(t, "readiness", func() bool { return w.Ready() == nil })
			workertest.Publish(t, js, workertest.Override("web-1", 30, "curl.amd64", messages.InstalledOther))
			workertest.Send(t, js, &nats.Msg{Subject: "patch.scan.web-2", Data: []byte("hello")})
			workertest.Applied(t, js)
			if n := len(deadLetters(t, js)); n != 1 {
				t.Errorf("%d dead letters", n)
			}
			published := workertest.ReadChanges(t, js)["web-1"]
			if last := published.Revisions(); len(last) == 0 || last[len(last)-1] < 2 {
				t.Errorf("revisions %d", last)
			}
			w.endsWell(t)
		})
	}
}

// Somebody deletes a stream and puts another one in its place at once. The worker goes on with that one.
func TestAStreamThatWasReplacedUnderAWorkerIsTakenForAnother(t *testing.T) {
	t.Parallel()
	for _, name := range []string{messages.StreamChanges, messages.StreamEvents, messages.StreamLater} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, js, _ := readied(t)
			workertest.Publish(t, js, story("web-1")[0])
			workertest.Applied(t, js)
			before := incarnationOf(t, js)
			if err := js.DeleteStream(t.Context(), name); err != nil {
				t.Fatal(err)
			}
			prepare(t, js)
			incarnation := incarnationOf(t, js)
			if (incarnation != before) != (name == messages.StreamChanges) {
				t.Fatalf("the incarnation was %s, and is %s", before, incarnation)
			}
			id := ""
			for n := 0; !strings.HasPrefix(id, incarnation); n++ {
				if n == 50 {
					t.Fatalf("the newest change has the id %q, the incarnation is %s", id, incarnation)
				}
				state := []messages.State{messages.InstalledOther, messages.NotApplicable}[n%2]
				workertest.Publish(t, js, workertest.Override("web-1", 30+n, "curl.amd64", state))
				workertest.Applied(t, js)
				if published := workertest.ReadChanges(t, js)["web-1"]; published != nil {
					id = published.Changed[len(published.Changed)-1].ID
				}
			}
			w.endsWell(t)
		})
	}
}

// The one host that speaks has a record that cannot be read: the worker is well.
func TestADamagedRecordCostsOnlyItsHost(t *testing.T) {
	t.Parallel()
	w, js, clock := readied(t)
	if _, err := hostsBucket(t, js).Put(t.Context(), "web-1", []byte("no record")); err != nil {
		t.Fatal(err)
	}
	workertest.Publish(t, js, story("web-1")[0])
	for n := range uint64(4) {
		workertest.Eventually(t, "a delivery", func() bool { return delivered(t, js) > n })
		if err := w.Ready(); err != nil && strings.Contains(err.Error(), "no event could be applied") {
			t.Fatalf("after %d deliveries: %v", n, err)
		}
		clock.move(15 * time.Second)
	}
	workertest.Publish(t, js, story("web-2")[0])
	workertest.Eventually(t, "the other host's change", func() bool {
		published := workertest.ReadChanges(t, js)["web-2"]
		return published != nil && len(published.Changed) == 1
	})
	if err := hostsBucket(t, js).Purge(t.Context(), "web-1"); err != nil {
		t.Fatal(err)
	}
	workertest.Applied(t, js)
}

// delivered returns how many deliveries of events there were.
func delivered(t *testing.T, js jetstream.JetStream) uint64 {
	t.Helper()
	consumer, err := js.Consumer(t.Context(), messages.StreamEvents, streams.ConsumerEvents)
	if err != nil {
		t.Fatal(err)
	}
	return consumer.CachedInfo().Delivered.Consumer
}

func incarnationOf(t *testing.T, js jetstream.JetStream) string {
	t.Helper()
	stream, err := js.Stream(t.Context(), messages.StreamChanges)
	if err != nil {
		t.Fatal(err)
	}
	return stream.CachedInfo().Config.Metadata["incarnation"]
}
