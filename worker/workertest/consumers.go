package workertest

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/worker/streams"
)

// SoonForgotten fails the test unless a stream was read, and the server soon forgets the consumers by which it was.
func SoonForgotten(t *testing.T, js jetstream.JetStream, stream string) {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	consumers := s.ListConsumers(t.Context())
	for c := range consumers.Info() {
		read++
		if c.Config.InactiveThreshold > streams.ForgottenAfter {
			t.Errorf("the server keeps %s of %s for %s", c.Name, stream, c.Config.InactiveThreshold)
		}
	}
	if err := consumers.Err(); err != nil || read == 0 {
		t.Errorf("%d consumers of %s, %v", read, stream, err)
	}
}
