package worker

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// suspectAfter is the number of deliveries after which an event may be one that kills workers. Deliveries also
// go up for every event that a dying or stopping worker had taken, so they prove nothing by themselves.
const suspectAfter = 5

// handle brings one event to its end: it is applied, and then answered by the verdict on how that went.
func (in *intake) handle(e *envelope) {
	if e.deliveries > 1 {
		in.w.metrics.redelivered.Inc()
	}
	var why reason
	err := in.c.memory.within(in.work, e.memoryBytes, func(maxRecordBytes int) (err error) {
		why, err = in.attempt(e, maxRecordBytes)
		return err
	})
	in.answer(e, why, err)
}

// attempt handles an event for which there is memory. One that may be killing workers is handled alone.
func (in *intake) attempt(e *envelope, maxRecordBytes int) (reason, error) {
	if e.deliveries > suspectAfter {
		in.alone.Lock()
		defer in.alone.Unlock()
		return in.attemptSuspect(e, maxRecordBytes)
	}
	in.alone.RLock()
	defer in.alone.RUnlock()
	return in.process(e, maxRecordBytes)
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
		why, err = in.process(e, maxRecordBytes)
	}
	return why, errors.Join(err, in.c.attempts.end(in.work, e))
}

// process opens and applies an event. A panic of ours is a refusal: the event goes to the dead letters with
// the stack, and the worker lives.
func (in *intake) process(e *envelope, maxRecordBytes int) (why reason, err error) {
	defer func() {
		if r := recover(); r != nil {
			in.c.cache.drop(e.host)
			err = refuse(groundPanic, fmt.Errorf("panic: %v\n%s", r, debug.Stack()))
		}
	}()
	opened, err := in.open(e)
	if err != nil {
		return "", err
	}
	return in.c.apply(in.work, opened, maxRecordBytes)
}

// open reads an event while only so many others are read.
func (in *intake) open(e *envelope) (*event, error) {
	in.w.opening <- struct{}{}
	defer func() { <-in.w.opening }()
	return e.open()
}
