package publisher

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/spool"
)

// Flushed is what came of emptying the spool.
type Flushed struct {
	Sent     int
	SetAside []string // names of files that were damaged, or hold an event that the server will never take
	Refused  error    // why the server will never take these events; nil: all that was set aside was damaged
}

// Keep puts an event into the spool without an attempt to publish it: from then on a crash or a boot loses
// nothing, and [Publisher.Flush] or the next event sends it. It fills in an empty ID, Host, and Hash of a complete
// scan. The error is a [*messages.FieldError] for an event that breaks the contract, [ErrNoSpool], [spool.ErrFull],
// or that of the disk.
func (p *Publisher) Keep(e messages.Event) error {
	switch e := e.(type) {
	case *messages.Run:
		p.name(&e.ID, &e.Host)
	case *messages.Override:
		p.name(&e.ID, &e.Host)
	case *messages.Scan:
		p.name(&e.ID, &e.Host)
		if e.Complete && e.Hash == "" {
			e.Hash = messages.ContentHash(e)
		}
	}
	if p.cfg.Spool == nil {
		return ErrNoSpool
	}
	msg, err := p.message(e)
	if err == nil {
		err = p.keep(e, msg)
	}
	if err != nil && !errors.Is(err, ErrSpooled) {
		return fmt.Errorf("keep %s %s of %s: %w", e.Kind(), e.EventID(), e.HostName(), err)
	}
	return nil
}

// Flush publishes what waits in the spool, in order, until it is empty or the time-out is reached. Without a
// spool there is nothing to do. The error is that of the first event that could not be published; it and those
// after it stay. A [*spool.HostsError] says that all went out but what is of hosts for which the server does not let
// us publish.
func (p *Publisher) Flush(ctx context.Context) (Flushed, error) {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	defer cancel()
	return p.flush(ctx)
}

func (p *Publisher) flush(ctx context.Context) (Flushed, error) {
	if p.cfg.Spool == nil {
		return Flushed{}, nil
	}
	var refused []error
	sent, aside, err := p.cfg.Spool.Flush(ctx, func(ctx context.Context, e spool.Event) error {
		msg := nats.NewMsg(e.Kind.Subject(e.Host))
		msg.Header, msg.Data = e.Headers, e.Payload
		_, err := p.send(ctx, msg)
		if unsendable(err) {
			refused = append(refused, fmt.Errorf("%s %s of %s: %w", e.Kind, e.ID, e.Host, err))
			return fmt.Errorf("%w: %w", spool.ErrUnsendable, err)
		}
		if heldBack(err) {
			return fmt.Errorf("%s %s of %s: %w: %w", e.Kind, e.ID, e.Host, spool.ErrHost, err)
		}
		return err
	})
	return Flushed{Sent: sent, SetAside: aside, Refused: errors.Join(refused...)}, err
}

// mayFollow reports whether an event of a host may be sent although a flush ended with err: nothing of that host
// waits, or the disk fails, which need not keep the server from having it.
func mayFollow(err error, host string) bool {
	var unusable *spool.UnusableError
	var stay *spool.HostsError
	return err == nil || errors.As(err, &unusable) || errors.As(err, &stay) && !slices.Contains(stay.Hosts, host)
}

// keep puts an event into the spool and returns [ErrSpooled] where it is safe there.
func (p *Publisher) keep(e messages.Event, msg *nats.Msg) error {
	err := p.cfg.Spool.Put(spool.Event{
		Kind: e.Kind(), Host: e.HostName(), ID: e.EventID(), Scan: sortOf(e),
		SpooledAt: p.cfg.Now().UTC(), Headers: msg.Header, Payload: msg.Data,
	})
	if err != nil {
		return err
	}
	return ErrSpooled
}

func sortOf(e messages.Event) spool.Scan {
	s, ok := e.(*messages.Scan)
	switch {
	case !ok:
		return spool.NoScan
	case !s.Complete:
		return spool.Failed
	case s.Unchanged:
		return spool.Unchanged
	}
	return spool.Full
}
