package chaos

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/workertest"
)

var adversaryFlag = flag.Duration("chaos.adversary", 5*time.Second, "how long one host misbehaves, in each of its ways")

// What a host may do to the others, at the most.
const (
	honestMedian = 2 * time.Second
	honestWorst  = 10 * time.Second
	serveBound   = 512 << 20
	nothingStays = time.Minute // after the end of the misdeed
)

// badHost is the host that misbehaves.
const badHost = "bad.example"

// misdeed is a way in which one host, with a key of its own or without, may misbehave.
type misdeed struct {
	name string

	// do misbehaves until ctx ends, or until it is done. What it has published then is dealt with within a minute.
	do func(ctx context.Context, a *adversary)

	// within this time after its end what it published is dealt with. 0: a minute, as is promised of one host.
	within time.Duration

	// check looks at what became of it, when nothing is in the queue any more. Nil: nothing to be looked at.
	check func(ctx context.Context, a *adversary)
}

// adversary is serve with its worker, honest hosts, and one that is not.
type adversary struct {
	*testing.T
	*world
	address, web, store string
}

// In each of its ways a host misbehaves, as long as the flag says, beside honest ones: what they say is applied in time,
// nothing of the other host stays in the queue, the server keeps to its memory, and says all the time that it is ready.
func TestAdversaryHarmsNobodyElse(t *testing.T) {
	for _, m := range slices.Concat(eventMisdeeds(), pileMisdeeds(), oddMisdeeds()) {
		t.Run(m.name, func(t *testing.T) { newAdversary(t).suffers(m) })
	}
}

func newAdversary(t *testing.T, flags ...string) *adversary {
	t.Helper()
	return newAdversaryOn(t, t.TempDir(), flags...)
}

func newAdversaryOn(t *testing.T, store string, flags ...string) *adversary {
	t.Helper()
	a := &adversary{T: t, web: workertest.FreeAddress(t), store: store}
	a.world = oneServer(t, func(address string) *exec.Cmd {
		a.address = address
		return program(append([]string{"serve", "--listen", address, "--http", a.web, "--store", a.store}, flags...)...)
	})
	return a
}

func (a *adversary) suffers(m misdeed) {
	a.Helper()
	ctx, cancel := context.WithTimeout(a.Context(), *adversaryFlag)
	defer cancel()
	looking, over := context.WithCancel(a.Context())
	defer over()
	var others sync.WaitGroup
	h := &honest{adversary: a}
	others.Go(func() { h.speak(looking) })
	others.Go(func() { a.staysReady(looking) })
	m.do(ctx, a)
	wait(ctx, *adversaryFlag)
	a.comesToRest(cmp.Or(m.within, nothingStays))
	over()
	others.Wait()
	h.judge()
	if m.check != nil {
		m.check(a.Context(), a)
	}
	if peak := peakMemory(a.T, a.servers[0].process.cmd.Process.Pid); peak > serveBound {
		a.Errorf("serve took %d MiB of memory, the bound is %d", peak>>20, serveBound>>20)
	} else {
		a.Logf("serve took %d MiB at the most", peak>>20)
	}
	a.end(a.Context())
	check(a.T, a.report.wrongs)
}

// comesToRest: what the bad host sent is gone from the queue in time, though the honest ones go on.
func (a *adversary) comesToRest(within time.Duration) {
	a.Helper()
	last, err := a.pending(a.Context())
	if err != nil {
		a.Fatal(err)
	}
	late := time.Now().Add(within)
	for {
		now, err := a.pending(a.Context())
		if err == nil && now.acknowledged >= last.last {
			return
		}
		if time.Now().After(late) {
			a.Errorf("after %s there is still something of the time before: %+v, error %v", within, now, err)
			return
		}
		wait(a.Context(), 100*time.Millisecond)
	}
}

// staysReady asks all the time.
func (a *adversary) staysReady(ctx context.Context) {
	for wait(ctx, 500*time.Millisecond) {
		if status, said := a.readiness(ctx); status != http.StatusOK && ctx.Err() == nil {
			a.Errorf("it is not ready: %d %s", status, said)
			return
		}
	}
}

// readiness returns what /readyz says; 0 where nothing answers.
func (a *adversary) readiness(ctx context.Context) (status int, said string) {
	return get(ctx, "http://"+a.web+"/readyz")
}

func get(ctx context.Context, url string) (status int, said string) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err.Error()
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode, strings.TrimSpace(string(text))
}

// send publishes as the bad host, headers in pairs, and does not care what comes of it.
func (a *adversary) send(ctx context.Context, kind messages.Kind, body []byte, headers ...string) {
	msg := nats.NewMsg(kind.Subject(badHost))
	msg.Data = body
	for i := 0; i+1 < len(headers); i += 2 {
		msg.Header[headers[i]] = []string{headers[i+1]}
	}
	_, _ = a.js.PublishMsg(ctx, msg)
}

// sendEvent is send, as a publisher would.
func (a *adversary) sendEvent(ctx context.Context, e messages.Event) {
	a.Helper()
	_, _ = a.js.PublishMsg(ctx, a.encoded(e))
}

// sendLater is sendEvent, and does not wait for an answer.
func (a *adversary) sendLater(e messages.Event) {
	a.Helper()
	_ = a.nc.PublishMsg(a.encoded(e))
}

func (a *adversary) encoded(e messages.Event) *nats.Msg {
	a.Helper()
	m, err := (&backlog{}).message(e)
	if err != nil {
		a.Fatal(err)
	}
	m.Header.Del(nats.MsgIdHdr)
	return m
}

// reasons returns the reasons of the bad host's dead letters.
func (a *adversary) reasons(ctx context.Context) []string {
	a.Helper()
	stream, err := a.js.Stream(ctx, messages.StreamDead)
	if err != nil {
		a.Fatal(err)
	}
	var reasons []string
	for seq := stream.CachedInfo().State.FirstSeq; ; seq++ {
		m, err := stream.GetMsg(ctx, seq, jetstream.WithGetMsgSubject("patch.dead.*."+badHost))
		if err != nil {
			return reasons
		}
		seq, reasons = m.Sequence, append(reasons, m.Header.Get("Patch-Dead-Reason"))
	}
}

// honest is a few hosts that speak now and then, and what became of it.
type honest struct {
	*adversary

	mu   sync.Mutex
	took []time.Duration
}

const (
	honestHosts = 4
	honestEvery = 250 * time.Millisecond
)

// speak has the hosts speak in turns until ctx ends, and waits for what was said last.
func (h *honest) speak(ctx context.Context) {
	nc := connect(h.T, h.url)
	js := jetStream(h.T, nc)
	var mu sync.Mutex
	waiting := make(map[string]chan struct{})
	sub, err := nc.Subscribe(messages.ChangedSubject(">"), func(m *nats.Msg) {
		changed, err := messages.DecodeChanged(m.Data, messages.Encoding{ContentType: m.Header.Get("Content-Type"), ContentEncoding: m.Header.Get("Content-Encoding")})
		if err != nil {
			h.Error(err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if c := waiting[changed.Cause.ID]; c != nil {
			close(c)
			delete(waiting, changed.Cause.ID)
		}
	})
	if err != nil {
		h.Error(err)
		return
	}
	defer sub.Unsubscribe()
	var told sync.WaitGroup
	defer told.Wait()
	for n := 0; ctx.Err() == nil; n++ {
		scan := honestScan(n)
		applied := make(chan struct{})
		mu.Lock()
		waiting[scan.ID] = applied
		mu.Unlock()
		told.Go(func() { h.await(js, scan, applied) })
		wait(ctx, honestEvery)
	}
}

func (h *honest) await(js jetstream.JetStream, scan *messages.Scan, applied <-chan struct{}) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(h.Context()), honestWorst)
	defer cancel()
	m, err := (&backlog{}).message(scan)
	if err == nil {
		_, err = js.PublishMsg(ctx, m)
	}
	if err != nil {
		h.Errorf("the scan of %s was not stored: %v", scan.Host, err)
		return
	}
	select {
	case <-applied:
	case <-ctx.Done():
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.took = append(h.took, time.Since(began))
}

// honestScan is the nth of all scans: a package is upgraded, or back at its old version.
func honestScan(n int) *messages.Scan {
	curl := workertest.Package("curl", "1.0-1", "1.0-2")
	if n/honestHosts%2 == 1 {
		curl = workertest.Package("curl", "1.0-2")
	}
	s := workertest.Scan(fmt.Sprintf("honest-%d.example", n%honestHosts), 0, curl, workertest.Package("bash", "5.1-1"))
	s.ID, s.TakenAt = fmt.Sprintf("honest-%d", n), time.Now().UTC()
	s.Hash = messages.ContentHash(s)
	return s
}

// judge holds how long it took against the bounds.
func (h *honest) judge() {
	h.Helper()
	slices.Sort(h.took)
	if len(h.took) == 0 {
		h.Error("no honest host was heard")
		return
	}
	median, worst := h.took[len(h.took)/2], h.took[len(h.took)-1]
	h.Logf("%d honest scans: median %s, worst %s", len(h.took), median.Round(time.Millisecond), worst.Round(time.Millisecond))
	if median > honestMedian || worst >= honestWorst {
		h.Errorf("an honest scan took %s in the median and %s at worst; the bounds are %s and %s", median, worst, honestMedian, honestWorst)
	}
}
