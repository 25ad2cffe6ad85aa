package publisher_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker/workertest"
)

// changesStream returns PATCH_CHANGES on a server, and a publisher of changes on a connection of its own.
func changesStream(t *testing.T, s *server.Server, timeout time.Duration, opts ...nats.Option) (jetstream.JetStream, *publisher.Changes) {
	t.Helper()
	js := workertest.JetStream(t, s)
	workertest.Streams(t, js, workertest.Deadline)
	own, err := jetstream.New(workertest.Connect(t, s, opts...))
	if err != nil {
		t.Fatal(err)
	}
	return js, publisher.NewChanges(own, timeout)
}

func change(host string, revision uint64, commit string, after uint64, old bool) publisher.Message {
	m := nats.NewMsg(messages.ChangedSubject(host))
	m.Data = fmt.Appendf(nil, "%d of %s", revision, commit)
	return publisher.Message{Msg: m, Revision: revision, Commit: commit, After: after, Old: old}
}

// published returns what the stream holds of a host, as revisions and commits, and the sequence of the last.
func published(t *testing.T, js jetstream.JetStream, host string) (list string, last uint64) {
	t.Helper()
	var words []string
	for _, m := range workertest.Held(t, js, messages.StreamChanges) {
		if m.Subject == messages.ChangedSubject(host) {
			words = append(words, m.Header.Get(messages.HeaderRevision)+m.Header.Get(messages.HeaderCommit))
			last = m.Sequence
		}
	}
	return strings.Join(words, " "), last
}

func TestPublishLookDecide(t *testing.T) {
	t.Parallel()
	js, changes := changesStream(t, workertest.Server(t), 5*time.Second)
	const never = -1
	for i, c := range []struct {
		name     string
		before   string // revisions and commits of the host in the stream
		revision uint64
		commit   string
		fence    int // a place in before, 0 for none, or a sequence that never was
		old      bool
		err      error
		want     string // of the host in the stream afterwards
	}{
		{"the first", "", 1, "a", 0, false, nil, "1a"},
		{"the next", "1a", 2, "b", 1, false, nil, "1a 2b"},
		{"the first is out", "1a", 1, "a", 0, false, nil, "1a"},
		{"the next is out", "1a 2b", 2, "b", 1, false, nil, "1a 2b"},
		{"the fence is too low, an older one is last", "1a", 2, "b", 0, false, nil, "1a 2b"},
		{"the fence is too low, two older ones are there", "1a 2b", 3, "c", 1, false, nil, "1a 2b 3c"},
		{"the fence never was", "1a", 2, "b", never, false, nil, "1a 2b"},
		{"this revision, of another commit", "1a 2x", 2, "b", 1, false, publisher.ErrSuperseded, "1a 2x"},
		{"a newer revision", "1a 2b 3c", 2, "b", 1, false, publisher.ErrSuperseded, "1a 2b 3c"},
		{"a newer revision, of the same commit", "1a 3b", 2, "b", 1, false, publisher.ErrSuperseded, "1a 3b"},
		{"the subject was emptied", "", 2, "b", never, false, nil, "2b"},
		{"old, the subject was emptied", "", 2, "b", never, true, nil, ""},
		{"old, the first, the subject is empty", "", 1, "a", 0, true, nil, ""},
		{"old, it is out", "1a 2b", 2, "b", 1, true, nil, "1a 2b"},
		{"old, an older one is last", "1a", 2, "b", 1, true, nil, "1a 2b"},
		{"old, this revision of another commit", "1a 2x", 2, "b", 1, true, publisher.ErrSuperseded, "1a 2x"},
	} {
		host := fmt.Sprintf("web-%d", i)
		sequences := []uint64{0}
		for n, word := range strings.Fields(c.before) {
			before, err := changes.Publish(t.Context(), change(host, uint64(word[0]-'0'), word[1:], sequences[n], false))
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			sequences = append(sequences, before)
			if _, err := js.Publish(t.Context(), "patch.changed.other", nil); err != nil { // the stream goes on, the subject does not
				t.Fatal(err)
			}
		}
		fence := uint64(1_000_000)
		if c.fence != never {
			fence = sequences[c.fence]
		}
		got, err := changes.Publish(t.Context(), change(host, c.revision, c.commit, fence, c.old))
		if !errors.Is(err, c.err) || c.err == nil && err != nil {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
		now, last := published(t, js, host)
		if now != c.want {
			t.Errorf("%s: the stream holds %q, want %q", c.name, now, c.want)
		}
		if c.err == nil && got != last {
			t.Errorf("%s: returned %d, the last of the subject is %d", c.name, got, last)
		}
	}
}

func TestOfTwoThatPublishOneRevisionAtOnceOneIsSuperseded(t *testing.T) {
	t.Parallel()
	js, changes := changesStream(t, workertest.Server(t), 5*time.Second)
	errs := make([]error, 8)
	var workers sync.WaitGroup
	for i := range errs {
		workers.Go(func() {
			_, errs[i] = changes.Publish(t.Context(), change("web-1", 1, string(rune('a'+i)), 0, false))
		})
	}
	workers.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, publisher.ErrSuperseded):
			t.Error(err)
		}
	}
	if now, _ := published(t, js, "web-1"); won != 1 || len(strings.Fields(now)) != 1 {
		t.Errorf("%d of them published; the stream holds %q", won, now)
	}
}

func TestAMessageWhoseAcknowledgementWasLostIsFoundAndNotSentAgain(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	way := workertest.NewLink(s)
	js, changes := changesStream(t, s, 5*time.Second, nats.InProcessServer(way))
	looked := make(chan struct{}, 1)
	if _, err := js.Conn().Subscribe("$JS.API.STREAM.MSG.GET."+messages.StreamChanges, func(*nats.Msg) {
		select {
		case looked <- struct{}{}:
		default:
		}
	}); err != nil {
		t.Fatal(err)
	}
	if err := js.Conn().Flush(); err != nil {
		t.Fatal(err)
	}
	way.Hold()
	done := make(chan error, 1)
	go func() {
		_, err := changes.Publish(t.Context(), change("web-1", 1, "a", 0, false))
		done <- err
	}()
	<-looked
	way.Release()
	if err := <-done; err != nil {
		t.Errorf("Publish: %v", err)
	}
	if now, _ := published(t, js, "web-1"); now != "1a" {
		t.Errorf("the stream holds %q", now)
	}
}

func TestWhatCannotBeLookedAtLeavesItOpen(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	way := workertest.NewLink(s)
	js, changes := changesStream(t, s, 2*time.Second, nats.InProcessServer(way))
	way.Hold()
	_, err := changes.Publish(t.Context(), change("web-1", 1, "a", 0, false))
	if err == nil || errors.Is(err, publisher.ErrSuperseded) {
		t.Errorf("Publish: %v", err)
	}
	way.Release()
	if _, err := changes.Publish(t.Context(), change("web-1", 1, "a", 0, false)); err != nil {
		t.Errorf("Publish once more: %v", err)
	}
	if now, _ := published(t, js, "web-1"); now != "1a" {
		t.Errorf("the stream holds %q", now)
	}
}

func TestAContextThatEndedIsNoReasonToLook(t *testing.T) {
	t.Parallel()
	js, changes := changesStream(t, workertest.Server(t), 5*time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := changes.Publish(ctx, change("web-1", 1, "a", 0, false)); !errors.Is(err, context.Canceled) {
		t.Errorf("Publish: %v", err)
	}
	if now, _ := published(t, js, "web-1"); strings.Contains(now, " ") {
		t.Errorf("the stream holds %q", now)
	}
}

func TestAMessageThatIsCalledADuplicateIsNotCountedAsOut(t *testing.T) {
	t.Parallel()
	js, changes := changesStream(t, workertest.Server(t), 5*time.Second)
	if _, err := js.Publish(t.Context(), "patch.changed.other", nil, jetstream.WithMsgID("id")); err != nil {
		t.Fatal(err)
	}
	m := change("web-1", 1, "a", 0, false)
	m.Msg.Header.Set(nats.MsgIdHdr, "id")
	if _, err := changes.Publish(t.Context(), m); err == nil {
		t.Error("Publish returned as if it were in the stream")
	}
	if now, _ := published(t, js, "web-1"); now != "" {
		t.Errorf("the stream holds %q", now)
	}
}

func TestAForeignMessageOnTheSubjectIsAnErrorThatNamesIt(t *testing.T) {
	t.Parallel()
	js, changes := changesStream(t, workertest.Server(t), 5*time.Second)
	if _, err := js.Publish(t.Context(), messages.ChangedSubject("web-1"), []byte("hello")); err != nil {
		t.Fatal(err)
	}
	_, err := changes.Publish(t.Context(), change("web-1", 1, "a", 0, false))
	if err == nil || errors.Is(err, publisher.ErrSuperseded) || !strings.Contains(err.Error(), "patch.changed.web-1") {
		t.Errorf("Publish: %v", err)
	}
}

func TestLastIsTheNewestMessageOfTheSubjectAlone(t *testing.T) {
	t.Parallel()
	_, changes := changesStream(t, workertest.Server(t), 5*time.Second)
	if last, err := changes.Last(t.Context(), messages.ChangedSubject("web-1")); err != nil || last != (publisher.Last{}) {
		t.Errorf("of an empty subject: %+v %v", last, err)
	}
	for i, m := range []publisher.Message{change("web-1", 1, "a", 0, false), change("web-1", 2, "b", 1, false), change("web-2", 9, "z", 0, false)} {
		if _, err := changes.Publish(t.Context(), m); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
	}
	if last, err := changes.Last(t.Context(), messages.ChangedSubject("web-1")); err != nil || last != (publisher.Last{Sequence: 2, Revision: 2, Commit: "b"}) {
		t.Errorf("%+v %v", last, err)
	}
}
