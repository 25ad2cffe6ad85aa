package worker_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/workertest"
)

// rejects forbids openssl and approves nothing.
const rejects = `{"Name": "strict", "OperatingSystem": "UBUNTU", "RejectedPatches": ["openssl"], "RejectedPatchesAction": "BLOCK", "ApprovedPatches": ["curl"]}`

func openBaselines(t *testing.T, js jetstream.JetStream) *baselines.Store {
	t.Helper()
	store, err := baselines.Open(t.Context(), js)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// libraryNow returns what is stored, and the last sequence of the bucket.
func libraryNow(t *testing.T, js jetstream.JetStream) (*classify.Library, uint64) {
	t.Helper()
	library, err := openBaselines(t, js).Library(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return library, workertest.State(t, js, "KV_"+messages.BucketBaselines).LastSeq
}

func TestWhatOperatorsChangeIsUsedForTheNextEventOfAHost(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	store := openBaselines(t, js)
	ctx := t.Context()
	events := []messages.Event{story("web-1")[0], story("web-1")[1]}
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	put := func(text string) func() error {
		return func() error { _, err := store.Put(ctx, "pb", []byte(text)); return err }
	}
	for _, change := range []struct {
		name      string
		do        func() error
		publishes bool
	}{
		{"a baseline that applies to nobody", put(rejects), false},
		{"a default", func() error { return store.SetDefault(ctx, "UBUNTU", "pb") }, true},
		{"another revision", put(`{"Name": "strict", "ApprovedPatches": ["*"]}`), true},
		{"a setting", func() error {
			return store.PutSettings(ctx, classify.Settings{FailedUntil: "next-scan", ScanMaxAge: classify.Age(time.Minute)})
		}, true}, // scan_old comes
		{"a binding of another group", func() error { return store.Bind(ctx, "UBUNTU", "blue", "AWS-UbuntuDefaultPatchBaseline") }, false},
		{"the group of the host", func() error { return store.SetHostGroup(ctx, "web-1", "blue") }, true},
		{"no group any more", func() error { return store.SetHostGroup(ctx, "web-1", "") }, true},
	} {
		before := len(workertest.ReadChanges(t, js)["web-1"].Changed)
		if err := change.do(); err != nil {
			t.Fatalf("%s: %v", change.name, err)
		}
		library, seq := libraryNow(t, js)
		workertest.Publish(t, js, workertest.Recheck("web-1", "recheck", seq))
		workertest.Applied(t, js)
		t.Log(change.name)
		published := workertest.CheckHost(t, js, "web-1", library, time.Now(), events...)
		if got := len(published.Changed) > before; got != change.publishes {
			t.Errorf("%s: published something: %v", change.name, got)
		}
	}
}

func TestAnEventThatSaysNothingNewIsJudgedByTheBaselineInForce(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	w := start(t, s)
	events := story("web-1")[:1]
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	store := openBaselines(t, js)
	if _, err := store.Put(t.Context(), "pb", []byte(rejects)); err != nil {
		t.Fatal(err)
	}
	if err := store.SetDefault(t.Context(), "UBUNTU", "pb"); err != nil {
		t.Fatal(err)
	}
	w.end(t)
	start(t, s) // has read all of the bucket when it takes its first event
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	library, _ := libraryNow(t, js)
	published := workertest.CheckHost(t, js, "web-1", library, time.Now(), events...)
	if last := published.Changed[len(published.Changed)-1]; len(published.Changed) != 2 || last.Baseline.Name != "strict" || last.Baseline.Version != 1 || last.Cause.Kind != messages.KindScan {
		t.Errorf("the last of %d changes is %+v", len(published.Changed), last.Head)
	}
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	if published := workertest.ReadChanges(t, js)["web-1"]; len(published.Changed) != 2 {
		t.Errorf("the same once more was published: %d", published.Revisions())
	}
}

// A decision that is made while an event is in hand is not the event's doing: the recheck that it sends says what moved.
func TestAnEventInHandIsJudgedByWhatWasDecidedBeforeIt(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	hooks := newSteps()
	start(t, s, hooks.config)
	workertest.Publish(t, js, story("other")[0])
	workertest.Applied(t, js)
	store := openBaselines(t, js)
	if _, err := store.Put(t.Context(), "pb", []byte(rejects)); err != nil {
		t.Fatal(err)
	}
	var decided atomic.Uint64
	hooks.on(worker.StepCommitted, func(host string) {
		if host != "web-1" || decided.Load() != 0 {
			return
		}
		if err := store.SetDefault(t.Context(), "UBUNTU", "pb"); err != nil {
			t.Error(err)
		}
		_, seq := libraryNow(t, js)
		decided.Store(seq)
		workertest.Publish(t, js, workertest.Recheck("other", "other", seq))
		workertest.Eventually(t, "the worker knows of the decision", func() bool {
			return workertest.Stored(t, js, "other").Report.Baseline.Name == "strict"
		})
	})
	workertest.Publish(t, js, story("web-1")[0])
	workertest.Applied(t, js)
	if published := workertest.ReadChanges(t, js)["web-1"]; len(published.Changed) != 1 {
		t.Errorf("the scan caused %d changes", len(published.Changed))
	}
	workertest.Publish(t, js, workertest.Recheck("web-1", "default", decided.Load()))
	workertest.Applied(t, js)
	published := workertest.ReadChanges(t, js)["web-1"]
	if last := published.Changed[len(published.Changed)-1]; len(published.Changed) != 2 || last.Cause.Kind != messages.KindRecheck || last.Baseline.Name != "strict" {
		t.Errorf("the last of %d changes is %+v", len(published.Changed), last.Head)
	}
}

func TestARecheckSaysWhatCausedIt(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	workertest.Publish(t, js, story("web-1")[0])
	workertest.Applied(t, js)
	store := openBaselines(t, js)
	if _, err := store.Put(t.Context(), "pb", []byte(rejects)); err != nil {
		t.Fatal(err)
	}
	if err := store.SetDefault(t.Context(), "UBUNTU", "pb"); err != nil {
		t.Fatal(err)
	}
	_, seq := libraryNow(t, js)
	sent := time.Now()
	workertest.Publish(t, js, workertest.Recheck("web-1", "baseline-pb-1", seq))
	workertest.Applied(t, js)
	published := workertest.ReadChanges(t, js)["web-1"]
	last := published.Changed[len(published.Changed)-1]
	if c := last.Cause; c.Kind != messages.KindRecheck || c.ID != "baseline-pb-1" || c.OccurredAt.Before(sent.Add(-time.Second)) || c.OccurredAt.After(time.Now().Add(time.Second)) {
		t.Errorf("cause %+v", c)
	}
	if basis := workertest.Stored(t, js, "web-1").Basis; basis.BaselinesSeq != seq {
		t.Errorf("made by %+v, the bucket is at %d", basis, seq)
	}
}

func TestABaselineThatIsGoneOrDamagedMakesItsHostsUnknown(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"gone": "", "damaged": "{"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := workertest.Server(t)
			js := workertest.JetStream(t, s)
			start(t, s)
			store := openBaselines(t, js)
			if _, err := store.Put(t.Context(), "pb", []byte(rejects)); err != nil {
				t.Fatal(err)
			}
			if err := store.SetDefault(t.Context(), "UBUNTU", "pb"); err != nil {
				t.Fatal(err)
			}
			events := story("web-1")[:1]
			_, seq := libraryNow(t, js)
			workertest.Publish(t, js, events[0], workertest.Recheck("web-1", "first", seq))
			workertest.Applied(t, js)
			kv, err := js.KeyValue(t.Context(), messages.BucketBaselines)
			if err != nil {
				t.Fatal(err)
			}
			if text == "" {
				err = kv.Delete(t.Context(), "baseline.pb")
			} else {
				_, err = kv.PutString(t.Context(), "baseline.pb", text)
			}
			if err != nil {
				t.Fatal(err)
			}
			library, seq := libraryNow(t, js)
			workertest.Publish(t, js, workertest.Recheck("web-1", "second", seq))
			workertest.Applied(t, js)
			published := workertest.CheckHost(t, js, "web-1", library, time.Now(), events...)
			if last := published.Changed[len(published.Changed)-1]; last.Status.To != messages.Unknown || len(last.Status.Reasons) != 1 || last.Status.Reasons[0] != classify.NoBaseline {
				t.Errorf("%+v", last.Status)
			}
		})
	}
}

func TestARecheckThatAsksForMoreThanThereIsIsNotHeldUp(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s, func(c *worker.Config) { c.Timeout = workertest.Deadline })
	workertest.Publish(t, js, story("web-1")[0], workertest.Recheck("web-1", "r", 1_000_000))
	workertest.Applied(t, js)
	noDeadLetters(t, js)
}
