package worker_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/workertest"
)

// What the protocol rests on may be lost or put back under a running worker: changes expire, records are deleted
// or restored. Numbers go on, whatever happens.

const retention = 10 * time.Minute

// shortLived lets the changes expire after the retention.
func shortLived(c jetstream.StreamConfig) jetstream.StreamConfig {
	c.MaxAge, c.Duplicates = retention, 100*time.Millisecond
	return c
}

func hostsBucket(t *testing.T, js jetstream.JetStream) jetstream.KeyValue {
	t.Helper()
	kv, err := js.KeyValue(t.Context(), messages.BucketHosts)
	if err != nil {
		t.Fatal(err)
	}
	return kv
}

// revisions returns the revisions of a host as they come, so that none is missed that is gone later.
func revisions(t *testing.T, js jetstream.JetStream, host string) <-chan string {
	t.Helper()
	consumer, err := js.CreateConsumer(t.Context(), messages.StreamChanges, jetstream.ConsumerConfig{AckPolicy: jetstream.AckNonePolicy, FilterSubject: messages.ChangedSubject(host)})
	if err != nil {
		t.Fatal(err)
	}
	come := make(chan string, 100)
	consuming, err := consumer.Consume(func(m jetstream.Msg) { come <- m.Headers().Get("Patch-Revision") })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(consuming.Stop)
	return come
}

// expire lets the changes expire, as if as much time went by: the stream goes on counting where it was.
func expire(t *testing.T, js jetstream.JetStream, clock *ahead) {
	t.Helper()
	clock.move(retention + time.Second)
	stream, err := js.Stream(t.Context(), messages.StreamChanges)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestAChangeThatExpiredIsNotPublishedAgain(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	prepare(t, js, shortLived)
	come := revisions(t, js, "web-1")
	// It dies with both messages out and the event not acknowledged, and they expire before another worker comes.
	clock := new(ahead)
	withClock := func(c *worker.Config) { c.Now = clock.now }
	dead := startMortal(t, s, worker.StepAcknowledge, 1, withClock)
	events := story("web-1")
	workertest.Publish(t, js, events[0])
	dead.wait(t)
	workertest.Wait(t, "revision 1", come)
	expire(t, js, clock)
	start(t, s, withClock)
	workertest.Applied(t, js)
	if published := workertest.State(t, js, messages.StreamChanges); published.LastSeq != 2 {
		t.Errorf("the stream is at %d: something was published again", published.LastSeq)
	}
	workertest.Publish(t, js, events[1])
	workertest.Applied(t, js)
	if got := workertest.Wait(t, "revision 2", come); got != "2" {
		t.Errorf("revision %s, want 2", got)
	}
	if published := workertest.State(t, js, messages.StreamChanges); published.LastSeq != 4 { // run_failed comes with it
		t.Errorf("after the next event the stream is at %d", published.LastSeq)
	}
}

func TestNumbersGoOnWhenTheLastChangeExpiredUnderARunningWorker(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	prepare(t, js, shortLived)
	come := revisions(t, js, "web-1")
	clock := new(ahead)
	start(t, s, func(c *worker.Config) { c.Now = clock.now })
	for i, e := range story("web-1") {
		workertest.Publish(t, js, e)
		workertest.Applied(t, js)
		if got := workertest.Wait(t, "its change", come); got != strconv.Itoa(i+1) {
			t.Errorf("event %d made revision %s", i+1, got)
		}
		expire(t, js, clock)
	}
}

func TestNumbersGoOnWhenTheRecordWasDeleted(t *testing.T) {
	t.Parallel()
	for name, restart := range map[string]bool{"under a running worker": false, "between two workers": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := workertest.Server(t)
			js := workertest.JetStream(t, s)
			w := start(t, s)
			events := story("web-1")
			workertest.Publish(t, js, events[0], events[1])
			workertest.Applied(t, js)
			if err := hostsBucket(t, js).Delete(t.Context(), "web-1"); err != nil {
				t.Fatal(err)
			}
			if restart {
				w.end(t)
				start(t, s)
			}
			workertest.Publish(t, js, events[2])
			workertest.Applied(t, js)
			published := workertest.ReadChanges(t, js)["web-1"]
			if diff := cmp.Diff([]uint64{1, 2, 3}, published.Revisions()); diff != "" {
				t.Errorf("revisions:\n%s", diff)
			}
			if c := published.Changed[2]; c.Status.To != messages.Compliant || !c.Initial {
				t.Errorf("the first change after the loss is %+v", c.Head)
			}
			workertest.Publish(t, js, workertest.Override("web-1", 9, "curl.amd64", messages.InstalledRejected))
			workertest.Applied(t, js)
			if published := workertest.ReadChanges(t, js)["web-1"]; len(published.Changed) != 4 || published.Changed[3].Revision != 4 || published.Changed[3].Initial {
				t.Errorf("then %d", published.Revisions())
			}
		})
	}
}

func TestNumbersGoOnAfterTheStatusWhereOnlyThatWasKept(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	w := start(t, s)
	events := story("web-1")
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	w.end(t)
	last := workertest.ReadChanges(t, js)["web-1"]
	if err := hostsBucket(t, js).Delete(t.Context(), "web-1"); err != nil {
		t.Fatal(err)
	}
	changes, err := js.Stream(t.Context(), messages.StreamChanges)
	if err != nil {
		t.Fatal(err)
	}
	if err := changes.Purge(t.Context(), jetstream.WithPurgeSubject(messages.ChangedSubject("web-1"))); err != nil {
		t.Fatal(err)
	}
	start(t, s)
	workertest.Publish(t, js, events[0])
	workertest.Applied(t, js)
	published := workertest.ReadChanges(t, js)["web-1"]
	want := last.Status[len(last.Status)-1].Revision + 1
	if len(published.Changed) != 1 || published.Changed[0].Revision != want {
		t.Errorf("revisions %d, want %d", published.Revisions(), want)
	}
}

func TestNumbersGoOnWhenAnOlderRecordWasPutBack(t *testing.T) {
	t.Parallel()
	for name, restart := range map[string]bool{"under a running worker": false, "between two workers": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := workertest.Server(t)
			js := workertest.JetStream(t, s)
			w := start(t, s)
			kv := hostsBucket(t, js)
			events := story("web-1")
			workertest.Publish(t, js, events[0])
			workertest.Applied(t, js)
			old, err := kv.Get(t.Context(), "web-1")
			if err != nil {
				t.Fatal(err)
			}
			workertest.Publish(t, js, events[1])
			workertest.Applied(t, js)
			if _, err := kv.Put(t.Context(), "web-1", old.Value()); err != nil {
				t.Fatal(err)
			}
			if restart {
				w.end(t)
				start(t, s)
			}
			workertest.Publish(t, js, events[2])
			workertest.Applied(t, js)
			published := workertest.ReadChanges(t, js)["web-1"].Revisions()
			for i, revision := range published {
				if revision != uint64(i+1) {
					t.Errorf("revisions %d", published)
					break
				}
			}
			stored := workertest.Stored(t, js, "web-1")
			if stored.Revision != published[len(published)-1] || stored.Report.Status != messages.Compliant {
				t.Errorf("the record is at %d, %s; revisions %d were published", stored.Revision, stored.Report, published)
			}
		})
	}
}

// The stream has the revision of a record, of another commit than the record's: as of a record that was deleted, began anew and was put back.
func TestARevisionOfAnotherCommitIsNotTakenForTheRecords(t *testing.T) {
	t.Parallel()
	for name, events := range map[string][]messages.Event{
		"with a status":    story("web-1")[:2],
		"without a status": {workertest.Scan("web-1", 1, workertest.Package("curl", "1")), workertest.Scan("web-1", 2, workertest.Package("curl", "1"), workertest.Package("zsh", "1"))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := workertest.Server(t)
			js := workertest.JetStream(t, s)
			set := prepare(t, js)
			start(t, s, withoutCache)
			workertest.Publish(t, js, events...)
			workertest.Applied(t, js)
			if r := newest(t, js, set, "web-1"); r.Revision != 2 || r.Outbox == nil || r.Outbox.Status != (name == "with a status") {
				t.Fatalf("the record is at %d, its outbox %+v", r.Revision, r.Outbox)
			}
			rewrite(t, js, set, "web-1", func(r *record.Record) { r.CommitID = "another" })
			workertest.Publish(t, js, workertest.Recheck("web-1", "again", 0))
			workertest.Applied(t, js)
			published := workertest.ReadChanges(t, js)["web-1"].Revisions()
			if diff := cmp.Diff([]uint64{1, 2, 3}, published); diff != "" {
				t.Errorf("revisions (-want +published):\n%s", diff)
			}
		})
	}
}

func TestADeadLetterLeavesAnOutboxThatIsPendingAlone(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	dead := startMortal(t, s, worker.StepCommitted, 1)
	events := story("web-1")
	workertest.Publish(t, js, events[0])
	dead.wait(t)
	// The event that made the outbox is gone, and the next one for the host cannot be read.
	stream, err := js.Stream(t.Context(), messages.StreamEvents)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.DeleteMsg(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	workertest.Send(t, js, &nats.Msg{Subject: "patch.scan.web-1", Data: []byte("hello")})
	start(t, s)
	workertest.Applied(t, js)
	if n := len(deadLetters(t, js)); n != 1 {
		t.Fatalf("%d dead letters", n)
	}
	if published := workertest.ReadChanges(t, js)["web-1"]; published != nil {
		t.Errorf("the dead letter had %d published", published.Revisions())
	}
	workertest.Publish(t, js, events[1])
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events[0], events[1])
}

func TestASweepPublishesAndClearsWhatACrashLeftBehind(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]worker.Step{"nothing is out": worker.StepCommitted, "the status is not out": worker.StepStatus, "all is out": worker.StepAcknowledge} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := workertest.Server(t)
			js := workertest.JetStream(t, s)
			dead := startMortal(t, s, step, 1)
			events := story("web-1")
			workertest.Publish(t, js, events[0])
			dead.wait(t)
			stream, err := js.Stream(t.Context(), messages.StreamEvents)
			if err != nil {
				t.Fatal(err)
			}
			if err := stream.DeleteMsg(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			start(t, s).end(t) // too early: some worker may be at the host
			if stored := workertest.Stored(t, js, "web-1"); stored.Outbox == nil {
				t.Fatal("an outbox that is seconds old was swept")
			}
			start(t, s, func(c *worker.Config) { c.Now = func() time.Time { return time.Now().Add(6 * time.Minute) } })
			var stored *record.Record
			workertest.Eventually(t, "an empty outbox", func() bool {
				stored = workertest.Stored(t, js, "web-1")
				return stored.Outbox == nil
			})
			workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events[0])
			// The fences that the sweep left are those that the next change goes out under.
			workertest.Publish(t, js, events[1])
			workertest.Applied(t, js)
			workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events[0], events[1])
		})
	}
}
