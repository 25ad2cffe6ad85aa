package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
)

const members = 3

// The leaders of all streams are killed where the test may take this long, and otherwise only the first few.
const (
	longFrom   = time.Minute
	fewVictims = 2
)

// A leader of each stream is killed in turn, and the whole cluster restarted one server after the other.
func TestChaosOnACluster(t *testing.T) {
	t.Parallel()
	p := newPlan(t, *lastsFlag, 24, 40)
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
	seen := w.conclude(ctx, t, h, l)
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
	_, w := emptyWorld(t)
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
	w.url = strings.Join(urls, ",")
	w.prepare(t)
	w.people(t, w.url, w.url)
	return w
}

// victim is a group of which the leader is killed.
type victim struct {
	name   string
	leader func(context.Context) (string, error) // the name of the server
}

func (w *world) victims() []victim {
	stream := func(name string) victim {
		return victim{name, func(ctx context.Context) (string, error) {
			s, err := w.js.Stream(ctx, name)
			if err != nil {
				return "", err
			}
			return leaderOf(s.CachedInfo().Cluster)
		}}
	}
	consumer := victim{"consumer " + streams.ConsumerEvents, func(ctx context.Context) (string, error) {
		c, err := w.js.Consumer(ctx, messages.StreamEvents, streams.ConsumerEvents)
		if err != nil {
			return "", err
		}
		return leaderOf(c.CachedInfo().Cluster)
	}}
	return []victim{
		stream(messages.StreamChanges), consumer, stream(messages.StreamEvents), stream("KV_" + messages.BucketHosts),
		{"JetStream itself", w.metaLeader}, stream(messages.StreamDead), stream("KV_" + messages.BucketBaselines),
		stream("KV_" + messages.BucketAttempts), stream(messages.StreamLater), stream(messages.StreamResend),
	}
}

func leaderOf(c *jetstream.ClusterInfo) (string, error) {
	if c == nil || c.Leader == "" {
		return "", errors.New("nobody leads")
	}
	return c.Leader, nil
}

// blow is a server that was ended.
type blow struct {
	what string
	at   time.Time
}

// behead kills one leader after the other, and again from the first on as long as the plan lasts.
func (w *world) behead(ctx context.Context, t *testing.T, p plan, clock *clock) (blows []blow) {
	t.Helper()
	dice := rand.New(rand.NewPCG(p.seed, 200))
	victims := w.victims()
	least := fewVictims
	if p.lasts >= longFrom {
		least = len(victims)
	}
	for i := 0; i < least || clock.until(p.lasts) > 0; i++ {
		v := victims[i%len(victims)]
		down := time.Duration(float64(5*time.Second) * (1 + dice.Float64()))
		if b, ok := w.strike(ctx, t, v.name, v.leader, syscall.SIGKILL, down); ok {
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
		name := func(context.Context) (string, error) { return s.log.name, nil }
		if b, ok := w.strike(ctx, t, "restart", name, syscall.SIGTERM, 0); ok {
			blows = append(blows, b)
		}
		if t.Failed() {
			return blows
		}
	}
	return blows
}

// strike ends the server that leads a group, starts it again after a while, and returns when the cluster is whole.
func (w *world) strike(ctx context.Context, t *testing.T, what string, leader func(context.Context) (string, error), s syscall.Signal, down time.Duration) (blow, bool) {
	t.Helper()
	name, err := leader(ctx)
	if err != nil {
		t.Errorf("who leads %s: %v", what, err)
		return blow{}, false
	}
	for _, server := range w.servers {
		if server.log.name != name {
			continue
		}
		b := blow{what + " (" + name + ")", time.Now()}
		server.down(s)
		wait(ctx, down)
		if err := server.again(ctx); err != nil {
			t.Error(err)
		}
		if err := w.whole(ctx); err != nil {
			t.Errorf("after %s was ended: %v", b.what, err)
		}
		return b, true
	}
	t.Errorf("%s is led by %q, which is none of the servers", what, name)
	return blow{}, false
}

// whole waits until every stream and every consumer of the workers has a leader and all its replicas are current.
func (w *world) whole(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var last error
	for {
		missing := w.missing(ctx)
		if missing == nil {
			return nil
		}
		if ctx.Err() == nil {
			last = missing
		}
		if !wait(ctx, 200*time.Millisecond) {
			return last
		}
	}
}

func (w *world) missing(ctx context.Context) error {
	if _, err := w.metaLeader(ctx); err != nil {
		return err
	}
	for _, name := range clusterStreams {
		stream, err := w.js.Stream(ctx, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := complete(stream.CachedInfo().Cluster); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for stream, name := range map[string]string{messages.StreamEvents: streams.ConsumerEvents, messages.StreamLater: streams.ConsumerDue} {
		c, err := w.js.Consumer(ctx, stream, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := complete(c.CachedInfo().Cluster); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

var clusterStreams = []string{
	messages.StreamEvents, messages.StreamLater, messages.StreamChanges, messages.StreamDead, messages.StreamResend,
	"KV_" + messages.BucketHosts, "KV_" + messages.BucketBaselines, "KV_" + messages.BucketAttempts,
}

func complete(c *jetstream.ClusterInfo) error {
	if _, err := leaderOf(c); err != nil {
		return err
	}
	if len(c.Replicas) != members-1 {
		return fmt.Errorf("it has %d followers", len(c.Replicas))
	}
	for _, r := range c.Replicas {
		if r.Offline || !r.Current {
			return fmt.Errorf("%s is not current: %+v", r.Name, r)
		}
	}
	return nil
}

// pauses is a table of what was ended, when the next change was stored after that, and the longest time without
// one until the next blow.
func pauses(blows []blow, seen *observed) string {
	var b strings.Builder
	for i, blow := range blows {
		until := seen.at
		if i+1 < len(blows) {
			until = blows[i+1].at
		}
		next, longest := pause(seen, blow.at, until)
		fmt.Fprintf(&b, "\n  %-46s %8s %8s", blow.what, next, longest)
	}
	return fmt.Sprintf("ended, time to the next change, longest time without one:%s", b.String())
}

// pause returns the time from one moment to the next change, and the longest time without one from there to another.
func pause(seen *observed, from, to time.Time) (next, longest time.Duration) {
	last := from
	for i := range seen.told {
		at := seen.told[i].at
		if at.Before(from) || at.After(to) {
			continue
		}
		if last.Equal(from) {
			next = at.Sub(from)
		}
		longest = max(longest, at.Sub(last))
		last = at
	}
	return next.Round(time.Millisecond), longest.Round(time.Millisecond)
}
