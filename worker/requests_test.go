//go:build unix

package worker_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/workertest"
)

// What an event asks of JetStream is most of what it costs: whatever asks more should know it. Each is of a host that the worker has not
// in its cache.
func TestWhatAnEventAsksOfTheServer(t *testing.T) {
	t.Parallel()
	const (
		getRecord = "$JS.API.DIRECT.GET.KV_PATCH_HOSTS.$KV.PATCH_HOSTS"
		getScan   = "$JS.API.DIRECT.GET.KV_PATCH_SCANS.$KV.PATCH_SCANS"
		putScan   = "$KV.PATCH_SCANS"
		markScan  = "$KV.PATCH_SCANS: DEL"
		putRecord = "$KV.PATCH_HOSTS"
		newest    = "$JS.API.STREAM.MSG.GET.KV_PATCH_HOSTS: $KV.PATCH_HOSTS"
		look      = "$JS.API.STREAM.MSG.GET.PATCH_CHANGES: "
		ack       = "$JS.ACK.PATCH_EVENTS: +ACK"
	)
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	workertest.Streams(t, js, time.Minute)
	start(t, s, withoutCache, func(c *worker.Config) { c.Twice, c.CheckEvery = nil, time.Hour })
	h := &benchHost{"web-1", 300}
	unchanged := h.full(2)
	unchanged.ID, unchanged.TakenAt = "unchanged", workertest.At(5)
	unchanged.Unchanged, unchanged.Packages, unchanged.Origins = true, nil, nil
	asks := requestsOf(t, js, h.name)
	for _, c := range []struct {
		name  string
		event messages.Event
		want  []string
	}{
		{"the first scan", h.full(0), []string{getRecord, look + "patch.*", "patch.later", putScan, putRecord, "patch.changed", "patch.status", ack}},
		{"a full scan, after a change of status", h.full(1), []string{getRecord, look + "patch.status", getScan, putScan, putRecord, markScan, "patch.changed", ack}},
		{"a full scan, after another change", h.full(2), []string{getRecord, look + "patch.changed", getScan, putScan, putRecord, markScan, "patch.changed", ack}},
		{"an unchanged scan, after a change", unchanged, []string{getRecord, look + "patch.changed", putRecord, ack}},
		{"a recheck with nothing new", workertest.Recheck(h.name, "again", 0), []string{newest, ack}},
		{"a failed run", workertest.Run(h.name, 6, workertest.Outcome("none", "1", messages.ResultFailed)), []string{getRecord, getScan, putRecord, "patch.changed", "patch.status", ack}},
	} {
		workertest.Publish(t, js, c.event)
		if diff := cmp.Diff(c.want, asks()); diff != "" {
			t.Errorf("%s (-want +asked):\n%s", c.name, diff)
		}
	}
}

// requestsOf returns what gives the requests for one event of a host, once it is acknowledged: their subjects, without the host and what
// follows it, and what a payload says that is none of ours.
func requestsOf(t *testing.T, js jetstream.JetStream, host string) func() []string {
	t.Helper()
	asked := make(chan string, 100)
	ofHost := regexp.MustCompile(`(\.\d+)?\.` + host + `(\..*)?$`)
	note := func(m *nats.Msg) {
		subject := ofHost.ReplaceAllString(m.Subject, "")
		switch _, _, err := messages.ParseSubject(m.Subject); {
		case strings.HasPrefix(m.Reply, "$JS.ACK."), err == nil: // what a consumer delivers, and the event
		case strings.HasPrefix(m.Subject, "$JS.ACK."):
			asked <- strings.Join(strings.Split(m.Subject, ".")[:3], ".") + ": " + string(m.Data)
		case strings.HasPrefix(m.Subject, "$JS.API.STREAM.MSG.GET."):
			var get struct {
				Last string `json:"last_by_subj"`
				Next string `json:"next_by_subj"`
			}
			if json.Unmarshal(m.Data, &get) == nil && strings.HasSuffix(get.Last+get.Next, host) {
				asked <- m.Subject + ": " + ofHost.ReplaceAllString(get.Last+get.Next, "")
			}
		case subject == m.Subject: // of no host
		case m.Header.Get("KV-Operation") != "":
			asked <- subject + ": " + m.Header.Get("KV-Operation")
		default:
			asked <- subject
		}
	}
	if _, err := js.Conn().Subscribe(">", note); err != nil {
		t.Fatal(err)
	}
	if err := js.Conn().Flush(); err != nil {
		t.Fatal(err)
	}
	return func() (all []string) {
		for {
			request := workertest.Wait(t, "an acknowledgement", asked)
			all = append(all, request)
			if strings.HasPrefix(request, "$JS.ACK.") {
				return all
			}
		}
	}
}
