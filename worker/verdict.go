package worker

import (
	"errors"
	"time"
)

// refusal is an error that no retry mends: the event is dead-lettered with its text as the reason.
type refusal struct {
	kind string // for the metric: one of refusals
	err  error
}

// refusals are the kinds of refusal.
var refusals = []string{"subject", "header", "decode", "clock", "too_large", "panic", "deliveries"}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

func refuse(kind string, err error) error { return &refusal{kind, err} }

// verdict is what becomes of an event.
type verdict struct {
	acknowledge bool
	refused     *refusal      // dead-letter it
	again       time.Duration // otherwise: have it delivered again after this time
}

const (
	firstPause = time.Second
	longPause  = time.Minute
)

// judge decides what becomes of an event from how its handling ended and how often it was delivered. Failures
// of JetStream, of the network and of other workers are never counted against an event: it is delivered again,
// without end, after pauses of 1, 2, 4 … 60 seconds.
func judge(err error, deliveries uint64) verdict {
	if err == nil {
		return verdict{acknowledge: true}
	}
	var r *refusal
	if errors.As(err, &r) {
		return verdict{refused: r}
	}
	pause := firstPause
	for n := uint64(1); n < deliveries && pause < longPause; n++ {
		pause *= 2
	}
	return verdict{again: min(pause, longPause)}
}
