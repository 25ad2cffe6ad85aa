package worker_test

import (
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/items"
	"github.com/patchstream/patchstream/worker/workertest"
)

func TestARetiredHostIsGoneUntilAFullScanSaysThatItIsBack(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	first, late := story("web-1")[0], story("web-1")[1]
	events := []messages.Event{first, workertest.Retire("web-1", 5)}
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	published := workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	gone := published.Changed[1]
	if gone.Status.From != messages.NonCompliant || gone.Status.To != messages.Retired || gone.Cause.Kind != messages.KindRetire || gone.Cause.ID != "retire-5" ||
		gone.Level.From == "" || gone.Level.To != "" || len(gone.Transitions) != 2 || gone.Transitions[0].State != "" || gone.Initial {
		t.Errorf("the change of the retirement: %+v", gone)
	}

	// What was on its way is over; rechecks and schedules find nothing.
	events = append(events, late)
	workertest.Publish(t, js, late, workertest.Recheck("web-1", "r", 0))
	schedule(t, js, "web-1", time.Now().Add(-time.Minute))
	workertest.Applied(t, js)
	workertest.Eventually(t, "the schedule has fired", func() bool { return workertest.State(t, js, messages.StreamLater).LastSeq >= 3 })
	workertest.NoneDue(t, js)
	if published = workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...); len(published.Changed) != 2 {
		t.Errorf("revisions %d", published.Revisions())
	}

	back := workertest.Scan("web-1", 10, workertest.Package("openssl", "3.0.2"))
	after := workertest.Run("web-1", 11, workertest.Outcome("curl", "7.1", messages.ResultFailed))
	events = append(events, back, after)
	workertest.Publish(t, js, back, after)
	workertest.Applied(t, js)
	published = workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	if len(published.Changed) != 4 {
		t.Fatalf("revisions %d", published.Revisions())
	}
	if c := published.Changed[2]; !c.Initial || c.Status.From != messages.Retired || c.Status.To != messages.Compliant {
		t.Errorf("the change of the return: %+v", c.Head)
	}
	if c := published.Changed[3]; c.Initial || c.Status.To != messages.NonCompliant {
		t.Errorf("the change after it: %+v", c.Head)
	}
}

func TestARetirementOfAnUnknownHostMakesNoRecord(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	workertest.Publish(t, js, workertest.Retire("nobody", 5))
	workertest.Applied(t, js)
	if stored := workertest.Stored(t, js, "nobody"); stored != nil {
		t.Errorf("record %+v", stored)
	}
	scan := workertest.Scan("nobody", 1, workertest.Package("openssl", "3.0.2"))
	workertest.Publish(t, js, scan) // it was never known, so nothing of it is over
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "nobody", builtin, time.Now(), scan)
}

// What other programs put on a host goes with it, and what they put once it is back stays.
func TestARetirementRemovesWhatOtherProgramsPutOnTheHost(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	workertest.Publish(t, js, story("web-1")[0])
	workertest.Applied(t, js)
	store := items.NewStore(js)
	for _, l := range []items.List{{Type: "Custom:before", PutAt: workertest.At(4)}, {Type: "Custom:after", PutAt: workertest.At(6)}} {
		l.Items = []items.Item{{ID: "a"}}
		if _, err := store.Put(t.Context(), "web-1", l, items.Complete); err != nil {
			t.Fatal(err)
		}
	}
	workertest.Publish(t, js, workertest.Retire("web-1", 5))
	workertest.Applied(t, js)
	lists, err := store.Lists(t.Context(), "web-1")
	if err != nil || len(lists) != 1 || lists[0].Type != "Custom:after" {
		t.Errorf("%+v, %v", lists, err)
	}
}
