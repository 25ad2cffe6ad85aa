package schedule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

// Next returns for when a schedule must stand, in whole seconds, for a host whose report is due again at a time; zero: for
// never. named is what the host's record names, zero for none. That schedule will do as long as it is to come, and not
// after the report is due: so a scan, which only moves the time on, sets no other.
func Next(due, named, now time.Time) time.Time {
	if due.IsZero() || due.Year() > lastYear {
		return time.Time{}
	}
	at := wholeSecond(due)
	if named.After(now) && !named.After(at) {
		return named
	}
	return at
}

// lastYear is the last whole one that the server can wait for: it counts in nanoseconds since 1970, in 64 bits. What is later would
// fire at once, and what is beyond the year 9999 it refuses.
const lastYear = 2261

// wholeSecond is the first whole second that is not before t: a schedule never fires too early.
func wholeSecond(t time.Time) time.Time {
	t = t.UTC()
	if down := t.Truncate(time.Second); !down.Equal(t) {
		return down.Add(time.Second)
	}
	return t
}

// Schedules sets schedules in PATCH_LATER. It is safe for concurrent use.
type Schedules struct {
	js      jetstream.JetStream
	later   jetstream.Stream
	timeout time.Duration
}

// New returns the schedules in PATCH_LATER, which later is. timeout bounds each request to the server.
func New(js jetstream.JetStream, later jetstream.Stream, timeout time.Duration) *Schedules {
	return &Schedules{js, later, timeout}
}

// Set has a host come up at a time that [Next] gave; at once, if that has passed. Setting one twice sets one.
func (s *Schedules) Set(ctx context.Context, host string, at time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	m, err := message(host, at)
	if err == nil {
		_, err = s.js.PublishMsg(ctx, m, jetstream.WithExpectStream(messages.StreamLater))
	}
	if err != nil {
		return fmt.Errorf("schedule %s for %s: %w", host, at.Format(time.RFC3339), err)
	}
	return nil
}

// message is a schedule. Its payload is that of what it fires, and a recheck: so that a dead letter of it can be put back
// by people, who may not publish what fell due.
func message(host string, at time.Time) (*nats.Msg, error) {
	m := nats.NewMsg(messages.LaterSubject(at, host))
	m.Header.Set(messages.HeaderSchedule, "@at "+at.UTC().Format(time.RFC3339))
	m.Header.Set(messages.HeaderScheduleTarget, messages.DueSubject(host))
	var err error
	m.Data, err = messages.Encode(&messages.Recheck{ID: fmt.Sprintf("due/%d", at.Unix()), Host: host, Cause: "its time had come"}, messages.MsgPack)
	return m, err
}

// Lost reports whether the schedule of a host for a time is gone, and the host has not come up either.
func (s *Schedules) Lost(ctx context.Context, host string, at time.Time) (bool, error) {
	for _, subject := range []string{messages.LaterSubject(at, host), messages.DueSubject(host)} {
		if there, err := s.holds(ctx, subject); there || err != nil {
			return false, err
		}
	}
	return true, nil
}

func (s *Schedules) holds(ctx context.Context, subject string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	_, err := s.later.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for %s: %w", subject, err)
	}
	return true, nil
}
