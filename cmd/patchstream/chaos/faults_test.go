package chaos

import (
	"math/rand/v2"
	"time"
)

// fault is something done to a process or a connection.
type fault struct {
	what  string
	at    time.Duration // from the beginning
	lasts time.Duration // until it is undone
}

// The faults.
const (
	kill      = "kill"
	terminate = "terminate"
	stop      = "stop"
	cut       = "cut"
	stall     = "stall"
)

// dose says how often a fault is chosen, and how long it lasts.
type dose struct {
	what   string
	weight int
	from   time.Duration
	to     time.Duration
}

// regime is what may happen to one target.
type regime struct {
	doses        []dose
	first        []string // come before the dice decide
	pause, jolts time.Duration
}

// A stop lasts longer than the acknowledgement wait and the deduplication window together, a stall longer than a
// worker waits for an answer: what it had written then arrives after it has given up.
func workerRegime(first string) regime {
	return regime{
		doses: []dose{{kill, 6, 0, time.Second}, {stop, 3, stopFrom, stopFrom + 2*time.Second}, {terminate, 2, 0, time.Second}},
		first: []string{first}, pause: time.Second, jolts: 4 * time.Second,
	}
}

func serverRegime() regime {
	return regime{
		doses: []dose{{kill, 4, 0, 1500 * time.Millisecond}, {terminate, 1, 0, 500 * time.Millisecond}},
		first: []string{kill, terminate}, pause: 3 * time.Second, jolts: 4 * time.Second,
	}
}

func proxyRegime(first ...string) regime {
	return regime{
		doses: []dose{{cut, 3, 0, 1500 * time.Millisecond}, {stall, 1, 5500 * time.Millisecond, 7 * time.Second}},
		first: first, pause: time.Second, jolts: 4 * time.Second,
	}
}

const stopFrom = ackWait + window + 500*time.Millisecond

// faults returns what happens to a target. It follows from the seed, and is over when the plan is.
func (p plan) faults(target uint64, r regime) []fault {
	dice := rand.New(rand.NewPCG(p.seed, 100+target))
	between := func(from, to time.Duration) time.Duration {
		return from + time.Duration(dice.Float64()*float64(to-from))
	}
	var all []fault
	for at := between(0, r.pause+r.jolts/2); at < p.lasts; at += between(r.pause, r.pause+r.jolts) {
		d := r.choose(dice)
		if len(all) < len(r.first) {
			d = r.named(r.first[len(all)])
		}
		f := fault{d.what, at, between(d.from, d.to)}
		all = append(all, f)
		at += f.lasts
	}
	return all
}

func (r regime) choose(dice *rand.Rand) dose {
	total := 0
	for _, d := range r.doses {
		total += d.weight
	}
	roll := dice.IntN(total)
	for _, d := range r.doses {
		if roll -= d.weight; roll < 0 {
			return d
		}
	}
	return dose{}
}

func (r regime) named(what string) dose {
	for _, d := range r.doses {
		if d.what == what {
			return d
		}
	}
	return dose{}
}
