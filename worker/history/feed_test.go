package history_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/history"
	"github.com/patchstream/patchstream/worker/workertest"
)

// stream makes the streams on a server of the test's own.
func stream(t *testing.T) jetstream.JetStream {
	t.Helper()
	js := workertest.JetStream(t, workertest.Server(t))
	workertest.Streams(t, js, time.Minute)
	return js
}

// publish publishes changes, each named by its host and revision, as web-1/2.
func publish(t *testing.T, js jetstream.JetStream, changes ...string) {
	t.Helper()
	for _, name := range changes {
		c := &messages.Changed{}
		c.ID = name
		var revision string
		c.Host, revision, _ = strings.Cut(name, "/")
		if _, err := fmt.Sscan(revision, &c.Revision); err != nil {
			t.Fatal(err)
		}
		text, err := messages.EncodeChange(c, messages.MsgPack)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := js.Publish(t.Context(), messages.ChangedSubject(c.Host), text); err != nil {
			t.Fatal(err)
		}
	}
}

var errEnough = errors.New("enough")

// wants fails the test unless a feed begins with these changes.
func wants(t *testing.T, feed *history.Feed, want ...string) {
	t.Helper()
	var got []string
	err := feed.Each(func(m *messages.Changed) error {
		if got = append(got, m.ID); len(got) == len(want) {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) || !slices.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func follow(t *testing.T, js jetstream.JetStream, from history.From) *history.Feed {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), workertest.Deadline)
	t.Cleanup(cancel)
	feed, err := history.Follow(ctx, js, from, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(feed.Close)
	return feed
}

func TestFollowBeginsWhereItIsAskedTo(t *testing.T) {
	t.Parallel()
	js := stream(t)
	publish(t, js, "web-1/1", "web-2/1")
	info, err := js.Stream(t.Context(), messages.StreamChanges)
	if err != nil {
		t.Fatal(err)
	}
	publish(t, js, "web-1/2")
	last, err := info.GetMsg(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	now := follow(t, js, history.From{})
	wants(t, follow(t, js, history.From{Oldest: true}), "web-1/1", "web-2/1", "web-1/2")
	wants(t, follow(t, js, history.From{Oldest: true, Host: "web-1"}), "web-1/1", "web-1/2")
	wants(t, follow(t, js, history.From{Since: last.Time}), "web-1/2")
	publish(t, js, "web-2/2")
	wants(t, now, "web-2/2")
}

func TestWhatCannotBeReadIsPassedOver(t *testing.T) {
	t.Parallel()
	js := stream(t)
	if _, err := js.Publish(t.Context(), messages.ChangedSubject("web-1"), []byte("no change")); err != nil {
		t.Fatal(err)
	}
	publish(t, js, "web-1/1")
	wants(t, follow(t, js, history.From{Oldest: true}), "web-1/1")
}

// Who asks for the history of a thousand hosts must not use up the consumers that the stream may have.
func TestWhatReadsChangesIsSoonForgottenByTheServer(t *testing.T) {
	t.Parallel()
	js := stream(t)
	publish(t, js, "web-1/1", "web-1/2")
	read := 0
	if err := history.Read(t.Context(), js, history.From{Oldest: true}, func(history.Entry) error { read++; return nil }); err != nil || read != 2 {
		t.Fatalf("%d changes, %v", read, err)
	}
	workertest.SoonForgotten(t, js, messages.StreamChanges)
}

func TestAFeedEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	js := stream(t)
	publish(t, js, "web-1/1")
	feed, err := history.Follow(ctx, js, history.From{Oldest: true}, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	if err := feed.Each(func(*messages.Changed) error { cancel(); return nil }); err != nil {
		t.Error(err)
	}
}

func TestResumeGoesOnAfterWhatWasTaken(t *testing.T) {
	t.Parallel()
	js := stream(t)
	ctx, cancel := context.WithTimeout(t.Context(), workertest.Deadline)
	defer cancel()
	if err := history.Make(ctx, js, "siem", history.From{Oldest: true}); err != nil {
		t.Fatal(err)
	}
	publish(t, js, "web-1/1", "web-1/2", "web-1/3")
	first, err := history.Resume(ctx, js, "siem", zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	wants(t, first, "web-1/1", "web-1/2") // the second was given, and not taken
	first.Close()
	consumer, err := js.Consumer(ctx, messages.StreamChanges, "siem")
	if err != nil {
		t.Fatal(err)
	}
	workertest.Eventually(t, "the first is acknowledged, and no other", func() bool {
		info, err := consumer.Info(ctx)
		return err == nil && info.AckFloor.Stream == 1
	})
}

func TestWhatAConsumerNeeds(t *testing.T) {
	t.Parallel()
	bare := workertest.JetStream(t, workertest.Server(t))
	if _, err := history.Follow(t.Context(), bare, history.From{}, zerolog.Nop()); !errors.Is(err, history.ErrNoStream) {
		t.Errorf("Follow: %v", err)
	}
	if err := history.Make(t.Context(), bare, "siem", history.From{}); !errors.Is(err, history.ErrNoStream) {
		t.Errorf("Make: %v", err)
	}
	if _, err := history.Resume(t.Context(), bare, "siem", zerolog.Nop()); !errors.Is(err, history.ErrNoStream) {
		t.Errorf("Resume: %v", err)
	}
	js := stream(t)
	if _, err := history.Resume(t.Context(), js, "siem", zerolog.Nop()); !errors.Is(err, history.ErrNoConsumer) {
		t.Errorf("Resume: %v", err)
	}
	for range 2 { // the same again changes nothing
		if err := history.Make(t.Context(), js, "siem", history.From{}); err != nil {
			t.Error(err)
		}
	}
	if err := history.Make(t.Context(), js, "siem", history.From{Host: "web-1"}); !errors.Is(err, history.ErrOtherwiseThere) {
		t.Errorf("Make otherwise: %v", err)
	}
}
