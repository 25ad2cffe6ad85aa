package worker

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/workertest"
)

// behind returns a committer whose view of the baselines has read up to 1 of a bucket that has 2, and how to let
// it go on.
func behind(t *testing.T) (c *committer, created time.Time, goOn func()) {
	t.Helper()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	workertest.Streams(t, js, time.Minute)
	store, err := baselines.Open(t.Context(), js)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	put := func() {
		n++
		if _, err := store.Put(t.Context(), "pb", fmt.Appendf(nil, `{"Name": "pb", "Description": "%d"}`, n)); err != nil {
			t.Fatal(err)
		}
	}
	put()
	link := workertest.NewLink(s)
	slow, err := jetstream.New(workertest.Connect(t, s, nats.InProcessServer(link)))
	if err != nil {
		t.Fatal(err)
	}
	view := baselines.NewView(slow, zerolog.Nop(), time.Minute)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_ = view.Run(ctx) // a worker runs it again
		}
	}()
	t.Cleanup(func() {
		link.Release()
		stop()
		<-done
	})
	snapshot, err := view.Snapshot(t.Context(), time.Time{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	link.Hold()
	put()
	c = &committer{cfg: Config{Timeout: 20 * time.Second}, view: view}
	return c, snapshot.Created, link.Release
}

func TestAWorkerThatHasReadLessThanTheLastReportRestsOnCatchesUpFirst(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]struct {
		seq   uint64 // of the record
		event messages.Event
	}{
		"the last report rests on more": {2, workertest.Scan("web-1", 1, workertest.Package("curl", "1"))},
		"a recheck asks for more":       {0, workertest.Recheck("web-1", "r", 2)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, created, goOn := behind(t)
			r := &record.Record{Basis: record.Basis{BaselinesCreated: created, BaselinesSeq: ask.seq}}
			got := make(chan *baselines.Snapshot, 1)
			go func() {
				s, err := c.snapshot(t.Context(), r, []*event{{content: ask.event}})
				if err != nil {
					t.Error(err)
				}
				got <- s
			}()
			select {
			case s := <-got:
				t.Fatalf("it went on with a view that had read up to %d", s.Seq)
			case <-time.After(100 * time.Millisecond):
			}
			goOn()
			if s := <-got; s == nil || s.Seq < 2 {
				t.Errorf("it went on with %+v", s)
			}
		})
	}
}

func TestAWorkerThatIsBehindAnotherBucketDoesNotWaitForIt(t *testing.T) {
	t.Parallel()
	c, created, _ := behind(t)
	r := &record.Record{Basis: record.Basis{BaselinesCreated: created.Add(-time.Hour), BaselinesSeq: 1_000}}
	s, err := c.snapshot(t.Context(), r, []*event{{content: workertest.Override("web-1", 1, "curl.amd64", messages.Installed)}})
	if err != nil || s.Seq != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}
