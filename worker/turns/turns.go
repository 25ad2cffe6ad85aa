package turns

import (
	"cmp"
	"sync"
	"time"
)

// Config is what one host may have of a worker. The zero value is usable.
type Config struct {
	// Bytes of one host may wait; a single event always may. 0: 2 MiB.
	Bytes int64

	// DearBytes of all hosts that kept the others waiting may wait, so that there is always room for those that did not. 0: 8 MiB.
	DearBytes int64

	// Joined is how many events of a host that kept all others waiting are handed out together, at the most. 0: 32.
	Joined int

	// JoinedBytes is how large they may be all together, unpacked. 0: 8 MiB.
	JoinedBytes int64

	// Now is the clock. Nil: [time.Now].
	Now func() time.Time
}

const (
	defaultBytes       = 2 << 20
	defaultDearBytes   = 8 << 20
	defaultJoined      = 32
	defaultJoinedBytes = 8 << 20

	restFactor = 2 // of the time for which a host kept all others waiting
	maxRest    = 20 * time.Second

	minDelay     = 200 * time.Millisecond
	maxDelay     = 10 * time.Second
	guessedEvent = 5 * time.Millisecond // what an event takes of a host of which none was handled yet
)

// Item is an event that waits.
type Item[T any] struct {
	Value T
	Bytes int64 // that it counts for while it waits
	Size  int64 // unpacked, in bytes
	Joins bool  // it may be handed out together with others
}

// Turns holds what waits. Its methods are safe for concurrent use.
type Turns[T any] struct {
	cfg  Config
	load *load

	mu     sync.Mutex
	some   *sync.Cond // something is ready, or it was closed
	hosts  map[string]*host[T]
	ready  []*host[T] // in turn
	closed bool
}

// host is one of which something waits, is handled, or is given back.
type host[T any] struct {
	name    string
	items   []Item[T]
	bytes   int64
	busy    bool          // some of it is being handled
	resting *time.Timer   // until then none of it is; nil: it does not rest
	dear    bool          // it kept all others waiting when it was handled last
	refused int           // events since something waits of it
	each    time.Duration // that an event of it takes, rests included
}

// New returns one in which nothing waits.
func New[T any](cfg Config) *Turns[T] {
	cfg.Bytes = cmp.Or(cfg.Bytes, defaultBytes)
	cfg.DearBytes = cmp.Or(cfg.DearBytes, defaultDearBytes)
	cfg.Joined = cmp.Or(cfg.Joined, defaultJoined)
	cfg.JoinedBytes = cmp.Or(cfg.JoinedBytes, defaultJoinedBytes)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	t := &Turns[T]{cfg: cfg, load: newLoad(cfg.Now), hosts: make(map[string]*host[T])}
	t.some = sync.NewCond(&t.mu)
	return t
}

// Admit says whether a host may have so many bytes more waiting. Where it may not, its event is to come again after about as
// long as those before it take.
func (t *Turns[T]) Admit(name string, bytes int64) (after time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.hosts[name]
	if h == nil || t.hasShare(h, bytes) {
		return 0, true
	}
	h.refused++
	t.load.refused(name)
	after = time.Duration(len(h.items)+h.refused) * cmp.Or(h.each, guessedEvent)
	return min(max(after, minDelay), maxDelay), false
}

// hasShare reports whether so many bytes more are within a host's share, and that of all that are dear.
func (t *Turns[T]) hasShare(h *host[T], bytes int64) bool {
	if len(h.items) > 0 && h.bytes+bytes > t.cfg.Bytes {
		return false
	}
	if !h.dear {
		return true
	}
	waiting := int64(0)
	for _, other := range t.hosts {
		if other.dear {
			waiting += other.bytes
		}
	}
	return waiting == 0 || waiting+bytes <= t.cfg.DearBytes
}

// Hurry ends the rest of the host of which the most waits, unless one that is dear has its turn already: all that may wait does,
// and keeps out those that nobody knows of.
func (t *Turns[T]) Hurry() {
	t.mu.Lock()
	defer t.mu.Unlock()
	var most *host[T]
	for _, h := range t.hosts {
		if h.dear && h.resting == nil && (h.busy || len(h.items) > 0) {
			return
		}
		if h.resting != nil && len(h.items) > 0 && (most == nil || h.bytes > most.bytes) {
			most = h
		}
	}
	if most != nil && most.resting.Stop() {
		most.resting = nil
		t.queue(most)
	}
}

// Put has an event wait for its turn.
func (t *Turns[T]) Put(name string, i Item[T]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.hosts[name]
	if h == nil {
		h = &host[T]{name: name}
		t.hosts[name] = h
	}
	h.items, h.bytes = append(h.items, i), h.bytes+i.Bytes
	if len(h.items) == 1 && !h.busy && h.resting == nil {
		t.queue(h)
	}
}

// Next waits until a host has its turn, and returns what of it is to be handled. The caller says [Turns.Done] then. It returns
// false when it was closed and nothing waits any more.
func (t *Turns[T]) Next() (name string, items []Item[T], ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.ready) == 0 {
		if t.closed {
			return "", nil, false
		}
		t.some.Wait()
	}
	h := t.ready[0]
	t.ready[0] = nil
	t.ready = t.ready[1:]
	n := t.together(h)
	items, h.items = h.items[:n:n], h.items[n:]
	for _, i := range items {
		h.bytes -= i.Bytes
	}
	h.busy = true
	return h.name, items, true
}

// together returns how many of a host's events are to be handled at once. It is one, so that each has the change that it
// makes to itself, unless the host is so dear that the others would pay for that.
func (t *Turns[T]) together(h *host[T]) int {
	if !h.dear {
		return 1
	}
	n, size := 0, int64(0)
	for n < min(len(h.items), t.cfg.Joined) && h.items[n].Joins {
		if size += h.items[n].Size; size > t.cfg.JoinedBytes {
			break
		}
		n++
	}
	return max(n, 1)
}

// Took is what the handling of some events of a host took.
type Took struct {
	Time  time.Duration
	Alone time.Duration // of it, while nobody else was handled
	Bytes int64         // of the events
}

// Done says that what Next returned last of a host is handled.
func (t *Turns[T]) Done(name string, events int, took Took) {
	t.load.took(name, events, took)
	rest := min(restFactor*took.Alone, maxRest)
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.hosts[name]
	h.busy, h.dear = false, took.Alone > 0
	if h.dear {
		events = t.cfg.Joined // as many are handled at once from now on
	}
	h.each = (took.Time + rest) / time.Duration(max(events, 1))
	if len(h.items) == 0 {
		h.refused = 0
	}
	switch {
	case rest > 0 && !t.closed:
		h.resting = time.AfterFunc(rest, func() { t.rested(h) })
	case len(h.items) > 0:
		t.queue(h)
	default:
		delete(t.hosts, name)
	}
}

func (t *Turns[T]) rested(h *host[T]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if h.resting == nil { // it was closed
		return
	}
	h.resting = nil
	if len(h.items) > 0 {
		t.queue(h)
	} else {
		delete(t.hosts, h.name)
	}
}

func (t *Turns[T]) queue(h *host[T]) {
	t.ready = append(t.ready, h)
	t.some.Signal()
}

// Close has Next hand out what waits, with nobody resting any more, and then return false. Nothing is put any more.
func (t *Turns[T]) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for _, h := range t.hosts {
		if h.resting == nil {
			continue
		}
		h.resting.Stop()
		h.resting = nil
		if len(h.items) > 0 {
			t.queue(h)
		}
	}
	t.some.Broadcast()
}
