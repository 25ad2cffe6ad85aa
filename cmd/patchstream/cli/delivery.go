package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/publisher/spool"
)

// delivery is a publisher whose server may be away: what it does not take waits in the spool.
type delivery struct {
	app        *app
	connection *dial.Target
	conn       *nats.Conn
	publisher  *publisher.Publisher
	spool      *spool.Spool
	away       bool // it has not taken an event in time
	warned     bool // that events of other hosts stay in the spool
}

const redialEvery = 250 * time.Millisecond

// deliver returns soon, whether there is a server or not. Close it.
func (a *app) deliver(c *dial.Target, s *spool.Spool, cfg publisher.Config) (*delivery, error) {
	nc, err := c.Open(nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1),
		nats.ReconnectWait(redialEvery), nats.ReconnectJitter(0, 0), nats.ReconnectBufSize(-1), silent)
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(nc)
	if err == nil {
		cfg.Spool = s
		var p *publisher.Publisher
		if p, err = publisher.New(js, cfg); err == nil {
			return &delivery{app: a, connection: c, conn: nc, publisher: p, spool: s}, nil
		}
	}
	nc.Close()
	return nil, err
}

// checkSpool warns of a spool that cannot be written before there is anything to lose.
func (a *app) checkSpool(s *spool.Spool) {
	if err := s.Check(); err != nil {
		a.Warn("%s: what no server takes in time is lost; name another directory with --spool", print.Line(err))
	}
}

// silent keeps the client from printing: what is wrong is said once, with what became of the event.
func silent(o *nats.Options) error {
	o.AsyncErrorCB = func(*nats.Conn, *nats.Subscription, error) {}
	return nil
}

func (d *delivery) close() { d.conn.Close() }

// run makes sure of a run before anything that may take long: it is on the disk before the server is asked.
func (d *delivery) run(ctx context.Context, r *messages.Run) error {
	kept := d.publisher.Keep(r)
	if kept == nil {
		return d.flush(ctx, r)
	}
	err := d.publisher.Run(ctx, r) // a full disk need not keep the server from having it
	if err == nil || errors.Is(err, publisher.ErrSpooled) {
		return d.why(r, err)
	}
	d.away = true
	return fmt.Errorf("%w; %w; the event is lost", kept, d.reason(err))
}

// scan publishes a scan. Where the run before it was not taken, the server is not waited for a second time.
func (d *delivery) scan(ctx context.Context, s *messages.Scan) error {
	if !d.away || d.conn.IsConnected() {
		return d.why(s, d.publisher.Scan(ctx, s))
	}
	if err := d.publisher.Keep(s); err != nil {
		return d.why(s, err)
	}
	return d.why(s, publisher.ErrSpooled)
}

// flush sends what is in the spool; the event among it is the one that matters.
func (d *delivery) flush(ctx context.Context, e messages.Event) error {
	flushed, err := d.publisher.Flush(ctx)
	d.app.setAside(d.spool, flushed)
	var stay *spool.HostsError
	if errors.As(err, &stay) && !slices.Contains(stay.Hosts, e.HostName()) {
		err = nil
	}
	if err != nil {
		err = errors.Join(publisher.ErrSpooled, err)
	} else if flushed.Refused != nil {
		return fmt.Errorf("the server at %s takes some events never: %w", d.connection.Address(), flushed.Refused)
	}
	return d.why(e, err)
}

// why says of an event that was not published what became of it.
func (d *delivery) why(e messages.Event, err error) error {
	if err == nil {
		d.left()
		return nil
	}
	d.away = true
	var unusable *spool.UnusableError
	switch {
	case errors.Is(err, spool.ErrFull):
		return err
	case errors.As(err, &unusable):
		return fmt.Errorf("%s %s of %s is lost: %w; %w", e.Kind(), e.EventID(), e.HostName(), unusable, d.reason(err))
	case !errors.Is(err, publisher.ErrSpooled):
		return fmt.Errorf("%s %s of %s: %w", e.Kind(), e.EventID(), e.HostName(), d.reason(err))
	}
	return &spooledError{fmt.Sprintf("%s %s of %s waits in %s, and goes out with the next one or by \"patchstream spool flush\"",
		e.Kind(), e.EventID(), e.HostName(), d.spool.Dir), d.reason(err)}
}

// left warns, once, of events that stay in the spool although one has just gone out: they are of other hosts.
func (d *delivery) left() {
	events, _, err := d.spool.List()
	if d.warned || err != nil || len(events) == 0 {
		return
	}
	d.warned = true
	d.app.Warn("%s of other hosts in %s could not be sent; \"patchstream spool flush\" says why", print.Count(len(events), "event"), d.spool.Dir)
}

// reason is why the server did not take an event, in the words of a command that needs one.
func (d *delivery) reason(err error) error {
	last := d.conn.LastError()
	switch {
	case errors.Is(err, publisher.ErrNoStream):
		return publisher.ErrNoStream
	case !d.conn.IsConnected() && last != nil:
		return d.connection.Unreachable(last)
	case !d.conn.IsConnected():
		return d.connection.Unreachable(nats.ErrNoServers)
	case errors.Is(err, nats.ErrPermissionViolation):
		return d.connection.Denied(err)
	case errors.Is(err, publisher.ErrSpooled):
		return errors.New(unspooled(err))
	}
	return err
}

// unspooled is the text of an error without that the event was spooled, which is said otherwise.
func unspooled(err error) string {
	return strings.TrimPrefix(print.Line(err), publisher.ErrSpooled.Error()+" ")
}

// spooledError says where an event waits, and why.
type spooledError struct {
	where string
	err   error
}

func (e *spooledError) Error() string { return e.where + ": " + e.err.Error() }
func (e *spooledError) Unwrap() error { return e.err }

// setAside names the files that a flush has taken out of the order.
func (a *app) setAside(s *spool.Spool, f publisher.Flushed) {
	for _, name := range f.SetAside {
		a.Warn("%s is damaged or can never be sent, and was set aside", filepath.Join(s.Dir, name))
	}
}
