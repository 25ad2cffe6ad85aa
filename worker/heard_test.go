package worker_test

import (
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/workertest"
)

// The scan is of two months ago by the host's own clock, and came just now. What operators say is no word of the host's.
func TestARecordNamesWhenTheServerHeardTheHost(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	set := prepare(t, js)
	start(t, s, withoutCache)
	scan := workertest.Scan("web-1", 1, workertest.Package("curl", "7.1", "7.2"))
	before := time.Now().Add(-time.Second)
	workertest.Publish(t, js, scan)
	workertest.Applied(t, js)
	heard := workertest.Stored(t, js, "web-1").Heard
	if heard.Before(before) || heard.After(time.Now().Add(time.Second)) {
		t.Fatalf("heard at %s, and the scan came after %s", heard, before)
	}
	workertest.Publish(t, js, workertest.Override("web-1", 2, "curl.amd64", messages.Installed), workertest.Recheck("web-1", "r", 0))
	workertest.Applied(t, js)
	if r := workertest.Stored(t, js, "web-1"); !r.Heard.Equal(heard) || len(r.Facts.Overrides) != 1 {
		t.Errorf("heard at %s after an override, and at %s before", r.Heard, heard)
	}

	// What says nothing new costs no write within the hour, and one after it.
	long := heard.Add(-2 * time.Hour)
	for name, c := range map[string]struct{ noted, want time.Time }{"within the hour": {heard.Add(-time.Minute), heard.Add(-time.Minute)}, "after it": {long, time.Time{}}} {
		rewrite(t, js, set, "web-1", func(r *record.Record) { r.Heard = c.noted })
		workertest.Publish(t, js, scan)
		workertest.Applied(t, js)
		got := workertest.Stored(t, js, "web-1").Heard
		if want := c.want; !want.IsZero() && !got.Equal(want) || want.IsZero() && got.Before(heard) {
			t.Errorf("%s: heard at %s", name, got)
		}
	}
	if published := workertest.ReadChanges(t, js)["web-1"]; len(published.Changed) != 2 {
		t.Errorf("revisions %d", published.Revisions())
	}
}
