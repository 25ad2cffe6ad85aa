package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/cmd/patchstream/bench/fleet"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
)

// What a latency is of.
const (
	ofOurs  = "patchstream"
	ofChain = "the same writes, nothing computed"
	ofBare  = "publish and consume"
)

// way is one from an event that is published to something that can be read.
type way struct {
	of        string
	event     func(host string) string // the subject on which an event goes in
	stream    string                   // where what it causes is read
	readable  string                   // the subjects there, to which the host is added
	serve     func(ctx context.Context, nc *nats.Conn) (stop func() error, err error)
	latencies map[int][][]float64 // in ms, ascending, by rate and repeat
}

func (t *telling) ways(changeBytes int) []*way {
	scans := messages.KindScan
	return []*way{{
		of: ofBare, event: func(host string) string { return aloneBareSubject + host }, stream: aloneBare, readable: aloneBareSubject,
		serve: func(context.Context, *nats.Conn) (func() error, error) { return func() error { return nil }, nil },
	}, {
		of: ofChain, event: func(host string) string { return aloneEventSubject + host }, stream: aloneChanges, readable: aloneChangeSubject,
		serve: t.alone.racer(steps{putScan: true, putRecord: true, publish: true}, changeBytes).start,
	}, {
		of: ofOurs, event: scans.Subject, stream: messages.StreamChanges, readable: messages.ChangedSubject(""),
		serve: workerRacer(worker.Config{}).start,
	}}
}

// latencies measures full scans with a few changed packages.
func (r *run) latencies(ctx context.Context, g *ground, s Setting) error {
	t, err := r.tell(g, s.Packages, r.events(s.Packages), 1)
	if err != nil {
		return err
	}
	known := &raced{kind: story()[0]}
	if err := t.raceOnce(ctx, known, ""); err != nil { // every host is known
		return err
	}
	rates := []int{r.Rate}
	if half := int(r.best[s] / 2); half > 0 && half != r.Rate {
		rates = append(rates, half)
	}
	ways := t.ways(int(known.lastBytes))
	for range r.Repeats {
		for _, rate := range rates {
			r.begin(fmt.Sprintf("latency at %d events/s, %s", rate, s.words()))
			for _, w := range ways {
				took, err := t.steady(ctx, w, rate, r.Steady)
				if err != nil {
					return fmt.Errorf("%s, %d events/s: %w", w.of, rate, err)
				}
				if w.latencies == nil {
					w.latencies = make(map[int][][]float64)
				}
				w.latencies[rate] = append(w.latencies[rate], took)
			}
		}
	}
	for _, rate := range rates {
		r.report.Latencies = append(r.report.Latencies, rowsOf(ways, s, rate)...)
	}
	return nil
}

func rowsOf(ways []*way, s Setting, rate int) []Latency {
	var rows []Latency
	for _, w := range ways {
		at := func(part float64) Spread {
			return spread(w.latencies[rate], func(sorted []float64) float64 { return quantile(sorted, part) })
		}
		rows = append(rows, Latency{
			Setting: s, Of: w.of, Rate: rate, Events: len(slices.Concat(w.latencies[rate]...)), P50: at(0.5), P99: at(0.99), P999: at(0.999),
		})
	}
	ours, chain := &rows[len(rows)-1], &rows[len(rows)-2]
	ours.P50Ratio, ours.P99Ratio = over(ours.P50.Median, chain.P50.Median), over(ours.P99.Median, chain.P99.Median)
	return rows
}

// steady publishes at a rate for a while, and returns how long each took, ascending.
func (t *telling) steady(ctx context.Context, w *way, rate int, long time.Duration) (_ []float64, err error) {
	sent, err := t.steadyEvents(w, max(1, int(long.Seconds()*float64(rate))))
	if err != nil {
		return nil, err
	}
	var conns [3]*nats.Conn // who serves, who reads, who publishes
	for i := range conns {
		if conns[i], err = t.connect(); err != nil {
			return nil, err
		}
		defer conns[i].Close()
	}
	stop, err := w.serve(ctx, conns[0])
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	read, err := t.reads(ctx, conns[1], w, len(sent.messages))
	if err != nil {
		return nil, err
	}
	defer read.stop()
	if err := atRest(ctx, conns[0]); err != nil {
		return nil, err
	}
	if err := publishSteadily(ctx, conns[2], sent, read, rate); err != nil {
		return nil, err
	}
	return read.all(ctx)
}

// steadyEvents returns so many full scans: hosts take turns, and each goes on by a round.
func (t *telling) steadyEvents(w *way, n int) (*events, error) {
	e := new(events)
	for i := range n {
		if i%t.hosts == 0 {
			t.round++
			t.step++
		}
		h := t.fleet.Host(t.first + i%t.hosts)
		m, err := fleet.Message(h.Scan(t.began.Add(time.Duration(t.step)*time.Second), t.round))
		if err != nil {
			return nil, err
		}
		m.Subject = w.event(h.Name)
		e.hosts, e.messages = append(e.hosts, h.Name), append(e.messages, m)
	}
	return e, nil
}

func publishSteadily(ctx context.Context, nc *nats.Conn, e *events, read *reader, rate int) error {
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(4*publishedAtOnce))
	if err != nil {
		return err
	}
	var acks []jetstream.PubAckFuture
	began := time.Now()
	for i, m := range e.messages {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(rate)))):
		}
		read.published(e.hosts[i])
		ack, err := js.PublishMsgAsync(m, jetstream.WithStallWait(stalledAfter))
		if err != nil {
			return err
		}
		acks = append(acks, ack)
	}
	return acknowledged(acks)
}

// reader notes when what events cause can be read. Of one host that comes in the order of the events.
type reader struct {
	stop func()
	done chan struct{} // closed with the last one

	mu   sync.Mutex
	sent map[string][]time.Time // of each host, what has not come yet
	took []float64
	want int
}

func (t *telling) reads(ctx context.Context, nc *nats.Conn, w *way, want int) (*reader, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, err
	}
	consumer, err := js.CreateConsumer(ctx, w.stream, jetstream.ConsumerConfig{
		FilterSubject: w.readable + ">", AckPolicy: jetstream.AckNonePolicy, DeliverPolicy: jetstream.DeliverNewPolicy, MemoryStorage: true,
	})
	if err != nil {
		return nil, err
	}
	r := &reader{done: make(chan struct{}), sent: make(map[string][]time.Time), want: want}
	reading, err := consumer.Consume(func(m jetstream.Msg) { r.came(strings.TrimPrefix(m.Subject(), w.readable)) })
	if err != nil {
		return nil, err
	}
	r.stop = reading.Stop
	return r, nil
}

func (r *reader) published(host string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent[host] = append(r.sent[host], time.Now())
}

func (r *reader) came(host string) {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	waiting := r.sent[host]
	if len(waiting) == 0 {
		return // of something that nobody here sent
	}
	r.sent[host] = waiting[1:]
	r.took = append(r.took, float64(now.Sub(waiting[0]).Microseconds())/1000)
	if len(r.took) == r.want {
		close(r.done)
	}
}

// all returns every latency, ascending, once all have come.
func (r *reader) all(ctx context.Context) ([]float64, error) {
	select {
	case <-r.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(stalledAfter):
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.took) < r.want {
		return nil, fmt.Errorf("of %d events %d caused nothing that could be read", r.want, r.want-len(r.took))
	}
	slices.Sort(r.took)
	return r.took, nil
}
