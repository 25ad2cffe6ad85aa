package history

import (
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

// From says which changes to read. The zero value reads those of all hosts from now on.
type From struct {
	Host   string    // empty: all
	Since  time.Time // zero: from now on
	Oldest bool      // begin with the oldest change that is kept; Since counts for nothing then
}

// Subjects are what changes are published on that are read.
func (f From) Subjects() []string {
	if f.Host == "" {
		return []string{messages.ChangedSubject(">")}
	}
	return []string{messages.ChangedSubject(f.Host)}
}

func (f From) policy() (policy jetstream.DeliverPolicy, since *time.Time) {
	switch {
	case f.Oldest:
		return jetstream.DeliverAllPolicy, nil
	case !f.Since.IsZero():
		return jetstream.DeliverByStartTimePolicy, &f.Since
	}
	return jetstream.DeliverNewPolicy, nil
}
