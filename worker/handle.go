package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// suspectAfter is the number of deliveries after which an event may be one that kills workers. Deliveries also
// go up for every event that a dying or stopping worker had taken, so they prove nothing by themselves; those of which it
// is known that the event was given back do not count.
const suspectAfter = 5

// handle brings events of one host to their end, and returns for how long they kept those of others waiting.
func (in *intake) handle(events []*envelope) (alone time.Duration) {
	for _, e := range events {
		if e.deliveries > 1 {
			in.w.metrics.redelivered.Inc()
		}
	}
	why, alone, err := in.attempt(events)
	if refused := (*refusal)(nil); len(events) > 1 && errors.As(err, &refused) { // one of them, and not the others
		for _, e := range events {
			why, more, err := in.attempt([]*envelope{e})
			alone += more
			in.answer(e, why, err)
		}
		return alone
	}
	for _, e := range events {
		in.answer(e, why, err)
	}
	return alone
}

// attempt handles events of one host once there is memory for them. One that may be killing workers is handled alone: it
// never comes together with others.
func (in *intake) attempt(events []*envelope) (why reason, alone time.Duration, err error) {
	suspect, err := in.suspect(events[0])
	if err != nil {
		return "", 0, err
	}
	plain := 0
	for _, e := range events {
		plain += e.plainBytes
	}
	alone, err = in.c.memory.within(in.work, eventMemory(plain), func(maxRecordBytes int) (err error) {
		if suspect {
			in.alone.Lock()
			defer in.alone.Unlock()
			why, err = in.attemptSuspect(events[0], maxRecordBytes)
			return err
		}
		in.alone.RLock()
		defer in.alone.RUnlock()
		why, err = in.process(events, maxRecordBytes)
		return err
	})
	return why, alone, err
}

func (in *intake) suspect(e *envelope) (bool, error) {
	if e.deliveries <= suspectAfter {
		return false, nil
	}
	n, err := in.c.attempts.sinceGivenBack(in.work, e)
	return n > suspectAfter, err
}

// attemptSuspect notes the attempt before it dares, so that a worker that dies of the event leaves a trace. Whatever
// else becomes of it, the note is taken away.
func (in *intake) attemptSuspect(e *envelope, maxRecordBytes int) (why reason, err error) {
	deaths, err := in.c.attempts.begin(in.work, e)
	switch {
	case err != nil: // it may be noted all the same
	case deaths > maxDeaths:
		err = refuse(groundDeliveries, fmt.Errorf("%d workers died while they handled it; it was not read again", deaths))
	default:
		why, err = in.process([]*envelope{e}, maxRecordBytes)
	}
	return why, errors.Join(err, in.c.attempts.end(in.work, e))
}

// process opens and applies events of one host. A panic of ours is a refusal: the event goes to the dead letters with
// the stack, and the worker lives.
func (in *intake) process(events []*envelope, maxRecordBytes int) (why reason, err error) {
	defer func() {
		if r := recover(); r != nil {
			in.c.cache.drop(events[0].host)
			err = refuse(groundPanic, fmt.Errorf("panic: %v\n%s", r, debug.Stack()))
		}
	}()
	opened := make([]*event, 0, len(events))
	defer func() {
		for _, e := range opened {
			e.release()
		}
	}()
	for _, e := range events {
		o, err := in.open(e)
		if err != nil {
			return "", err
		}
		opened = append(opened, o)
	}
	return in.c.apply(in.work, events[0].host, opened, maxRecordBytes)
}

// open reads an event while few others are read.
func (in *intake) open(e *envelope) (*event, error) {
	in.w.opening <- struct{}{}
	defer func() { <-in.w.opening }()
	return e.open()
}

// postpone gives an event back, to come again after a while: when those of its host that came before are handled, or when what
// was in the way may be gone. Every so often that is noted, since it is no sign that the event kills workers.
func (in *intake) postpone(e *envelope, after time.Duration) {
	note := e.deliveries%suspectAfter == 0
	if !note || !in.noting.TryAcquire(1) {
		in.again(e, after)
		return
	}
	go func() {
		defer in.noting.Release(1)
		if err := in.c.attempts.giveBack(context.WithoutCancel(in.work), e); err != nil {
			in.w.cfg.Log.Debug().Err(err).Msg("noting that an event was given back; it may be handled alone")
		}
		in.again(e, after)
	}()
}

func (in *intake) again(e *envelope, after time.Duration) {
	in.release(e)
	in.w.metrics.events.WithLabelValues(string(e.kind), resultAgain).Inc()
	if err := e.msg.NakWithDelay(after); err != nil {
		in.w.cfg.Log.Debug().Err(err).Msg("giving back an event")
	}
}
