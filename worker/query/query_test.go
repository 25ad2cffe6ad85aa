package query_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/workertest"
)

// store keeps the record that a worker would have made of events.
func store(t *testing.T, js jetstream.JetStream, kv jetstream.KeyValue, host string, events ...messages.Event) *record.Record {
	t.Helper()
	r := &record.Record{Revision: 3, CommittedAt: time.Now().UTC().Truncate(time.Second)}
	for _, e := range events {
		r.Facts.Add(e, messages.ContentSum(e))
	}
	r.Report = new(classify.Library).Judge(host, &r.Facts, time.Now().UTC())
	workertest.Put(t, kv, js, host, r)
	return r
}

// Silence goes by the server's clock. Where an older worker has not noted it, it goes by the host's.
func TestAHostIsSilentSinceTheServerHeardItLast(t *testing.T) {
	fleet, js, kv := open(t)
	now := time.Now().UTC().Truncate(time.Second)
	scan := workertest.Scan("web-1", 1, workertest.Package("curl", "7.1"))
	scan.TakenAt = now.Add(-40 * 24 * time.Hour)
	r := store(t, js, kv, "web-1", scan)
	for name, heard := range map[string]time.Time{"noted": now.Add(-time.Hour), "by an older worker": {}} {
		r.Heard = heard
		workertest.Put(t, kv, js, "web-1", r)
		var one query.HostView
		if err := fleet.All(t.Context(), func(h *query.Host) error { one = h.HostView(); return nil }); err != nil {
			t.Fatal(err)
		}
		h, err := fleet.Host(t.Context(), "web-1")
		if err != nil {
			t.Fatal(err)
		}
		want := heard
		if heard.IsZero() {
			want = scan.TakenAt
		}
		for _, v := range []query.HostView{one, h.HostView()} {
			if !v.HeardAt.Equal(want) || !v.EventAt.Equal(scan.TakenAt) || v.SilentSince(now.Add(-24*time.Hour)) != heard.IsZero() {
				t.Errorf("%s: heard at %s, its event is of %s", name, v.HeardAt, v.EventAt)
			}
		}
	}
}

func open(t *testing.T) (*query.Fleet, jetstream.JetStream, jetstream.KeyValue) {
	t.Helper()
	js, kv := buckets(t)
	return at(t, js, time.Now()), js, kv
}

// buckets makes those that are read, and returns that of the hosts.
func buckets(t *testing.T) (jetstream.JetStream, jetstream.KeyValue) {
	t.Helper()
	js := workertest.JetStream(t, workertest.Server(t))
	return js, workertest.Streams(t, js, time.Minute).Hosts
}

// at is the fleet as of a time.
func at(t *testing.T, js jetstream.JetStream, now time.Time) *query.Fleet {
	t.Helper()
	fleet, err := query.Open(t.Context(), js, now)
	if err != nil {
		t.Fatal(err)
	}
	return fleet
}

func TestAHostIsItsStoredReportAndItsOverrides(t *testing.T) {
	t.Parallel()
	fleet, js, kv := open(t)
	withdrawn := workertest.Override("web.example.org", 3, "curl.amd64", "")
	withdrawn.Withdraw = true
	stands := workertest.Override("web.example.org", 2, "openssl.amd64", messages.Installed)
	r := store(t, js, kv, "web.example.org", workertest.Scan("web.example.org", 1, workertest.Package("openssl", "1", "2")), stands, withdrawn)
	h, err := fleet.Host(t.Context(), "web.example.org")
	if err != nil {
		t.Fatal(err)
	}
	want := &query.Host{Report: r.Report, Revision: 3, CommittedAt: r.CommittedAt, Overrides: []messages.Override{*stands}, Listed: r.Facts.Full.Scan}
	if diff := cmp.Diff(want, h); diff != "" {
		t.Error(diff)
	}
}

// What time alone has changed is seen by whoever asks, one host or all: nobody has to wait for the host's next event.
func TestAnOverrideThatExpiredNoLongerStands(t *testing.T) {
	t.Parallel()
	js, kv := buckets(t)
	accepted := workertest.Override("web-1", 2, "openssl.amd64", messages.Installed)
	accepted.ExpiresAt = time.Now().Add(time.Hour)
	r := store(t, js, kv, "web-1", workertest.Scan("web-1", 1, workertest.Package("openssl", "1", "2")), accepted)
	if r.Report.Status != messages.Compliant {
		t.Fatalf("before: %s", r.Report)
	}
	for after, want := range map[time.Duration]messages.HostStatus{59 * time.Minute: messages.Compliant, time.Hour: messages.NonCompliant} {
		fleet := at(t, js, time.Now().Add(after))
		one, err := fleet.Host(t.Context(), "web-1")
		if err != nil {
			t.Fatal(err)
		}
		if err := fleet.All(t.Context(), func(h *query.Host) error {
			if h.Report.Status != want {
				t.Errorf("All, after %s: %s", after, h.Report)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if one.Report.Status != want {
			t.Errorf("Host, after %s: %s", after, one.Report)
		}
		if item := one.Report.Patches[0]; item.State == messages.Missing && !item.Since.Equal(accepted.ExpiresAt) {
			t.Errorf("%s since %s, the override expired at %s", item.State, item.Since, accepted.ExpiresAt)
		}
	}
}

// A host that fell silent says so, red or not, since the moment at which it was silent for too long.
func TestASilentHostIsScanOldAtAnyStatus(t *testing.T) {
	t.Parallel()
	js, kv := buckets(t)
	now := time.Now()
	scan := workertest.Scan("web-1", 1, workertest.Package("openssl", "1", "2"))
	scan.TakenAt = now.Add(-time.Hour)
	store(t, js, kv, "web-1", scan)
	for after, want := range map[time.Duration][]string{6 * 24 * time.Hour: {}, 7 * 24 * time.Hour: {classify.ScanOld}} {
		later := at(t, js, now.Add(after))
		h, err := later.Host(t.Context(), "web-1")
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Report.Codes(); !slices.Equal(got, want) || h.Report.Status != messages.NonCompliant || !slices.Equal(h.Report.Reasons, want) {
			t.Errorf("after %s: %s, conditions %q", after, h.Report, got)
		}
		for _, c := range h.Report.Conditions {
			if since := scan.TakenAt.Add(7 * 24 * time.Hour); !c.Since.Equal(since) || c.Detail != scan.TakenAt.UTC().Format(time.RFC3339) {
				t.Errorf("%+v, want since %s", c, since)
			}
		}
	}
}

// Two machines that share a name no longer are forgotten in time, by whoever asks.
func TestANameIsSharedNoLongerThanItsDaysCount(t *testing.T) {
	t.Parallel()
	js, kv := buckets(t)
	now := time.Now()
	var events []messages.Event
	for day := range 2 {
		for i, machine := range []string{"aa", "bb"} {
			scan := workertest.Scan("web-1", 10*day+i, workertest.Package("openssl", "1"))
			scan.TakenAt, scan.Machine = now.Add(-time.Duration(day)*24*time.Hour-time.Duration(i)*time.Second), machine
			scan.IndexAt = scan.TakenAt
			events = append(events, scan)
		}
	}
	store(t, js, kv, "web-1", events...)
	for days, want := range map[int][]string{0: {classify.NameShared}, 5: {classify.NameShared}, 9: {classify.ScanOld}} {
		later := at(t, js, now.Add(time.Duration(days)*24*time.Hour))
		h, err := later.Host(t.Context(), "web-1")
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Report.Codes(); !slices.Equal(got, want) {
			t.Errorf("after %d days: %q, want %q", days, got, want)
		}
		if err := later.All(t.Context(), func(h *query.Host) error {
			if got := h.Report.Codes(); !slices.Equal(got, want) {
				t.Errorf("all, after %d days: %q, want %q", days, got, want)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnUnknownHostIsToldFromAnIllegalName(t *testing.T) {
	t.Parallel()
	fleet, _, _ := open(t)
	if _, err := fleet.Host(t.Context(), "web-1"); !errors.Is(err, query.ErrUnknownHost) || !strings.Contains(err.Error(), "web-1") {
		t.Errorf("a host that never said anything: %v", err)
	}
	var field *messages.FieldError
	for _, name := range []string{"", "web 1", "*", "a..b", ">"} {
		if _, err := fleet.Host(t.Context(), name); !errors.As(err, &field) || field.Field != "host" {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestAllVisitsEveryHostOnceAndStopsAtAnError(t *testing.T) {
	t.Parallel()
	fleet, js, kv := open(t)
	if err := fleet.All(t.Context(), func(*query.Host) error { return errors.New("visited") }); err != nil {
		t.Errorf("an empty fleet: %v", err)
	}
	for _, host := range []string{"a", "b", "c", "gone"} {
		store(t, js, kv, host, workertest.Scan(host, 1, workertest.Package("openssl", "1", "2")))
	}
	if err := kv.Delete(t.Context(), "gone"); err != nil {
		t.Fatal(err)
	}
	var names []string
	if err := fleet.All(t.Context(), func(h *query.Host) error {
		names = append(names, h.Report.Host)
		if h.Report.Status != messages.NonCompliant || h.Revision != 3 {
			t.Errorf("%s", h.Report)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"a", "b", "c"}) {
		t.Errorf("%q", names)
	}
	enough := errors.New("enough")
	n := 0
	if err := fleet.All(t.Context(), func(*query.Host) error { n++; return enough }); !errors.Is(err, enough) || n != 1 {
		t.Errorf("%d visits, %v", n, err)
	}
}

func TestEachVisitsHostsInTheOrderAskedFor(t *testing.T) {
	t.Parallel()
	fleet, js, kv := open(t)
	asked := []string{"unknown"}
	for i := range 40 { // more than are read at a time
		host := fmt.Sprintf("h-%d", (i*7)%40)
		store(t, js, kv, host, workertest.Scan(host, 1, workertest.Package("openssl", "1", "2")))
		asked = append(asked, host)
	}
	if err := kv.Delete(t.Context(), asked[9]); err != nil {
		t.Fatal(err)
	}
	var names []string
	visit := func(h *query.Host) error { names = append(names, h.Report.Host); return nil }
	if err := fleet.Each(t.Context(), asked, visit); err != nil {
		t.Fatal(err)
	}
	if want := slices.Concat(asked[1:9], asked[10:]); !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	enough := errors.New("enough")
	n := 0
	if err := fleet.Each(t.Context(), asked, func(*query.Host) error { n++; return enough }); !errors.Is(err, enough) || n != 1 {
		t.Errorf("%d visits, %v", n, err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := fleet.Each(ended, asked, visit); !errors.Is(err, context.Canceled) {
		t.Errorf("after its context has ended: %v", err)
	}
}

func TestARecordOfANewerVersionIsAnErrorThatNamesTheHost(t *testing.T) {
	t.Parallel()
	fleet, _, kv := open(t)
	if _, err := kv.Put(t.Context(), "web-1", []byte("\x81\xa1v\x7f")); err != nil {
		t.Fatal(err)
	}
	if _, err := fleet.Host(t.Context(), "web-1"); err == nil || !strings.Contains(err.Error(), "web-1") {
		t.Errorf("Host: %v", err)
	}
	if err := fleet.All(t.Context(), func(*query.Host) error { return nil }); err == nil || !strings.Contains(err.Error(), "web-1") {
		t.Errorf("All: %v", err)
	}
}

func TestSaysToStartAWorkerWhereThereIsNoBucket(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	if _, err := query.Open(t.Context(), js, time.Now()); !errors.Is(err, query.ErrNoBucket) || !strings.Contains(err.Error(), "worker") {
		t.Errorf("Open: %v", err)
	}
}

// Classifying again needs the packages; where they are lost the host is not called compliant, nor anything else of which nobody knows.
func TestAHostWhoseScanIsLostIsNotCalledCompliantOnceAnOverrideEnds(t *testing.T) {
	t.Parallel()
	js, kv := buckets(t)
	accepted := workertest.Override("web-1", 2, "openssl.amd64", messages.Installed)
	accepted.ExpiresAt = time.Now().Add(time.Hour)
	store(t, js, kv, "web-1", workertest.Scan("web-1", 1, workertest.Package("openssl", "1", "2")), accepted)
	scans, err := js.Stream(t.Context(), messages.BucketStream(messages.BucketScans))
	if err != nil {
		t.Fatal(err)
	}
	if err := scans.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]messages.HostStatus{0: messages.Compliant, 2 * time.Hour: messages.Unknown} {
		fleet := at(t, js, time.Now().Add(after))
		h, err := fleet.Host(t.Context(), "web-1")
		if err != nil {
			t.Fatal(err)
		}
		all := 0
		if err := fleet.All(t.Context(), func(one *query.Host) error {
			if all++; one.Report.Status != want {
				t.Errorf("All, after %s: %s", after, one.Report)
			}
			return nil
		}); err != nil || all != 1 {
			t.Errorf("%d hosts, %v", all, err)
		}
		if h.Report.Status != want || (want == messages.Unknown) != slices.Contains(h.Report.Codes(), classify.NoCompleteScan) {
			t.Errorf("Host, after %s: %s for %q", after, h.Report, h.Report.Codes())
		}
	}
}
