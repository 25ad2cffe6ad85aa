package chaos

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// longFrom is how long the test may take for the leaders of all groups to be killed in turn; else one server is
// made to lead all streams, and killed.
const longFrom = time.Minute

// blow is a server that was ended.
type blow struct {
	what   string
	at     time.Time
	killed bool // and not asked to end
}

// behead kills one leader after the other, and again from the first on as long as the plan lasts; in the short form
// the first only.
func (w *world) behead(ctx context.Context, t *testing.T, p plan, clock *clock) (blows []blow) {
	t.Helper()
	dice := rand.New(rand.NewPCG(p.seed, 200))
	victims := w.victims()
	if p.lasts < longFrom {
		victims = victims[:1]
	}
	for i := 0; i < len(victims) || len(victims) > 1 && clock.until(p.lasts) > 0; i++ {
		v := victims[i%len(victims)]
		down := time.Duration(float64(5*time.Second) * (1 + dice.Float64()))
		if b, ok := w.strike(ctx, t, v, syscall.SIGKILL, down); ok {
			blows = append(blows, b)
		}
		if t.Failed() {
			return blows
		}
	}
	return blows
}

// roll restarts every server, one after the other, as for an upgrade.
func (w *world) roll(ctx context.Context, t *testing.T) (blows []blow) {
	t.Helper()
	for _, s := range w.servers {
		itself := victim{"restart", func(context.Context) (string, error) { return s.log.name, nil }}
		if b, ok := w.strike(ctx, t, itself, syscall.SIGTERM, 0); ok {
			blows = append(blows, b)
		}
		if t.Failed() {
			return blows
		}
	}
	return blows
}

// strike ends the server that leads a victim, starts it again after a while, and returns when the cluster is whole.
func (w *world) strike(ctx context.Context, t *testing.T, v victim, s syscall.Signal, down time.Duration) (blow, bool) {
	t.Helper()
	name, err := v.led(ctx)
	if err != nil {
		t.Errorf("who leads %s: %v", v.name, err)
		return blow{}, false
	}
	for _, server := range w.servers {
		if server.log.name != name {
			continue
		}
		b := blow{v.name + " (" + name + ")", time.Now(), s == syscall.SIGKILL}
		server.down(s)
		wait(ctx, down)
		if err := server.again(ctx); err != nil {
			t.Error(err)
		}
		if err := w.whole(ctx); err != nil {
			t.Errorf("after %s was ended: %v", b.what, err)
		}
		t.Logf("%s: ended, and all whole again after %s", b.what, time.Since(b.at).Round(time.Second))
		return b, true
	}
	t.Errorf("%s is led by %q, which is none of the servers", v.name, name)
	return blow{}, false
}

// led returns the server that leads a victim, as soon as there is one: after a blow there may be an election.
func (v victim) led(ctx context.Context) (string, error) {
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		name, err := v.leader(ctx)
		if err == nil || !wait(patient, 500*time.Millisecond) {
			return name, err
		}
	}
}

// pauses is a table of what was ended, the time from there to the next change that was stored, and the longest time
// without one until the next blow; last, of what was killed, the least, the median and the most of both.
func pauses(blows []blow, seen *observed) string {
	var b strings.Builder
	row := func(what string, next, longest any) { fmt.Fprintf(&b, "\n  %-46s %12v %12v", what, next, longest) }
	row("ended", "next change", "longest pause")
	var nexts, longests []time.Duration
	for i, blow := range blows {
		until := seen.at
		if i+1 < len(blows) {
			until = blows[i+1].at
		}
		next, longest, ok := pause(seen, blow.at, until)
		if !ok {
			row(blow.what, "none", "")
			continue
		}
		row(blow.what, next, longest)
		if blow.killed {
			nexts, longests = append(nexts, next), append(longests, longest)
		}
	}
	row("killed: least / median / most", spread(nexts), spread(longests))
	return b.String()
}

func spread(all []time.Duration) string {
	if len(all) == 0 {
		return "none"
	}
	slices.Sort(all)
	return fmt.Sprintf("%s / %s / %s", all[0], all[len(all)/2], all[len(all)-1])
}

// pause returns the time from one moment to the next change, and the longest time without one from there to
// another; false where no change came.
func pause(seen *observed, from, to time.Time) (next, longest time.Duration, ok bool) {
	last := from
	for i := range seen.published {
		at := seen.published[i].at
		if at.Before(from) || at.After(to) {
			continue
		}
		next, ok = cmp.Or(next, at.Sub(from)), true
		longest, last = max(longest, at.Sub(last)), at
	}
	return next.Round(time.Millisecond), longest.Round(time.Millisecond), ok
}
