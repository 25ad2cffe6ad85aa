package baselines_test

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/workertest"
)

const (
	webBaseline    = `{"Name": "web", "OperatingSystem": "UBUNTU", "ApprovedPatches": ["openssl*"]}`
	anySystem      = `{"Name": "any", "RejectedPatches": ["telnet"], "RejectedPatchesAction": "BLOCK"}`
	debianBaseline = `{"Name": "debian", "OperatingSystem": "DEBIAN", "ApprovedPatches": ["curl"]}`
)

func bucket(t *testing.T, js jetstream.JetStream) jetstream.KeyValue {
	t.Helper()
	kv, err := js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: messages.BucketBaselines, History: 64})
	if err != nil {
		t.Fatal(err)
	}
	return kv
}

func open(t *testing.T) (*baselines.Store, jetstream.KeyValue, jetstream.JetStream) {
	t.Helper()
	js := workertest.JetStream(t, workertest.Server(t))
	kv := bucket(t, js)
	store, err := baselines.Open(t.Context(), js)
	if err != nil {
		t.Fatal(err)
	}
	return store, kv, js
}

func put(t *testing.T, store *baselines.Store, id, text string) uint64 {
	t.Helper()
	revision, err := store.Put(t.Context(), id, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return revision
}

// follow runs a view until the test ends.
func follow(t *testing.T, js jetstream.JetStream) *baselines.View {
	t.Helper()
	view := baselines.NewView(js, nopLogger, 100*time.Millisecond)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_ = view.Run(ctx) // a worker runs it again
		}
	}()
	t.Cleanup(func() { stop(); <-done })
	return view
}

var nopLogger = zerolog.Nop()
