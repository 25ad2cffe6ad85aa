package turns

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"time"
)

// Load is what a host took lately: of what it took, half counts five minutes later.
type Load struct {
	Host    string
	Seconds float64 // of handling
	Bytes   float64 // of events
	Events  float64
	Refused float64 // events that were given back, since its share was taken
}

const (
	halfLife = 5 * time.Minute
	keptMost = 1024 // hosts that are counted at a time
)

// load counts what hosts take, of a bounded number of hosts. It is safe for concurrent use.
type load struct {
	now func() time.Time

	mu    sync.Mutex
	hosts map[string]*counted
}

// counted is a Load as of a time.
type counted struct {
	Load
	at time.Time
}

func newLoad(now func() time.Time) *load { return &load{now: now, hosts: make(map[string]*counted)} }

func (l *load) took(host string, events int, t Took) {
	l.add(host, Load{Seconds: t.Time.Seconds(), Bytes: float64(t.Bytes), Events: float64(events)})
}

func (l *load) refused(host string) { l.add(host, Load{Refused: 1}) }

func (l *load) add(host string, more Load) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.hosts[host]
	if c == nil {
		l.forget()
		c = &counted{Load: Load{Host: host}, at: l.now()}
		l.hosts[host] = c
	}
	c.fade(l.now())
	c.Load.add(more)
}

// fade brings a count to a later time.
func (c *counted) fade(to time.Time) {
	left := math.Exp2(-max(0, to.Sub(c.at).Seconds()) / halfLife.Seconds())
	c.Seconds, c.Bytes, c.Events, c.Refused, c.at = c.Seconds*left, c.Bytes*left, c.Events*left, c.Refused*left, to
}

// forget drops the half that took the least, where too many are counted.
func (l *load) forget() {
	if len(l.hosts) < keptMost {
		return
	}
	all := l.faded()
	slices.SortFunc(all, func(a, b Load) int {
		switch {
		case a.notable() == b.notable():
			return bySeconds(a, b)
		case a.notable():
			return -1
		}
		return 1
	})
	for _, h := range all[keptMost/2:] {
		delete(l.hosts, h.Host)
	}
}

func (l *load) faded() []Load {
	all, now := make([]Load, 0, len(l.hosts)), l.now()
	for _, c := range l.hosts {
		c.fade(now)
		all = append(all, c.Load)
	}
	return all
}

func bySeconds(a, b Load) int { return cmp.Compare(b.Seconds, a.Seconds) }

// What a host takes within a few minutes if it takes no more than hosts do; who takes more may be named.
const (
	manySeconds = 5
	manyBytes   = 16 << 20
	manyEvents  = 500
)

func (l Load) notable() bool {
	return l.Seconds > manySeconds || l.Bytes > manyBytes || l.Events > manyEvents || l.Refused > 0
}

// Worst returns those hosts that took more lately than hosts do, the first n by each measure, no host twice; and what all others
// took together.
func (t *Turns[T]) Worst(n int) (worst []Load, others Load) {
	t.load.mu.Lock()
	all := t.load.faded()
	t.load.mu.Unlock()
	named := make(map[string]bool)
	for _, by := range []func(a, b Load) int{
		bySeconds,
		func(a, b Load) int { return cmp.Compare(b.Bytes, a.Bytes) },
		func(a, b Load) int { return cmp.Compare(b.Events+b.Refused, a.Events+a.Refused) },
	} {
		slices.SortFunc(all, by)
		for _, h := range all[:min(n, len(all))] {
			if h.notable() && !named[h.Host] {
				named[h.Host], worst = true, append(worst, h)
			}
		}
	}
	for _, h := range all {
		if !named[h.Host] {
			others.add(h)
		}
	}
	return worst, others
}

func (l *Load) add(more Load) {
	l.Seconds, l.Bytes, l.Events, l.Refused = l.Seconds+more.Seconds, l.Bytes+more.Bytes, l.Events+more.Events, l.Refused+more.Refused
}
