package pull_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/worker/pull"
	"github.com/patchstream/patchstream/worker/workertest"
)

const (
	stream   = "WORK"
	consumer = "worker"
	ackWait  = 700 * time.Millisecond
)

// queue makes a work queue with a consumer.
func queue(t *testing.T, js jetstream.JetStream) {
	t.Helper()
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: stream, Subjects: []string{"work.>"}, Retention: jetstream.WorkQueuePolicy}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateConsumer(t.Context(), stream, jetstream.ConsumerConfig{Durable: consumer, AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait}); err != nil {
		t.Fatal(err)
	}
}

// running is a Run in the background.
type running struct {
	stop context.CancelFunc
	done chan struct{}
	err  error

	mu      sync.Mutex
	trouble []error
}

// pullFrom runs until the test ends. Its heartbeats are quick, so that tests are.
func pullFrom(t *testing.T, nc *nats.Conn, take func(*pull.Msg), change ...func(*pull.Config)) *running {
	t.Helper()
	r := &running{done: make(chan struct{})}
	cfg := pull.Config{Conn: nc, Stream: stream, Consumer: consumer, Expires: 2 * time.Second, Heartbeat: 100 * time.Millisecond, Patience: time.Second, Trouble: r.note}
	for _, c := range change {
		c(&cfg)
	}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	go func() {
		defer close(r.done)
		r.err = pull.Run(ctx, cfg, take)
	}()
	t.Cleanup(func() { r.end(t) })
	return r
}

func (r *running) end(t *testing.T) {
	t.Helper()
	r.stop()
	workertest.Wait(t, "the end of Run", r.done)
}

func (r *running) note(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trouble = append(r.trouble, err)
}

func (r *running) noted(target error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.trouble, func(err error) bool { return errors.Is(err, target) })
}

// publish stores a message as it is, with no answer awaited but for that of the stream.
func publish(t *testing.T, js jetstream.JetStream, subject, body string, headers ...string) {
	t.Helper()
	msg := nats.NewMsg(subject)
	msg.Data = []byte(body)
	for i := 0; i+1 < len(headers); i += 2 {
		msg.Header[headers[i]] = []string{headers[i+1]}
	}
	if _, err := js.PublishMsg(t.Context(), msg); err != nil {
		t.Fatal(err)
	}
}

// collect acknowledges what comes and passes it on.
func collect(t *testing.T) (take func(*pull.Msg), got chan *pull.Msg) {
	got = make(chan *pull.Msg, 10_000)
	return func(m *pull.Msg) {
		if err := m.Ack(); err != nil {
			t.Error(err)
		}
		got <- m
	}, got
}

// statuses are headers that the Go client takes for the word of the server.
var statuses = [][]string{
	{"Status", "100"},
	{"Status", "100", "Description", "Idle Heartbeat"},
	{"Status", "404"},
	{"Status", "408", "Nats-Pending-Messages", "many", "Nats-Pending-Bytes", "-"},
	{"Status", "408", "Nats-Pending-Messages", "1000000", "Nats-Pending-Bytes", "1000000"},
	{"Status", "409", "Description", "Consumer Deleted"},
	{"Status", "409", "Description", "Leadership Change"},
	{"Status", "409", "Description", "Message Size Exceeds MaxBytes"},
	{"Status", "409", "Description", "Server Shutdown"},
	{"Status", "400", "Description", "Bad Request"},
	{"Status", "423", "Description", "Nats-Wrong-Pin-Id"},
	{"Status", "503"},
	{"Nats-Pin-Id", "somebody"},
	{"Nats-Pending-Messages", "-1", "Nats-Last-Consumer", "1", "Nats-Consumer-Stalled", "x"},
}

func TestWhatASenderWroteIsNoStatusOfTheServer(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	queue(t, js)
	take, got := collect(t)
	// A heartbeat that a busy machine brings late would be trouble too.
	r := pullFrom(t, workertest.Connect(t, s), take, func(c *pull.Config) { c.Expires, c.Heartbeat = 20*time.Second, 5*time.Second })
	for i, headers := range statuses {
		for _, body := range []string{"", "{}"} {
			subject := fmt.Sprintf("work.bad-%d", i)
			publish(t, js, subject, body, headers...)
			m := workertest.Wait(t, "a message with "+strings.Join(headers, " "), got)
			want := make(nats.Header)
			for i := 0; i < len(headers); i += 2 {
				want.Set(headers[i], headers[i+1])
			}
			if m.Subject != subject || string(m.Data) != body || !cmp.Equal(want, m.Header) {
				t.Errorf("got %s %q %v, want %s %q %v", m.Subject, m.Data, m.Header, subject, body, want)
			}
			publish(t, js, "work.good", "good")
			if m := workertest.Wait(t, "the message after it", got); m.Subject != "work.good" {
				t.Errorf("got %s after %q", m.Subject, headers)
			}
		}
	}
	r.end(t)
	if r.err != nil || len(r.trouble) > 0 {
		t.Errorf("Run: %v, trouble: %v", r.err, r.trouble)
	}
}

// A sender need not use headers: the line that opens them may carry a status.
func TestAStatusLineOfASenderIsNoStatusOfTheServer(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	queue(t, workertest.JetStream(t, s))
	take, got := collect(t)
	pullFrom(t, workertest.Connect(t, s), take)
	conn, err := s.InProcessConn()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const header = "NATS/1.0 409 Consumer Deleted\r\n\r\n"
	if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil { // INFO
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, "CONNECT {\"headers\":true,\"verbose\":false}\r\nHPUB work.bad %d %d\r\n%s\r\n", len(header), len(header), header); err != nil {
		t.Fatal(err)
	}
	if m := workertest.Wait(t, "the message", got); m.Subject != "work.bad" {
		t.Errorf("got %s %v", m.Subject, m.Header)
	}
}

func TestEventsThatLookLikeHeartbeatsStopNobody(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	queue(t, js)
	for range 300 {
		publish(t, js, "work.bad", "", "Status", "100")
	}
	publish(t, js, "work.good", "")
	take, got := collect(t)
	pullFrom(t, workertest.Connect(t, s), take)
	for n := range 300 {
		if m := workertest.Wait(t, "the next one", got); m.Subject != "work.bad" {
			t.Fatalf("%s is number %d", m.Subject, n)
		}
	}
	if m := workertest.Wait(t, "the honest one", got); m.Subject != "work.good" {
		t.Errorf("got %s", m.Subject)
	}
}

func TestEveryMessageComesOnceAndInOrder(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	queue(t, js)
	const n = 3000
	take, got := collect(t)
	pullFrom(t, workertest.Connect(t, s), take)
	for i := range n {
		if _, err := js.PublishAsync("work.a", fmt.Appendf(nil, "%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		if m := workertest.Wait(t, "the next one", got); string(m.Data) != fmt.Sprint(i) || m.Deliveries != 1 || m.Sequence != uint64(i+1) {
			t.Fatalf("number %d is %q, delivery %d, sequence %d", i, m.Data, m.Deliveries, m.Sequence)
		}
	}
}

// Two of the largest messages fit into any request, however few bytes are asked for.
func TestTheLargestMessagesAreDelivered(t *testing.T) {
	t.Parallel()
	const maxPayload = 1 << 20
	s := workertest.Server(t, func(o *server.Options) { o.MaxPayload = maxPayload })
	js := workertest.JetStream(t, s)
	queue(t, js)
	take, got := collect(t)
	pullFrom(t, workertest.Connect(t, s), take, func(c *pull.Config) { c.Bytes = 1000 })
	for range 7 {
		publish(t, js, "work.large", string(bytes.Repeat([]byte("x"), maxPayload)))
		publish(t, js, "work.small", "")
	}
	for range 14 {
		workertest.Wait(t, "the next one", got)
	}
}

func TestAnswersDoWhatTheySay(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	queue(t, js)
	got := make(chan *pull.Msg)
	pullFrom(t, workertest.Connect(t, s), func(m *pull.Msg) { got <- m })
	next := func(what string, deliveries uint64) *pull.Msg {
		m := workertest.Wait(t, what, got)
		if m.Deliveries != deliveries || m.Stream != stream || m.Sequence != 1 || time.Since(m.Stored) > time.Hour {
			t.Errorf("%s: %+v", what, m)
		}
		return m
	}
	answer := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	publish(t, js, "work.a", "")
	answer(next("the first delivery", 1).Nak())
	began := time.Now()
	answer(next("the second, at once", 2).NakWithDelay(ackWait * 2))
	m := next("the third, after a while", 3)
	if waited := time.Since(began); waited < ackWait*2 {
		t.Errorf("it came after %s", waited)
	}
	began = time.Now()
	for time.Since(began) < 2*ackWait {
		answer(m.InProgress())
		select {
		case <-got:
			t.Fatal("it came again although somebody works on it")
		case <-time.After(ackWait / 14):
		}
	}
	next("the fourth, since nobody answered", 4)
	answer(next("the fifth", 5).Term())
	workertest.Eventually(t, "an empty queue", func() bool {
		info, err := js.Stream(t.Context(), stream)
		return err == nil && info.CachedInfo().State.Msgs == 0
	})
}

func TestGoesOnWhenTheServerCameBack(t *testing.T) {
	t.Parallel()
	opts := &server.Options{Host: "127.0.0.1", Port: workertest.FreePort(t), NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir()}
	s, err := workertest.Start(opts.Clone())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { workertest.Stop(s) })
	nc, err := nats.Connect(s.ClientURL(), nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond), nats.ReconnectJitter(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	queue(t, js)
	take, got := collect(t)
	// Were it for the heartbeat it would take longer than anybody waits.
	r := pullFrom(t, nc, take, func(c *pull.Config) { c.Expires, c.Heartbeat = 20*time.Minute, 10*time.Minute })
	for range 3 {
		publish(t, js, "work.a", "")
		workertest.Wait(t, "a message", got)
		before := nc.Stats().Reconnects
		workertest.Stop(s)
		if s, err = workertest.Start(opts.Clone()); err != nil {
			t.Fatal(err)
		}
		workertest.Eventually(t, "another connection", func() bool { return nc.Stats().Reconnects > before && nc.IsConnected() })
	}
	r.end(t)
	if r.err != nil {
		t.Error(r.err)
	}
}

func TestAsksAgainWhenTheServerFellSilent(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	queue(t, js)
	link := workertest.NewLink(s)
	t.Cleanup(link.Release)
	take, got := collect(t)
	r := pullFrom(t, workertest.Connect(t, s, nats.InProcessServer(link)), take)
	publish(t, js, "work.a", "")
	workertest.Wait(t, "a message", got)
	link.Hold()
	workertest.Eventually(t, "that it notices", func() bool { return r.noted(pull.ErrNoHeartbeat) })
	link.Release()
	publish(t, js, "work.a", "")
	workertest.Wait(t, "a message when it answers again", got)
}

func TestEndsWhereAskingAgainCannotHelp(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		breaks func(ctx context.Context, js jetstream.JetStream, nc *nats.Conn) error
		want   error
	}{
		"the consumer was deleted": {func(ctx context.Context, js jetstream.JetStream, _ *nats.Conn) error {
			return js.DeleteConsumer(ctx, stream, consumer)
		}, pull.ErrDeleted},
		"the stream was deleted": {func(ctx context.Context, js jetstream.JetStream, _ *nats.Conn) error {
			return js.DeleteStream(ctx, stream)
		}, pull.ErrDeleted},
		"the connection was closed": {func(_ context.Context, _ jetstream.JetStream, nc *nats.Conn) error {
			nc.Close()
			return nil
		}, pull.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := workertest.Server(t)
			js := workertest.JetStream(t, s)
			queue(t, js)
			nc := workertest.Connect(t, s)
			take, got := collect(t)
			r := pullFrom(t, nc, take)
			publish(t, js, "work.a", "")
			workertest.Wait(t, "a message", got)
			if err := test.breaks(t.Context(), js, nc); err != nil {
				t.Fatal(err)
			}
			workertest.Wait(t, "the end", r.done)
			if !errors.Is(r.err, test.want) {
				t.Errorf("Run: %v, want %v", r.err, test.want)
			}
		})
	}
}

func TestEndsWhenNobodyAnswersForLong(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	r := pullFrom(t, workertest.Connect(t, s), func(*pull.Msg) { t.Error("a message") })
	began := time.Now()
	workertest.Wait(t, "the end", r.done)
	if !errors.Is(r.err, pull.ErrNoResponders) || time.Since(began) < time.Second {
		t.Errorf("Run after %s: %v", time.Since(began), r.err)
	}
}

// An operator's bound on the consumer is said, and not mistaken for silence.
func TestARefusedRequestIsSaid(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: stream, Subjects: []string{"work.>"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateConsumer(t.Context(), stream, jetstream.ConsumerConfig{Durable: consumer, AckPolicy: jetstream.AckExplicitPolicy, MaxRequestBatch: 10}); err != nil {
		t.Fatal(err)
	}
	r := pullFrom(t, workertest.Connect(t, s), func(*pull.Msg) {})
	workertest.Eventually(t, "that it is said", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return slices.ContainsFunc(r.trouble, func(err error) bool {
			var status *pull.StatusError
			return errors.As(err, &status) && strings.Contains(status.Description, "MaxRequestBatch")
		})
	})
}

// What was on its way when it ended is handed on, so that it can be given back, and comes to another one at once. What the
// server was about to send it queues again by itself.
func TestHandsOnWhatWasOnItsWayWhenItEnds(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	queue(t, js)
	const n = 100
	for range n {
		publish(t, js, "work.a", "")
	}
	var back []*pull.Msg
	first := make(chan struct{})
	r := pullFrom(t, workertest.Connect(t, s), func(m *pull.Msg) {
		if back = append(back, m); len(back) == 1 {
			close(first)
		}
	})
	workertest.Wait(t, "the first one", first)
	r.end(t)
	for _, m := range back {
		if err := m.Nak(); err != nil {
			t.Fatal(err)
		}
	}
	take, got := collect(t)
	pullFrom(t, workertest.Connect(t, s), take)
	again := 0
	for range n {
		if workertest.Wait(t, "each of them", got).Deliveries == 2 {
			again++
		}
	}
	if again < len(back) {
		t.Errorf("%d were given back, and only %d came again", len(back), again)
	}
}

// A pause between two requests is short, however seldom the server gives a sign of life.
func TestWhatWasRefusedIsAskedAgainSoon(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	server, asked := workertest.Connect(t, s), make(chan time.Time, 100)
	if _, err := server.Subscribe("$JS.API.CONSUMER.MSG.NEXT."+stream+"."+consumer, func(m *nats.Msg) {
		asked <- time.Now()
		refused := nats.NewMsg(m.Reply)
		refused.Header.Set("Status", "409")
		refused.Header.Set("Description", "Exceeded MaxWaiting")
		if err := server.PublishMsg(refused); err != nil {
			t.Error(err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if err := server.Flush(); err != nil {
		t.Fatal(err)
	}
	const heartbeat = 15 * time.Second
	pullFrom(t, workertest.Connect(t, s), func(*pull.Msg) {}, func(c *pull.Config) { c.Expires, c.Heartbeat = 2*heartbeat, heartbeat })
	first := workertest.Wait(t, "the first request", asked)
	if pause := workertest.Wait(t, "the second", asked).Sub(first); pause >= heartbeat {
		t.Errorf("it asked again after %s", pause)
	}
}

// While one message cannot be taken, those that came with it are not delivered to anybody else, and not counted.
func TestWhatWaitsToBeTakenIsNotDeliveredAgain(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	queue(t, js)
	const messages = 20
	for i := range messages {
		publish(t, js, "work.a", fmt.Sprint(i))
	}
	got := make(chan *pull.Msg, 10*messages)
	blocked := time.After(4 * ackWait)
	pullFrom(t, workertest.Connect(t, s), func(m *pull.Msg) {
		if m.Sequence == 1 {
			<-blocked
		}
		if err := m.Ack(); err != nil {
			t.Error(err)
		}
		got <- m
	}, func(c *pull.Config) { c.Alive = ackWait / 4 })
	for i := range messages {
		m := workertest.Wait(t, "a message", got)
		if m.Deliveries != 1 || m.Sequence != uint64(i+1) {
			t.Errorf("message %d came as number %d, delivery %d", i+1, m.Sequence, m.Deliveries)
		}
	}
}
