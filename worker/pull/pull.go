package pull

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Config says whom to ask and how much for.
type Config struct {
	Conn             *nats.Conn
	Stream, Consumer string

	// Messages and Bytes bound one request. Bytes is never less than twice the server's max_payload: a message that does not
	// fit is never delivered, and with it no other. 0: 128 and 16 MiB.
	Messages, Bytes int

	// Expires is how long a request stands, and Heartbeat how often the server gives a sign of life meanwhile. After twice
	// that without one it is asked again. 0: 30 and 5 seconds.
	Expires, Heartbeat time.Duration

	// Alive is how often the server is told of messages that wait for take, so that it delivers them to nobody else: a part of
	// the acknowledgement wait. 0: 20 seconds.
	Alive time.Duration

	// Patience is how long nobody need answer for the consumer. 0: 30 seconds.
	Patience time.Duration

	// Trouble is told what went wrong and is tried again. Nil: nobody is.
	Trouble func(error)

	// Begun is called once the server was asked for the first time. Nil: nobody is.
	Begun func()
}

const (
	defaultMessages  = 128
	defaultBytes     = 16 << 20
	defaultExpires   = 30 * time.Second
	defaultHeartbeat = 5 * time.Second
	defaultAlive     = 20 * time.Second
	defaultPatience  = 30 * time.Second

	retryPause = 500 * time.Millisecond
)

// Run hands every message that the consumer delivers to take, one after the other, until the context ends; then it asks for no
// more, hands on those that are on their way, and returns nil. While take blocks it asks for nothing. It returns [ErrDeleted],
// [ErrNoResponders], [ErrClosed] or a [StatusError] where asking again cannot help.
func Run(ctx context.Context, cfg Config, take func(*Msg)) error {
	cfg.Messages, cfg.Bytes = cmp.Or(cfg.Messages, defaultMessages), cmp.Or(cfg.Bytes, defaultBytes)
	cfg.Expires, cfg.Heartbeat = cmp.Or(cfg.Expires, defaultExpires), cmp.Or(cfg.Heartbeat, defaultHeartbeat)
	cfg.Alive, cfg.Patience = cmp.Or(cfg.Alive, defaultAlive), cmp.Or(cfg.Patience, defaultPatience)
	l := &loop{cfg: cfg, take: take, inbox: cfg.Conn.NewInbox() + ".", hopeless: make(chan error, 1), closed: make(chan struct{}), sooner: make(chan struct{}, 1)}
	l.some = sync.NewCond(&l.mu)
	if err := l.run(ctx); err != nil {
		return fmt.Errorf("pull from %s: %w", cfg.Consumer, err)
	}
	return nil
}

// loop is one Run.
type loop struct {
	cfg      Config
	take     func(*Msg)
	inbox    string // the number of a request follows
	sub      *nats.Subscription
	hopeless chan error    // why asking again cannot help
	closed   chan struct{} // once nothing comes any more
	sooner   chan struct{} // it is to be asked sooner than was to be waited

	mu       sync.Mutex
	some     *sync.Cond // something waits, or nothing comes any more
	waiting  []*Msg     // that came; the first of them is being taken
	request  uint64     // the number of the newest one
	open     bool       // it may bring more
	left     int        // messages that it still asks for
	askAt    time.Time  // when to ask again; zero: once it is over and nothing waits
	heard    time.Time  // when the server last gave a sign of life
	unheard  time.Time  // since when nobody answers; zero: somebody did
	stopping bool
	over     bool // nothing comes any more
}

// run asks until nothing is to be had any more. What comes, comes by handle.
func (l *loop) run(ctx context.Context) error {
	// Not a subscription that is read one by one: there the client takes an empty message with the header Status: 503 for an
	// error of its own.
	var err error
	if l.sub, err = l.cfg.Conn.Subscribe(l.inbox+"*", l.handle); err != nil {
		return err
	}
	l.sub.SetClosedHandler(func(string) { close(l.closed) })
	if err := l.sub.SetPendingLimits(-1, -1); err != nil { // what comes is bounded by what is asked for
		return err
	}
	var taking sync.WaitGroup
	taking.Go(l.takeAll)
	defer taking.Wait()
	defer l.finish()
	alive := time.NewTicker(l.cfg.Alive)
	defer alive.Stop()
	connected := l.cfg.Conn.StatusChanged(nats.CONNECTED)
	defer l.cfg.Conn.RemoveStatusListener(connected)
	l.ask()
	if l.cfg.Begun != nil {
		l.cfg.Begun()
	}
	for {
		overdue := time.NewTimer(l.wait())
		select {
		case <-ctx.Done():
			l.end()
			return nil
		case err := <-l.hopeless:
			l.end()
			return err
		case <-l.closed:
			return ErrClosed
		case <-connected: // the server has forgotten what was asked on the old connection
			l.ask()
		case <-l.sooner:
		case <-overdue.C:
			l.overdue()
		case <-alive.C:
			l.keepAlive()
		}
		overdue.Stop()
	}
}

// handle is called for one message after the other. The server delivers a message of the stream on the subject on which it
// was stored, and speaks itself on our inbox.
func (l *loop) handle(raw *nats.Msg) {
	if request, ours := strings.CutPrefix(raw.Subject, l.inbox); ours {
		l.status(request, raw)
		return
	}
	l.message(raw)
}

func (l *loop) message(raw *nats.Msg) {
	msg, err := newMsg(raw)
	if err != nil {
		l.trouble(err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard, l.unheard = time.Now(), time.Time{}
	l.left--
	l.open = l.open && l.left > 0
	l.waiting = append(l.waiting, msg)
	l.some.Signal()
}

// takeAll hands on what waits, until nothing comes any more, and asks again whenever a request is over and nothing waits.
func (l *loop) takeAll() {
	for {
		msg := l.first()
		if msg == nil {
			return
		}
		l.take(msg)
		l.mu.Lock()
		l.waiting[0] = nil
		l.waiting = l.waiting[1:]
		more := len(l.waiting) == 0 && !l.open && l.askAt.IsZero()
		l.mu.Unlock()
		if more {
			l.ask()
		}
	}
}

// first returns what came first of that which waits; nil: nothing comes any more.
func (l *loop) first() *Msg {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) == 0 {
		if l.over {
			return nil
		}
		l.some.Wait()
	}
	return l.waiting[0]
}

func (l *loop) finish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	l.some.Signal()
}

// keepAlive says to the server that what waits will be worked on.
func (l *loop) keepAlive() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, msg := range l.waiting {
		_ = msg.InProgress() // the next one tells it; at worst the message comes twice
	}
}

// status acts on what the server says of a request. One that is not the newest is of the past.
func (l *loop) status(request string, raw *nats.Msg) {
	what, err := read(raw)
	l.mu.Lock()
	current := request == strconv.FormatUint(l.request, 10)
	l.heard = time.Now()
	if what != unheard {
		l.unheard = time.Time{}
	}
	l.mu.Unlock()
	switch {
	case what == final:
		l.giveUp(err)
	case !current, what == goesOn:
	case what == ended:
		l.ask()
	case what == failed:
		l.trouble(err)
		l.askAgain(retryPause)
	case l.unheardFor() > l.cfg.Patience:
		l.giveUp(err)
	default:
		l.askAgain(retryPause)
	}
}

func (l *loop) giveUp(err error) {
	select {
	case l.hopeless <- err:
	default: // it was given up before
	}
}

// unheardFor returns for how long nobody has answered.
func (l *loop) unheardFor() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.unheard.IsZero() {
		l.unheard = time.Now()
	}
	return time.Since(l.unheard)
}

// wait returns how long nothing need come.
func (l *loop) wait() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case !l.askAt.IsZero():
		return max(time.Until(l.askAt), time.Millisecond)
	case l.open:
		return max(time.Until(l.heard.Add(2*l.cfg.Heartbeat)), time.Millisecond)
	}
	return l.cfg.Heartbeat
}

// overdue asks again where it is time to, or where the server has fallen silent.
func (l *loop) overdue() {
	now := time.Now()
	l.mu.Lock()
	due := !l.askAt.IsZero() && !now.Before(l.askAt)
	silent := l.askAt.IsZero() && l.open && now.Sub(l.heard) >= 2*l.cfg.Heartbeat
	l.mu.Unlock()
	if silent && l.cfg.Conn.IsConnected() { // else the loss of the connection is told
		l.trouble(ErrNoHeartbeat)
	}
	if due || silent {
		l.ask()
	}
}

// askAgain asks after a pause.
func (l *loop) askAgain(after time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open, l.askAt = false, time.Now().Add(after)
	select {
	case l.sooner <- struct{}{}:
	default: // it is known
	}
}

// ask sends a new request, in place of whichever is open; while something waits, only once that was taken.
func (l *loop) ask() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open, l.askAt = false, time.Time{}
	if l.stopping || len(l.waiting) > 0 {
		return
	}
	l.request++
	l.open, l.left, l.heard = true, l.cfg.Messages, time.Now()
	body, err := json.Marshal(next{
		Expires: l.cfg.Expires, Batch: l.cfg.Messages, MaxBytes: max(l.cfg.Bytes, 2*int(l.cfg.Conn.MaxPayload())), Heartbeat: l.cfg.Heartbeat,
	})
	if err == nil {
		err = l.cfg.Conn.PublishRequest("$JS.API.CONSUMER.MSG.NEXT."+l.cfg.Stream+"."+l.cfg.Consumer, l.inbox+strconv.FormatUint(l.request, 10), body)
	}
	if err != nil { // no connection: the next one asks
		l.open, l.askAt = false, time.Now().Add(retryPause)
	}
}

// next is the body of a request.
type next struct {
	Expires   time.Duration `json:"expires"`
	Batch     int           `json:"batch"`
	MaxBytes  int           `json:"max_bytes"`
	Heartbeat time.Duration `json:"idle_heartbeat"`
}

// end asks for no more, and returns when nothing comes any more. What is on its way is still handed on, where there is a way.
func (l *loop) end() {
	l.mu.Lock()
	l.stopping = true
	l.mu.Unlock()
	if !l.cfg.Conn.IsConnected() || l.sub.Drain() != nil {
		_ = l.sub.Unsubscribe() // it was, then
	}
	<-l.closed
}

func (l *loop) trouble(err error) {
	if l.cfg.Trouble != nil {
		l.cfg.Trouble(err)
	}
}
