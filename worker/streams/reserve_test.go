package streams_test

import (
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/workertest"
)

// The bound of the dead letters is set aside by the server. Where it has not so much the bound is smaller, and where it has
// next to nothing there is none: a worker starts all the same.
func TestDeadLettersGetWhatTheServerCanSetAside(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ store, want int64 }{
		{1 << 30, 256 << 20}, {100 << 20, 64 << 20}, {20 << 20, 16 << 20}, {10 << 20, -1},
	} {
		js := workertest.JetStream(t, workertest.Server(t, func(o *server.Options) { o.JetStreamMaxStore = row.store }))
		ensure(t, js)
		if got := configs(t, js)[messages.StreamDead].MaxBytes; got != row.want {
			t.Errorf("of %d MiB the dead letters may take %d bytes, not %d", row.store>>20, got, row.want)
		}
	}
}

func TestAnOperatorsBoundOfTheDeadLettersStays(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: messages.StreamDead, Subjects: []string{messages.DeadSubjectsOfAll}, MaxBytes: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	ensure(t, js)
	if got := configs(t, js)[messages.StreamDead].MaxBytes; got != 1<<20 {
		t.Errorf("it is %d now", got)
	}
}
