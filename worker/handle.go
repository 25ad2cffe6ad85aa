package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// suspectAfter is the number of deliveries after which an event may be one that kills workers. Deliveries also
// go up for every event that a dying or stopping worker had in its hands, so they prove nothing by themselves.
const suspectAfter = 5

// handle brings one delivery to its end: acknowledged, given back for a while, or dead-lettered.
func (in *intake) handle(d delivery) {
	meta, err := d.Metadata()
	if err != nil { // no message of a JetStream consumer: nobody waits for an answer
		in.w.cfg.Log.Error().Err(err).Str("subject", d.Subject()).Msg("a message without metadata")
		return
	}
	if meta.NumDelivered > 1 {
		in.w.metrics.redelivered.Inc()
	}
	in.conclude(d, meta, in.c.within(in.work, handledSize(d.Msg), func(room int64) error {
		return in.attempt(d, meta, room)
	}))
}

// attempt handles an event for which there is room.
func (in *intake) attempt(d delivery, meta *jetstream.MsgMetadata, room int64) error {
	if meta.NumDelivered > suspectAfter {
		in.alone.Lock()
		defer in.alone.Unlock()
		return in.handleSuspect(d, meta, room)
	}
	in.alone.RLock()
	defer in.alone.RUnlock()
	return in.process(d, meta, room)
}

// handleSuspect notes the attempt before it dares, so that a worker that dies of the event leaves a trace. Whatever
// else becomes of it, the note is taken away.
func (in *intake) handleSuspect(d delivery, meta *jetstream.MsgMetadata, room int64) error {
	deaths, err := in.c.attempts.begin(in.work, meta)
	switch {
	case err != nil: // it may be noted all the same
	case deaths > maxDeaths:
		err = refuse("deliveries", fmt.Errorf("%d workers died while they handled it; it was not read again", deaths))
	default:
		err = in.process(d, meta, room)
	}
	return errors.Join(err, in.c.attempts.end(in.work, meta))
}

// process decodes and applies an event. A panic of ours is a refusal: the event goes to the dead letters with
// the stack, and the worker lives.
func (in *intake) process(d delivery, meta *jetstream.MsgMetadata, room int64) (err error) {
	defer func() {
		if r := recover(); r != nil {
			in.c.cache.drop(hostOf(d.Subject()))
			err = refuse("panic", fmt.Errorf("panic: %v\n%s", r, debug.Stack()))
		}
	}()
	e, err := in.decode(d, meta)
	if err != nil {
		return err
	}
	e.room = room
	return in.c.apply(in.work, e)
}

func (in *intake) decode(d delivery, meta *jetstream.MsgMetadata) (*event, error) {
	in.w.decode <- struct{}{}
	defer func() { <-in.w.decode }()
	return decodeEvent(d, meta.Timestamp)
}

// conclude tells JetStream what became of an event, and the log where it is not applied.
func (in *intake) conclude(d delivery, meta *jetstream.MsgMetadata, err error) {
	v := judge(err, meta.NumDelivered)
	kind, host, _ := parseSubject(d.Subject())
	log := in.w.cfg.Log.With().Str("subject", d.Subject()).Str("host", hostOf(d.Subject())).
		Uint64("sequence", meta.Sequence.Stream).Uint64("deliveries", meta.NumDelivered).Logger()
	if v.refused != nil {
		if deadErr := in.deadLetter(d, meta, v.refused); deadErr != nil {
			v, err = judge(deadErr, meta.NumDelivered), deadErr
		}
	}
	result := resultApplied
	var answer error
	switch {
	case v.acknowledge:
		in.w.cfg.Step(StepAcknowledge, host)
		answer = d.Ack()
	case v.refused != nil:
		result = resultDead
		in.w.metrics.dead.WithLabelValues(v.refused.kind).Inc()
		log.Error().Str("error", firstLine(v.refused.Error())).Str("reason", v.refused.kind).Str("field", fieldOf(v.refused)).Msg("event dead-lettered")
		answer = d.Term()
	case in.draining.Load():
		result = resultAgain
		in.giveBack(d.Msg)
	default:
		result = resultAgain
		log.Warn().Err(err).Dur("again_in", v.again).Msg("event not applied yet")
		answer = d.NakWithDelay(v.again)
	}
	in.w.metrics.events.WithLabelValues(string(kind), result).Inc()
	if result == resultApplied {
		in.w.metrics.latency.Observe(max(0, in.w.cfg.Now().Sub(meta.Timestamp).Seconds())) // the server's clock may be ahead
	}
	if answer != nil { // the connection was lost, which is told elsewhere, once
		log.Debug().Err(answer).Msg("answering JetStream; the event comes again and changes nothing")
	}
}

func (in *intake) deadLetter(d delivery, meta *jetstream.MsgMetadata, r *refusal) error {
	// Even while the worker stops: a dead letter under way is better finished.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(in.work), in.w.cfg.Timeout)
	defer cancel()
	return in.c.dead.publish(ctx, d.Msg, meta, r)
}

// retryAfter is for background work that failed.
const retryAfter = time.Minute
