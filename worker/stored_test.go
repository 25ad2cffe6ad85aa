package worker_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify/classifytest"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/workertest"
)

// storedHost is a host of testdata/store-version-3.json, the bucket of hosts as a worker of 28 November 2026 has left it: a host
// of each family, with outcomes that no scan confirms yet and overrides, and debian-1, of which it published nothing any more.
type storedHost struct {
	Host, Summary string
	Record        []byte
	Report        any // as query read it then, in JSON
}

// storedAt is the time as of which that was.
var storedAt = classifytest.At(100)

// storeOfVersion3 puts that bucket onto a server.
func storeOfVersion3(t *testing.T, js jetstream.JetStream) []storedHost {
	t.Helper()
	prepare(t, js)
	text, err := os.ReadFile("testdata/store-version-3.json")
	if err != nil {
		t.Fatal(err)
	}
	var hosts []storedHost
	if err := json.Unmarshal(text, &hosts); err != nil {
		t.Fatal(err)
	}
	for _, h := range hosts {
		workertest.Send(t, js, &nats.Msg{
			Subject: messages.KeySubject(messages.BucketHosts, h.Host), Data: h.Record, Header: nats.Header{messages.HeaderSummary: {h.Summary}},
		})
	}
	return hosts
}

// asStored fails the test where a host is not what it was.
func asStored(t *testing.T, js jetstream.JetStream, hosts []storedHost) {
	t.Helper()
	fleet, err := query.Open(t.Context(), js, storedAt)
	if err != nil {
		t.Fatal(err)
	}
	for _, was := range hosts {
		is, err := fleet.Host(t.Context(), was.Host)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(was.Report, throughJSON(t, is.Report)); diff != "" {
			t.Errorf("%s (-as it was stored +read):\n%s", was.Host, diff)
		}
	}
}

func throughJSON(t *testing.T, v any) (out any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAStoreOfTheVersionBeforeIsReadAndConvertedAsHostsAreWritten(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	hosts := storeOfVersion3(t, js)
	asStored(t, js, hosts)
	pending := make(map[string]bool)
	for _, h := range hosts {
		pending[h.Host] = workertest.Stored(t, js, h.Host).Outbox != nil
	}
	start(t, s, func(c *worker.Config) {
		c.Now = func() time.Time { return storedAt }
		c.Stored = func(time.Time) time.Time { return storedAt }
	})
	for _, h := range hosts { // the baselines are of another bucket now: each is classified again, and written
		workertest.Publish(t, js, workertest.Recheck(h.Host, "r", 0))
	}
	workertest.Applied(t, js)
	for _, h := range hosts {
		if h.Host == "rhel.example.org" { // the dates of lists that carry nothing newer than what is installed count since then
			h.Report.(map[string]any)["about"].(map[string]any)["security_lists_at"] = "2026-11-20T09:00:00Z"
		}
	}
	asStored(t, js, hosts)
	named := make(map[string]bool)
	for _, h := range hosts {
		e, err := hostsBucket(t, js).Get(t.Context(), h.Host)
		if err != nil {
			t.Fatal(err)
		}
		r, err := record.Decode(e.Value())
		if err != nil || r.Facts.Full == nil || len(r.Facts.Full.Scan.Packages) > 0 {
			t.Fatalf("%s was not written anew, without its packages: %v", h.Host, err)
		}
		named[messages.KeySubject(messages.BucketScans, h.Host+"."+hex.EncodeToString(r.Facts.Full.Sum[:]))] = true
	}
	for subject := range scansStored(t, js) {
		delete(named, subject)
	}
	if len(named) > 0 {
		t.Errorf("these scans are named and not stored: %v", named)
	}
	published := workertest.ReadChanges(t, js)
	for _, h := range hosts {
		want := []uint64(nil)
		if pending[h.Host] {
			want = []uint64{workertest.Stored(t, js, h.Host).Revision}
		}
		if diff := cmp.Diff(want, published[h.Host].Revisions()); diff != "" {
			t.Errorf("what was published of %s (-pending +published):\n%s", h.Host, diff)
		}
	}
	if len(published) < 4 {
		t.Errorf("of %d hosts only %d had something to be published", len(hosts), len(published))
	}
}
