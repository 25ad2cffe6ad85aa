package workertest

import (
	"errors"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

// Held returns what a stream holds, oldest first, without a consumer: of PATCH_EVENTS the workers have the only one.
func Held(t testing.TB, js jetstream.JetStream, stream string) []Message {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	state := s.CachedInfo().State
	var held []Message
	for sequence := state.FirstSeq; sequence <= state.LastSeq && uint64(len(held)) < state.Msgs; sequence++ {
		m, err := s.GetMsg(t.Context(), sequence)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, Message{m.Subject, m.Header, m.Data, m.Sequence})
	}
	return held
}

// Event decodes a message of PATCH_EVENTS, which must be on the subject of its host.
func Event(t testing.TB, m Message) messages.Event {
	t.Helper()
	kind, host, err := messages.ParseSubject(m.Subject)
	if err != nil {
		t.Fatal(err)
	}
	e, err := messages.Decode(kind, m.Data, messages.EncodingOf(m.Header))
	if err != nil {
		t.Fatal(err)
	}
	if e.HostName() != host {
		t.Errorf("an event of %s on the subject of %s", e.HostName(), host)
	}
	return e
}
