package worker

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
)

// refusal is an error that no retry mends: the event is dead-lettered with its text as the reason.
type refusal struct {
	ground ground
	err    error
}

// ground is why an event is refused. The log, the metric and the tests share it.
type ground string

const (
	groundSubject    ground = "subject" // refused by the contract, as are the next three
	groundHeader     ground = "header"
	groundDecode     ground = "decode"
	groundClock      ground = "clock"
	groundTooLarge   ground = "too_large" // for the server's max_payload, or for any reader
	groundPanic      ground = "panic"
	groundDeliveries ground = "deliveries" // it seems to kill workers
)

func grounds() []ground {
	return []ground{groundSubject, groundHeader, groundDecode, groundClock, groundTooLarge, groundPanic, groundDeliveries}
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// mendable reports whether the event may be applied when it is put back as it is: later, by another version, or at a server with
// other limits. What was wrong with a header is not put back.
func (r *refusal) mendable() bool {
	switch r.ground {
	case groundSubject:
		return false
	case groundDecode:
		return fieldOf(r) == "v" // a newer version may read it
	}
	return true
}

func refuse(g ground, err error) error { return &refusal{g, err} }

// verdict is what becomes of an event.
type verdict struct {
	acknowledge bool
	refused     *refusal      // dead-letter it
	again       time.Duration // otherwise: have it delivered again after this time
}

const (
	firstPause = time.Second
	longPause  = 10 * time.Second
)

// verdictOn decides what becomes of an event from how its handling ended and how often it was delivered. Failures
// of JetStream, of the network and of other workers are never counted against an event: it is delivered again,
// without end, after pauses of 1, 2, 4 … 10 seconds.
func verdictOn(err error, deliveries uint64) verdict {
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

// answer says to JetStream what becomes of an event, and to the log where it is not applied. why is what was decided, err
// how its handling ended.
func (in *intake) answer(e *envelope, why reason, err error) {
	v := verdictOn(err, e.deliveries)
	if v.refused != nil {
		if deadErr := in.deadLetter(e, v.refused); deadErr != nil {
			v, err = verdictOn(deadErr, e.deliveries), deadErr
		}
	}
	log := in.w.cfg.Log.With().Str("subject", e.msg.Subject).Str("host", e.host).
		Uint64("sequence", e.sequence).Uint64("deliveries", e.deliveries).Logger()
	result := resultAgain
	var answer error
	switch {
	case v.acknowledge:
		result = resultApplied
		in.w.cfg.Step(StepAcknowledge, e.host)
		answer = e.msg.Ack()
	case v.refused != nil:
		result = resultDead
		in.w.metrics.dead.WithLabelValues(string(v.refused.ground)).Inc()
		log.Error().Str("error", firstLine(v.refused.Error())).Str("reason", string(v.refused.ground)).Str("field", fieldOf(v.refused)).Msg("event dead-lettered")
		answer = e.msg.Term()
	case in.draining.Load():
		in.giveBack(e)
	default:
		log.Warn().Err(err).Dur("again_in", v.again).Msg("event not applied yet")
		if !errors.Is(err, record.ErrUnreadable) { // which says something of that host alone
			in.w.health.ended(in.w.cfg.Now(), err)
		}
		in.postpone(e, v.again) // that it failed is no sign that it kills workers
		return
	}
	if result != resultAgain {
		in.w.health.ended(in.w.cfg.Now(), nil)
	}
	in.w.metrics.events.WithLabelValues(string(e.kind), result).Inc()
	if result == resultApplied {
		in.w.metrics.applied(e, why, in.w.cfg.Now())
		log.Debug().Str("reason", string(why)).Msg("event applied")
	}
	if answer != nil { // the connection was lost, which is logged elsewhere, once
		log.Debug().Err(answer).Msg("answering JetStream; the event comes again and changes nothing")
	}
}

func (in *intake) deadLetter(e *envelope, r *refusal) error {
	// Even while the worker stops: a dead letter under way is better finished.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(in.work), in.w.cfg.Timeout)
	defer cancel()
	return in.c.dead.publish(ctx, e, r)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// fieldOf returns the field that a refusal names.
func fieldOf(err error) string {
	var field *messages.FieldError
	if errors.As(err, &field) {
		return field.Field
	}
	return ""
}
