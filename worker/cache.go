package worker

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/patchstream/patchstream/worker/record"
)

// cache keeps the records of the hosts that were last seen, up to a bound in bytes. A stale record in it does
// no harm: the compare-and-set that rests on it fails, and it is dropped; and where nothing may be written, the leader is asked.
// It is safe for concurrent use.
type cache struct {
	mu    sync.Mutex
	max   int
	total int
	hosts *simplelru.LRU[string, *loaded]
}

// unbounded is for a list whose bound is in bytes.
const unbounded = 1 << 30

func newCache(maxBytes int) *cache {
	hosts, err := simplelru.NewLRU[string, *loaded](unbounded, nil)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &cache{max: maxBytes, hosts: hosts}
}

// get takes a host's record out: whoever changes it puts it back when all went well.
func (c *cache) get(host string) *loaded {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, ok := c.hosts.Get(host)
	if !ok {
		return nil
	}
	c.remove(host, h)
	return h
}

// put keeps a record, unless it is not stored yet.
func (c *cache) put(h *loaded) {
	if h.version == 0 || h.cost == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, ok := c.hosts.Peek(h.host); ok {
		c.remove(h.host, old)
	}
	c.hosts.Add(h.host, h)
	c.total += h.cost
	for c.total > c.max {
		host, oldest, ok := c.hosts.GetOldest()
		if !ok {
			return
		}
		c.remove(host, oldest)
	}
}

func (c *cache) drop(host string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h, ok := c.hosts.Peek(host); ok {
		c.remove(host, h)
	}
}

func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hosts.Purge()
	c.total = 0
}

func (c *cache) remove(host string, l *loaded) {
	c.hosts.Remove(host)
	c.total -= l.cost
}

// cost estimates what a record takes in memory: its encoded form, and what of it stays decoded.
func cost(r *record.Record, encoded int) int {
	const perFact = 300
	n := encoded + perFact*(len(r.Facts.Outcomes)+len(r.Facts.Overrides)+8)
	if r.Facts.Full != nil {
		n += perFact * len(r.Facts.Full.Scan.Origins)
	}
	return n
}
