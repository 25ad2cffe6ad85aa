package chaos

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	lastsFlag = flag.Duration("chaos.for", 15*time.Second, "how long things go wrong")
	seedFlag  = flag.Uint64("chaos.seed", 0, "of the history and of what goes wrong; 0: another one each time")
	hostsFlag = flag.Int("chaos.hosts", 48, "how many hosts speak")
	rateFlag  = flag.Int("chaos.rate", 120, "how many events a second they send")
	logsDir   = flag.String("chaos.logs", "", "directory to keep the logs of all processes in")
)

// patience is how long everything may take to come to rest when nothing goes wrong any more. An event that was
// taken by a worker that died waits for the acknowledgement wait.
const patience = 2 * time.Minute

// newPlan takes the seed from the flags, or makes one, and says so.
func newPlan(t *testing.T, lasts time.Duration, hosts, rate int) plan {
	t.Helper()
	p := plan{seed: *seedFlag, lasts: lasts, hosts: hosts, rate: rate, began: time.Now().UTC().Truncate(time.Hour), starts: time.Now().UTC()}
	if p.seed == 0 {
		p.seed = uint64(rand.Uint32())
	}
	t.Logf("seed %d: %d hosts, %s at %d events a second", p.seed, p.hosts, p.lasts, p.rate)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("again: go test ./cmd/patchstream/chaos -count=1 -v -run '^%s$' -chaos.seed=%d -chaos.for=%s -chaos.hosts=%d -chaos.rate=%d",
				t.Name(), p.seed, *lastsFlag, *hostsFlag, *rateFlag)
		}
	})
	return p
}

func TestChaos(t *testing.T) {
	t.Parallel()
	p := newPlan(t, *lastsFlag, *hostsFlag, *rateFlag)
	h, l := newHistory(p), newLedger()
	w := newWorld(t, t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), p.lasts+patience)
	defer cancel()
	eye := w.watch(ctx, t)
	suffering, over := context.WithCancel(ctx)
	var people sync.WaitGroup
	people.Go(func() { w.tell(suffering, t, h, l) })
	w.suffer(ctx, p, h, l)
	over()
	people.Wait()
	if eye.end() == 0 {
		t.Error("no change was seen when it came")
	}
	w.conclude(t.Context(), t, h, l)
}

// tell prints every ten seconds how far it is.
func (w *world) tell(ctx context.Context, t *testing.T, h *history, l *ledger) {
	for wait(ctx, 10*time.Second) {
		t.Logf("%d of %d sends, %d attempts failed; killed until now: %d workers, %d servers",
			l.begunSends(), len(h.sends), l.failed(), w.report.count(kill+" worker", 0), w.report.count(kill+" server", 0))
	}
}

// conclude waits until everything is at rest, holds what was published against what was said, and ends all processes.
func (w *world) conclude(ctx context.Context, t *testing.T, h *history, l *ledger) *observed {
	t.Helper()
	seen := w.settle(ctx, t, h, l)
	check(t, verify(h, l, seen))
	w.end(t.Context())
	check(t, w.report.wrongs)
	t.Log(w.summary(h, l, seen))
	return seen
}

// check fails the test for each thing that is wrong.
func check(t *testing.T, wrongs []string) {
	t.Helper()
	const most = 30
	for i, wrong := range wrongs {
		if i == most {
			t.Errorf("… and %d more", len(wrongs)-most)
			break
		}
		t.Error(wrong)
	}
}

// settle waits until nothing is pending, replays what was dead-lettered only because workers died of signals,
// and looks.
func (w *world) settle(ctx context.Context, t *testing.T, h *history, l *ledger) *observed {
	t.Helper()
	began := time.Now()
	for {
		stillPending := w.quiet(ctx)
		seen, err := w.observe(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if stillPending != nil || !l.replay(ctx, w.js, h, seen) {
			w.report.settled = time.Since(began)
			return seen
		}
	}
}

// summary is a table of what was done and what came of it.
func (w *world) summary(h *history, l *ledger, seen *observed) string {
	var b strings.Builder
	row := func(what string, n any) { fmt.Fprintf(&b, "\n  %-46s %v", what, n) }
	row("hosts", len(h.hosts))
	row("events / of them malformed", fmt.Sprintf("%d / %d", len(h.events), malformedOf(h)))
	row("sends / attempts / without an answer", fmt.Sprintf("%d / %d / %d", l.tally.sends, l.tally.attempts, l.tally.lost))
	for _, why := range sortedKeys(l.refused) {
		row("refused: "+why, l.refused[why])
	}
	row("stored / duplicates dropped at the door", fmt.Sprintf("%d / %d", seen.pending.last, l.tally.deduplicated))
	for _, what := range sortedKeys(w.report.done) {
		row(what, w.report.done[what])
	}
	total, warnings := make(map[string]float64), make(map[string]int)
	for _, worker := range w.workers {
		total = add(total, worker.total())
		worker.log.each(func(message string, n int) { warnings[message] += n })
	}
	for _, name := range []string{"redeliveries", "conflicts", "commits"} {
		row(name+" (at least)", total["patchstream_"+name+"_total"])
	}
	changes, status := 0, 0
	for i := range seen.published {
		if seen.published[i].changed != nil {
			changes++
		} else {
			status++
		}
	}
	row("changes / status messages / dead letters", fmt.Sprintf("%d / %d / %d", changes, status, len(seen.dead)))
	row("acknowledged, and kept by a server that was killed", seen.pending.kept)
	row("replayed from the dead letters", l.replayed)
	row("came to rest after", w.report.settled.Round(100*time.Millisecond))
	for _, message := range sortedKeys(warnings) {
		row("log: "+message, warnings[message])
	}
	return b.String()
}

func malformedOf(h *history) int {
	n := 0
	for _, e := range h.events {
		if e.said == nil {
			n++
		}
	}
	return n
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
