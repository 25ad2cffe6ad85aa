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
	After  uint64    // begin behind this sequence of the stream; what else is said counts for nothing then. 0: not said
}

// Subjects are what changes are published on that are read.
func (f From) Subjects() []string {
	if f.Host == "" {
		return []string{messages.ChangedSubject(">")}
	}
	return []string{messages.ChangedSubject(f.Host)}
}

// ordered is how a consumer of one reader begins.
func (f From) ordered() (c jetstream.OrderedConsumerConfig) {
	c.FilterSubjects = f.Subjects()
	if c.DeliverPolicy, c.OptStartTime = f.policy(); f.After > 0 {
		c.DeliverPolicy, c.OptStartSeq, c.OptStartTime = jetstream.DeliverByStartSequencePolicy, f.After+1, nil
	}
	return c
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
