package recheck_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/recheck"
	"github.com/patchstream/patchstream/worker/workertest"
)

// work runs a worker until the test ends.
func work(t *testing.T, js jetstream.JetStream) {
	t.Helper()
	w, err := worker.New(worker.Config{Conn: js.Conn()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	workertest.Wait(t, "the worker", w.Started())
}

const rejecting = `{"Name":"strict","OperatingSystem":"UBUNTU","ApprovalRules":{"PatchRules":[]},"RejectedPatches":["old*"],"RejectedPatchesAction":"BLOCK"}`

// A decision acts on all hosts, more than fit into the window, and says what moved.
func TestAnOrderIsAppliedAndSaysWhatMoved(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	work(t, js)
	var names []string
	var events []messages.Event
	for i := range 230 {
		host := fmt.Sprintf("web-%03d", i)
		pkg := []string{"old", "fine"}[i%2]
		names, events = append(names, host), append(events, workertest.Scan(host, 0, workertest.Package(pkg, "1")))
	}
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	store, err := baselines.Open(t.Context(), js)
	if err != nil {
		t.Fatal(err)
	}
	seq, err := store.Put(t.Context(), "strict", []byte(rejecting))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.SetDefault(t.Context(), "UBUNTU", "strict"); err != nil {
		t.Fatal(err)
	}
	seen := 0
	order := recheck.Order{ID: "r1", Cause: "strict is the default", Hosts: append(names, "nobody"), Baselines: seq + 1}
	got, err := recheck.Run(t.Context(), js, order, func(n int) { seen = n })
	if err != nil || got.Hosts != 231 || seen != 231 || got.Changed != 230 || got.Status["COMPLIANT > NON_COMPLIANT"] != 115 || got.Transitions["INSTALLED > INSTALLED_REJECTED"] != 115 {
		t.Errorf("%+v, %d, %v", got, seen, err)
	}
	again, err := recheck.Run(t.Context(), js, recheck.Order{ID: "r2", Hosts: names}, func(int) {})
	if err != nil || again.Hosts != 230 || again.Changed != 0 {
		t.Errorf("again: %+v, %v", again, err)
	}
	r := workertest.Stored(t, js, "web-000")
	if r.Report.Status != messages.NonCompliant || r.Report.Baseline.ID != "strict" {
		t.Errorf("%v", r.Report)
	}
}

// A scan waits behind a window of rechecks, not behind a fleet.
func TestNoMoreThanAWindowIsInTheQueue(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	workertest.Streams(t, js, workertest.Deadline)
	ctx, cancel := context.WithCancel(t.Context())
	var names []string
	for i := range 1000 {
		names = append(names, fmt.Sprintf("web-%d", i))
	}
	looks := 0
	err := recheck.Send(ctx, js, recheck.Order{ID: "r1", Hosts: names}, func(applied int) {
		if n := workertest.Queued(t, js); n != 200 || applied != 0 {
			t.Errorf("%d in the queue, %d applied", n, applied)
		}
		if looks++; looks == 3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestWithoutAWorkerThereIsNobodyToAsk(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	if err := recheck.Send(t.Context(), js, recheck.Order{ID: "r1", Hosts: []string{"web-1"}}, func(int) {}); !errors.Is(err, publisher.ErrNoStream) {
		t.Error(err)
	}
}
