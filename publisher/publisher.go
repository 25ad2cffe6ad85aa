package publisher

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/oklog/ulid/v2"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/pack"
	"github.com/patchstream/patchstream/publisher/spool"
)

// ErrNoStream says that nothing takes events at this server: publishers create no stream.
var ErrNoStream = errors.New("no stream PATCH_EVENTS here: start a worker (`patchstream serve` or `patchstream worker`), which creates it")

// ErrSpooled says that an event could not be published in time, and is safe in the spool: it goes out with the
// next event, or by [Publisher.Flush].
var ErrSpooled = errors.New("kept in the spool")

// ErrNoSpool says that an event is to be kept by a publisher without a spool.
var ErrNoSpool = errors.New("there is no spool")

// Config configures a [Publisher]. The zero value works for events that name their host themselves.
type Config struct {
	// Host is the host of events that name none; see [messages.ValidHost].
	Host string

	// StateDir is where the publisher remembers which scan it sent last, one small file for each host. Empty:
	// it remembers only as long as it lives, so the first scan of a process is a full one.
	StateDir string

	// Spool keeps events that could not be published in time, and is emptied before the next one is. Nil: such an
	// event is an error, and the caller's to keep.
	Spool *spool.Spool

	// Timeout bounds one call, retries included. 0: 30 seconds.
	Timeout time.Duration

	// FullEvery is the longest time between two full scans of a host. 0, or more than 24 hours: 24 hours. 10 minutes
	// or less: every scan is a full one.
	FullEvery time.Duration

	// Format is the encoding of events; MessagePack by default.
	Format messages.Format

	// Now is the clock. Nil: [time.Now].
	Now func() time.Time

	// Duplicate, where it is set, is told of an event that JetStream acknowledged and did not take, since another
	// call sent one with its id within the last two minutes.
	Duplicate func(messages.Event)
}

const (
	defaultTimeout = 30 * time.Second
	fullAtLeast    = 24 * time.Hour
	settleTime     = 10 * time.Minute // in which an acknowledged scan is handled, or has waited in a spool
	compressFrom   = 1 << 10          // bytes; below it compression gains nothing worth a header
)

// Publisher sends the events of hosts. It is safe for concurrent use, but scans of one host should come from
// one publisher at a time.
type Publisher struct {
	js     jetstream.JetStream
	cfg    Config
	memory memory
}

// New returns a publisher on a JetStream. It does no I/O; a host that is no legal name is an error.
func New(js jetstream.JetStream, cfg Config) (*Publisher, error) {
	if cfg.Host != "" {
		if err := messages.ValidHost(cfg.Host); err != nil {
			return nil, fmt.Errorf("host %w", err)
		}
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.FullEvery <= 0 || cfg.FullEvery > fullAtLeast {
		cfg.FullEvery = fullAtLeast
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Publisher{js: js, cfg: cfg, memory: memory{dir: cfg.StateDir}}, nil
}

// Scan publishes a scan and returns when JetStream has it. It fills in an empty ID, Host and Hash. Where the
// packages are those of the last full scan, which JetStream took more than ten minutes and less than
// Config.FullEvery ago, and which was not asked for again, only their hash is sent. (Sooner it might reach a worker
// before the full scan does that it confirms.)
//
// The error is a [*messages.FieldError] for a scan that breaks the contract, [ErrNoStream],
// [nats.ErrPermissionViolation] where the server does not let us publish for this host, or the last failure before
// the time-out; in the last case the scan may have arrived all the same. With a spool the three latter are
// [ErrSpooled], or joined with why it could not be kept: [spool.ErrFull] or a [*spool.UnusableError].
func (p *Publisher) Scan(ctx context.Context, s *messages.Scan) error {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	defer cancel()
	p.name(&s.ID, &s.Host)
	if !s.Complete || s.Unchanged {
		return p.publish(ctx, s)
	}
	if s.Hash == "" {
		s.Hash = messages.ContentHash(s)
	}
	if err := s.Validate(); err != nil {
		return fmt.Errorf("scan of %s: %w", s.Host, err)
	}
	last := p.memory.recall(s.Host)
	if last.Hash == s.Hash && p.confirmable(last) && !p.fullScanWanted(ctx, s.Host) {
		return p.publish(ctx, unchanged(s))
	}
	if err := p.publish(ctx, s); err != nil {
		return err
	}
	return p.memory.remember(s.Host, sent{Hash: s.Hash, SentAt: p.cfg.Now()})
}

// confirmable tells whether a full scan is old enough for every worker to have it, and not too old. Where the clock
// was set back its age is not known.
func (p *Publisher) confirmable(last sent) bool {
	age := p.cfg.Now().Sub(last.SentAt)
	return settleTime < age && age < p.cfg.FullEvery
}

// Run publishes what a patch run did and returns when JetStream has it. It fills in an empty ID and Host. The
// errors are those of [Publisher.Scan].
func (p *Publisher) Run(ctx context.Context, r *messages.Run) error {
	p.name(&r.ID, &r.Host)
	return p.publish(ctx, r)
}

// Override publishes a status set by hand and returns when JetStream has it. It fills in an empty ID and
// Host. The errors are those of [Publisher.Scan].
func (p *Publisher) Override(ctx context.Context, o *messages.Override) error {
	p.name(&o.ID, &o.Host)
	return p.publish(ctx, o)
}

// Retire publishes that a host is gone, and returns when JetStream has it. It fills in an empty ID and Host. The errors
// are those of [Publisher.Scan].
func (p *Publisher) Retire(ctx context.Context, r *messages.Retire) error {
	p.name(&r.ID, &r.Host)
	return p.publish(ctx, r)
}

// Recheck publishes that a host is to be classified again, and returns when JetStream has it. It fills in an empty ID and Host. The errors
// are those of [Publisher.Scan].
func (p *Publisher) Recheck(ctx context.Context, r *messages.Recheck) error {
	p.name(&r.ID, &r.Host)
	return p.publish(ctx, r)
}

func (p *Publisher) name(id, host *string) {
	if *id == "" {
		*id = ulid.Make().String()
	}
	if *host == "" {
		*host = p.cfg.Host
	}
}

// unchanged returns the scan that says of s only that its packages are as they were.
func unchanged(s *messages.Scan) *messages.Scan {
	u := *s
	u.Unchanged, u.Packages, u.Advisories = true, nil, nil
	return &u
}

// fullScanWanted reports whether a worker asked for a full scan. Where that cannot be told it was. The one request
// it makes is about the host alone: whoever may publish for a host need not be allowed to ask for more.
func (p *Publisher) fullScanWanted(ctx context.Context, host string) bool {
	ctx, cancel := context.WithTimeout(ctx, min(p.cfg.Timeout, attemptTimeout))
	defer cancel()
	subject := APIPrefix(p.js.Options()) + "DIRECT.GET." + messages.StreamResend + "." + messages.ResendSubject(host)
	ctx, stop := untilDenied(ctx, p.js.Conn(), subject)
	defer stop()
	answer, err := p.js.Conn().RequestWithContext(ctx, subject, nil)
	return err != nil || answer.Header.Get("Status") != directGetNotFound
}

// APIPrefix is what JetStream's subjects of requests begin with.
func APIPrefix(o jetstream.JetStreamOptions) string {
	switch {
	case o.Domain != "":
		return "$JS." + o.Domain + ".API."
	case o.APIPrefix != "":
		return strings.TrimSuffix(o.APIPrefix, ".") + "."
	}
	return jetstream.DefaultAPIPrefix
}

// directGetNotFound is the status of an answer to a direct get where the subject has no message.
const directGetNotFound = "404"

// publish sends an event after whatever waits in the spool, or puts it there.
func (p *Publisher) publish(ctx context.Context, e messages.Event) error {
	msg, err := p.message(e)
	if err != nil {
		return fmt.Errorf("%s of %s: %w", e.Kind(), e.HostName(), err)
	}
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	defer cancel()
	if _, err = p.flush(ctx); mayFollow(err, e.HostName()) {
		var duplicate bool
		if duplicate, err = p.send(ctx, msg); duplicate && p.cfg.Duplicate != nil {
			p.cfg.Duplicate(e)
		}
	}
	if err != nil && p.cfg.Spool != nil && !unsendable(err) {
		err = errors.Join(p.keep(e, msg), err)
	}
	if err != nil {
		return fmt.Errorf("publish %s %s of %s: %w", e.Kind(), e.EventID(), e.HostName(), err)
	}
	return nil
}

// send publishes a message, again and again until the context ends, and reports whether JetStream had it from
// somebody else. Where the context ended its error tells the last failure that was
// not an end of time: an attempt under way says nothing of why the ones before it failed.
func (p *Publisher) send(ctx context.Context, msg *nats.Msg) (duplicate bool, err error) {
	var last error
	attempts := 0
	ack, err := backoff.Retry(ctx, func() (*jetstream.PubAck, error) {
		attempts++
		ack, err := p.try(ctx, msg)
		if !isEnd(err) {
			last = err
		}
		return ack, err
	}, backoff.WithMaxElapsedTime(p.cfg.Timeout))
	ended := context.Cause(ctx)
	if last != nil && (isEnd(err) || ended != nil && errors.Is(err, ended)) {
		return false, fmt.Errorf("%w; the last failure was: %w", err, last)
	}
	return err == nil && ack.Duplicate && attempts == 1, err // a later attempt may find what an earlier one of ours left
}

// isEnd reports whether an error says only that the time was up.
func isEnd(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// message encodes an event that the worker would take, and no other.
func (p *Publisher) message(e messages.Event) (*nats.Msg, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	if err := e.CheckClock(p.cfg.Now()); err != nil {
		return nil, err
	}
	payload, err := messages.Encode(e, p.cfg.Format)
	if err != nil {
		return nil, err
	}
	msg := nats.NewMsg(e.Kind().Subject(e.HostName()))
	body, compression := pack.Compress(payload, compressFrom)
	msg.Header = messages.Encoding{ContentType: p.cfg.Format.ContentType(), ContentEncoding: compression}.Headers()
	if len(body) > messages.MaxPayloadBytes {
		return nil, &messages.FieldError{Field: "payload", Problem: fmt.Sprintf("%d bytes when compressed, the bound is %d", len(body), messages.MaxPayloadBytes)}
	}
	msg.Header.Set(nats.MsgIdHdr, messages.MsgID(e.Kind(), e.HostName(), e.EventID()))
	msg.Data = body
	return msg, nil
}

// try publishes once. What no retry mends is marked as permanent.
func (p *Publisher) try(ctx context.Context, msg *nats.Msg) (*jetstream.PubAck, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	ctx, stop := untilDenied(ctx, p.js.Conn(), msg.Subject)
	defer stop()
	ack, err := p.js.PublishMsg(ctx, msg) // it tries three times where nobody answers: a leader may be under election
	var denied *deniedError
	switch {
	case err != nil && errors.As(context.Cause(ctx), &denied):
		return nil, backoff.Permanent(denied)
	case errors.Is(err, jetstream.ErrNoStreamResponse) && p.noStream(ctx):
		return nil, backoff.Permanent(ErrNoStream)
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		return nil, errNoLeader
	case unsendable(err), heldBack(err), isFull(err), errors.Is(err, nats.ErrConnectionClosed):
		return nil, backoff.Permanent(err)
	}
	return ack, err
}

// isFull reports whether the server has no room to store anything. That may last for hours, so it is said at once.
func isFull(err error) bool {
	const (
		insufficientResources = 10023
		storageExceeded       = 10047 // what `patchstream serve` answers with the reason
	)
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.ErrorCode == insufficientResources || api.ErrorCode == storageExceeded)
}

// errNoLeader may pass: an election takes up to ten seconds.
var errNoLeader = errors.New("nobody takes events at this server now: the cluster elects a leader of PATCH_EVENTS, or too many of its servers are away, or no worker ever ran there")

// noStream reports whether nothing answers since there is no stream or no JetStream. Where that cannot be told, as
// without the right to ask, there may be one without a leader.
func (p *Publisher) noStream(ctx context.Context) bool {
	ctx, stop := untilDenied(ctx, p.js.Conn(), APIPrefix(p.js.Options())+"STREAM.INFO."+messages.StreamEvents)
	defer stop()
	_, err := p.js.Stream(ctx, messages.StreamEvents)
	return errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, nats.ErrNoResponders)
}

// attemptTimeout is how long one attempt waits for the acknowledgement.
const attemptTimeout = 5 * time.Second
