package chaos

import (
	"context"
	"maps"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
)

// The same with a worker in the process: the power fails while events are applied. What was acknowledged is
// applied, once, and what a subscriber has received stays as it was.
func TestWhatWasAppliedAndPublishedOutlivesAPowerFailure(t *testing.T) {
	t.Parallel()
	plan := newPlan(t, time.Second, 12, 144)
	h := newHistory(plan)
	p := &power{sync: "always"}
	w := p.start(t)
	w.hurry(t)
	published := w.subscribe(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for i, e := range h.events { // one after the other: what is stored is what was acknowledged, and perhaps one more
		ack, err := w.js.PublishMsg(ctx, send{event: e}.message())
		if err != nil || ack.Sequence != uint64(i+1) {
			t.Fatalf("event %d: %v, %v", i, ack, err)
		}
	}
	published.end(t)
	p.stop(t, w)
	for _, moment := range p.moments(t, plan.seed) {
		moment.check(t, h, published.payloads)
	}
}

// hurry has events come again soon that a worker had in hand when the power failed.
func (w *world) hurry(t *testing.T) {
	t.Helper()
	for stream, name := range map[string]string{messages.StreamEvents: streams.ConsumerEvents, messages.StreamLater: streams.ConsumerDue} {
		c, err := w.js.Consumer(t.Context(), stream, name)
		if err != nil {
			t.Fatal(err)
		}
		config := c.CachedInfo().Config
		config.AckWait = ackWait
		if _, err := w.js.UpdateConsumer(t.Context(), stream, config); err != nil {
			t.Fatal(err)
		}
	}
}

// subscription collects what is published, by id.
type subscription struct {
	running  jetstream.ConsumeContext
	mu       sync.Mutex
	payloads map[string][]byte
}

func (w *world) subscribe(t *testing.T) *subscription {
	t.Helper()
	consumer, err := w.js.OrderedConsumer(t.Context(), messages.StreamChanges, jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	s := &subscription{payloads: make(map[string][]byte)}
	s.running, err = consumer.Consume(func(m jetstream.Msg) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.payloads[m.Headers().Get("ce-id")] = m.Data()
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *subscription) end(t *testing.T) {
	t.Helper()
	s.running.Drain()
	<-s.running.Closed()
	if len(s.payloads) == 0 {
		t.Error("nothing was published")
	}
}

// moment is when the power fails.
type moment struct {
	acknowledged int      // events
	published    []string // ids of what the subscriber was sent
	image        map[string][]byte
}

var publishedID = regexp.MustCompile(`\r\nce-id: ?([^\r]+)\r\n`)

// moments returns some of the moments at which something was said to a client, chosen by the seed, and the disk as
// it was then: once only what was synced, once more than that.
func (p *power) moments(t *testing.T, seed uint64) (all []moment) {
	t.Helper()
	const share = 24 // one in so many
	disk, dice := newPlatter(p.store), rand.New(rand.NewPCG(seed, 3))
	var now moment
	begin := func(c *call) error {
		said, err := c.said()
		if err != nil {
			return err
		}
		events, changes := acknowledgement.FindAllString(said, -1), publishedID.FindAllStringSubmatch(said, -1)
		now.acknowledged += len(events)
		for _, m := range changes {
			now.published = append(now.published, m[1])
		}
		if len(events)+len(changes) > 0 && dice.IntN(share) == 0 {
			for _, f := range []fate{disk.lost, disk.torn(dice)} {
				all = append(all, moment{now.acknowledged, slices.Clone(now.published), disk.image(f)})
			}
		}
		return disk.begin(c)
	}
	if err := readTrace(p.trace, begin, disk.end); err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Error("the power never failed")
	}
	return all
}

// check has the program go on with what was on the disk, and holds what is published then against what was said.
func (m *moment) check(t *testing.T, h *history, payloads map[string][]byte) {
	t.Helper()
	w := m.goOn(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := w.quiet(ctx); err != nil {
		t.Fatal(err)
	}
	seen, err := w.observe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	seen.crashes++
	stored := int(seen.pending.last)
	if stored != m.acknowledged && stored != m.acknowledged+1 {
		t.Errorf("%d events were acknowledged, %d are stored", m.acknowledged, stored)
	}
	said := &history{hosts: h.hosts, events: h.events[:stored]}
	l := newLedger()
	for i, e := range said.events {
		l.of[e.number] = &entry{event: e, asked: 1, accepted: 1, stored: map[uint64]bool{uint64(i + 1): true}}
	}
	check(t, verify(said, l, seen))
	lost := make(map[string][]byte)
	for _, id := range m.published {
		lost[id] = payloads[id]
	}
	for i := range seen.published {
		maps.DeleteFunc(lost, func(id string, payload []byte) bool {
			return id == seen.published[i].head().ID && slices.Equal(payload, seen.published[i].payload)
		})
	}
	for id := range lost {
		t.Errorf("%s was published before the power failed, and is not so any more", id)
	}
	w.end(t.Context())
	check(t, w.report.wrongs)
	t.Logf("%d acknowledged, %d stored, %d published; %d published in the end", m.acknowledged, stored, len(m.published), len(seen.published))
}

// goOn starts the program on what was on the disk.
func (m *moment) goOn(t *testing.T) *world {
	t.Helper()
	store := filepath.Join(t.TempDir(), "store")
	if err := burn(store, m.image); err != nil {
		t.Fatal(err)
	}
	return oneServer(t, func(address string) *exec.Cmd {
		return program("serve", "--store", store, "--listen", address, "--http", "127.0.0.1:0")
	})
}
