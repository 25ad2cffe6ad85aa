package worker_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/workertest"
)

// fate kills workers at random steps, until there were enough deaths.
type fate struct {
	mu     sync.Mutex
	random *rand.Rand
	left   int
	died   chan worker.Step
}

// strikes decides whether a worker dies at this step.
func (f *fate) strikes(step worker.Step) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left == 0 || f.random.IntN(25) != 0 {
		return false
	}
	f.left--
	f.died <- step
	return true
}

// startDoomed runs a worker that fate may strike.
func startDoomed(t *testing.T, s *server.Server, f *fate) {
	t.Helper()
	nc := workertest.Connect(t, s)
	step := func(step worker.Step, _ string) {
		if f.strikes(step) {
			nc.Close()
			runtime.Goexit()
		}
	}
	launchOn(t, nc, func(c *worker.Config) { c.Step = step })
}

// Three workers share a fleet whose events come twice and out of order, and die at random steps; each is replaced.
func TestEveryHostsStoryIsWholeWhenWorkersDieAtRandom(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	prepare(t, js)
	const deaths = 8
	f := &fate{random: rand.New(rand.NewPCG(1, 99)), left: deaths, died: make(chan worker.Step, deaths)}
	for range 3 {
		startDoomed(t, s, f)
	}
	hosts := make(map[string][]messages.Event)
	var all []messages.Event
	for i := range 5 {
		host := fmt.Sprintf("web-%d", i)
		hosts[host] = history(host)
		for m := range 8 {
			hosts[host] = append(hosts[host], workertest.Override(host, 10+m, "curl.amd64", messages.States()[m]))
		}
		all = append(all, hosts[host]...)
	}
	for _, e := range shuffled(append(all, all...), 1) {
		if err := js.Conn().PublishMsg(workertest.Encode(t, e)); err != nil {
			t.Fatal(err)
		}
	}
	for range deaths {
		t.Log("died before", workertest.Wait(t, "a death", f.died))
		startDoomed(t, s, f)
	}
	workertest.Eventually(t, "all events", func() bool {
		return workertest.State(t, js, messages.StreamEvents).LastSeq == uint64(2*len(all))
	})
	workertest.Applied(t, js)
	noDeadLetters(t, js)
	for host, events := range hosts {
		workertest.CheckHost(t, js, host, builtin, time.Now(), events...)
	}
}
