package tally_test

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/workertest"
)

// It is seen before the dead letters are at their bound, whatever that is.
func TestDeadLettersAndTheirBoundAreShown(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	prepare(t, js)
	r := follow(t, workertest.Connect(t, s), fixed)
	if _, err := js.Publish(t.Context(), messages.DeadSubject(messages.KindScan, "web-1"), make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	workertest.Eventually(t, "one dead letter", func() bool {
		now := read(t, r)
		return now["dead_letters_stored"] == 1 && now["dead_letters_stored_bytes"] > 1000 && now["dead_letters_max_bytes"] > 16<<20
	})
	dead, err := js.Stream(t.Context(), messages.StreamDead)
	if err != nil {
		t.Fatal(err)
	}
	cfg := dead.CachedInfo().Config
	cfg.MaxBytes = -1
	if _, err := js.UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if err := dead.Purge(t.Context(), jetstream.WithPurgeSubject(messages.DeadSubjectsOfAll)); err != nil {
		t.Fatal(err)
	}
	workertest.Eventually(t, "no dead letter and no bound", func() bool {
		now := read(t, r)
		return now["dead_letters_stored"] == 0 && now["dead_letters_max_bytes"] == 0
	})
}
