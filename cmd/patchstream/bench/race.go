package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/streams"
)

// racer is one who takes events from a queue: a worker, or JetStream alone.
type racer struct {
	stream, consumer string
	subject          func(host string) string // nil: as the event has it
	start            func(ctx context.Context, nc *nats.Conn) (stop func() error, err error)
}

func workerRacer(cfg worker.Config) racer {
	return racer{stream: messages.StreamEvents, consumer: streams.ConsumerEvents, start: func(ctx context.Context, nc *nats.Conn) (func() error, error) {
		cfg.Conn = nc
		return startWorker(ctx, cfg)
	}}
}

func (a *alone) racer(do steps, changeBytes int) racer {
	return racer{
		stream: aloneEvents, consumer: aloneConsumer, subject: func(host string) string { return aloneEventSubject + host },
		start: func(ctx context.Context, nc *nats.Conn) (func() error, error) {
			return a.start(ctx, nc, do, changeBytes)
		},
	}
}

// startWorker returns once the worker consumes.
func startWorker(ctx context.Context, cfg worker.Config) (stop func() error, err error) {
	w, err := worker.New(cfg)
	if err != nil {
		return nil, err
	}
	running, end := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.Run(running) }()
	stop = func() error { end(); return <-ended }
	select {
	case <-w.Started():
		return stop, nil
	case err := <-ended:
		end()
		return nil, errors.Join(err, ctx.Err())
	}
}

// events are what one phase sends: one event of each host, encoded.
type events struct {
	hosts    []string
	messages []*nats.Msg
}

func (e *events) bytes() (n int) {
	for _, m := range e.messages {
		n += len(m.Data)
	}
	return n
}

// race has the events taken by a racer, and returns what that took. They wait in the stream when the clock starts.
func (g *ground) race(ctx context.Context, r racer, e *events) (_ sample, err error) {
	last := len(e.messages) - 1
	if err := errors.Join(g.pause(ctx, r), g.publish(r, e, 0, last)); err != nil {
		return sample{}, err
	}
	nc, err := g.connect()
	if err != nil {
		return sample{}, err
	}
	defer nc.Close()
	stop, err := r.start(ctx, nc)
	if err != nil {
		return sample{}, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := atRest(ctx, nc); err != nil {
		return sample{}, err
	}
	runtime.GC()
	before := usedBy(nc)
	if err := g.resume(ctx, r, e); err != nil {
		return sample{}, err
	}
	if err := g.drained(ctx, r.stream); err != nil {
		return sample{}, err
	}
	return sampleOf(len(e.messages), before, usedBy(nc)), nil
}

// pause has a queue give nothing.
func (g *ground) pause(ctx context.Context, r racer) error {
	_, err := g.js.PauseConsumer(ctx, r.stream, r.consumer, time.Now().Add(longestPause))
	return err
}

// resume has a queue give what is in it. The last event is held back until then: the server looks at requests that waited through
// a pause only when a message comes.
func (g *ground) resume(ctx context.Context, r racer, e *events) error {
	if _, err := g.js.ResumeConsumer(ctx, r.stream, r.consumer); err != nil {
		return err
	}
	return g.publish(r, e, len(e.messages)-1, len(e.messages))
}

const (
	longestPause = time.Hour
	lookEvery    = 2 * time.Millisecond
	stalledAfter = time.Minute // nothing was taken
	restingFor   = 60 * time.Millisecond
	restsWithin  = time.Minute
)

// publish puts some of the events into the racer's queue.
func (g *ground) publish(r racer, e *events, from, to int) error {
	acks := make([]jetstream.PubAckFuture, 0, to-from)
	for i := from; i < to; i++ {
		m := e.messages[i]
		sent := &nats.Msg{Subject: m.Subject, Header: m.Header, Data: m.Data}
		if r.subject != nil {
			sent.Subject = r.subject(e.hosts[i])
		}
		ack, err := g.js.PublishMsgAsync(sent, jetstream.WithStallWait(stalledAfter))
		if err != nil {
			return err
		}
		acks = append(acks, ack)
	}
	return acknowledged(acks)
}

func acknowledged(acks []jetstream.PubAckFuture) error {
	late := time.After(stalledAfter)
	for _, ack := range acks {
		select {
		case <-ack.Ok():
		case err := <-ack.Err():
			return fmt.Errorf("publish the events: %w", err)
		case <-late:
			return fmt.Errorf("publish the events: not acknowledged within %s", stalledAfter)
		}
	}
	return nil
}

// atRest returns when a connection has been silent for a while: whoever came by it has done what it does at its start.
func atRest(ctx context.Context, nc *nats.Conn) error {
	tick, late := time.NewTicker(restingFor), time.After(restsWithin)
	defer tick.Stop()
	for before := uint64(0); ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-late:
			return fmt.Errorf("a worker that has nothing to do does not rest within %s", restsWithin)
		case <-tick.C:
		}
		s := nc.Stats()
		if now := s.InMsgs + s.OutMsgs; now != before {
			before = now
			continue
		}
		return nil
	}
}

// drained returns when the queue is empty: all that was in it is acknowledged. Each look has the server work, so there are few: the more time
// has passed, the fewer, so that the clock is wrong by no more than a fiftieth.
func (g *ground) drained(ctx context.Context, stream string) error {
	began := time.Now()
	least, since := uint64(0), began
	for {
		n, err := g.queued(ctx, stream)
		if err != nil || n == 0 {
			return err
		}
		now := time.Now()
		if least == 0 || n < least {
			least, since = n, now
		}
		if now.Sub(since) > stalledAfter {
			return fmt.Errorf("%d events in %s of which none is taken any more", n, stream)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(max(now.Sub(began)/50, lookEvery)):
		}
	}
}
