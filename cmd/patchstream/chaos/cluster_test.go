package chaos

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"
)

const members = 3

// The leader of each stream is killed in turn, beside it a worker, and then every server is restarted, one after the
// other. How long it took until the next change was published is printed, and not judged.
func TestChaosOnACluster(t *testing.T) {
	t.Parallel()
	p := newPlan(t, *lastsFlag, *hostsFlag/2, *rateFlag/3)
	story := p
	story.lasts *= 3 // it is hurried to its end when the faults are over
	h, l := newHistory(story), newLedger()
	w := newCluster(t)
	ctx, cancel := context.WithTimeout(t.Context(), clusterPatience(p))
	defer cancel()
	unhurried, hurry := context.WithCancel(ctx)
	var people sync.WaitGroup
	people.Go(func() { w.publish(ctx, unhurried, h, l) })
	faulty, over := context.WithCancel(ctx)
	clock := &clock{began: time.Now()}
	for i, worker := range w.workers {
		var faults []fault
		if i == 0 {
			faults = p.faults(1, killRegime())
		}
		people.Go(func() { worker.suffer(ctx, faulty, clock, faults) })
	}
	blows := w.behead(ctx, t, p, clock)
	blows = append(blows, w.roll(ctx, t)...)
	over()
	hurry()
	people.Wait()
	seen := w.conclude(t.Context(), t, h, l)
	t.Log(pauses(blows, seen))
}

// clusterPatience is how long all may take. An election takes up to nine seconds, a server that comes back longer.
func clusterPatience(p plan) time.Duration { return 2*p.lasts + 2*patience + 8*time.Minute }

func killRegime() regime {
	return regime{doses: []dose{{kill, 1, 0, time.Second}}, first: []string{kill}, pause: 5 * time.Second, jolts: 10 * time.Second}
}

// newCluster starts everything, as newWorld does.
func newCluster(t *testing.T) *world {
	t.Helper()
	w := emptyWorld(t)
	var urls []string
	for _, m := range newMembers(t, members) {
		server := w.target(t, m.Name, m.command)
		w.servers = append(w.servers, server)
		if !server.start() {
			t.Fatal(w.report.wrongs)
		}
		t.Cleanup(server.abandon)
		urls = append(urls, "nats://"+m.Listen)
	}
	for _, server := range w.servers {
		if err := server.awaitReady(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.connect(t, strings.Join(urls, ","))
	w.prepare(t)
	w.publishers(t, w.url)
	w.staff(t, w.url)
	return w
}
