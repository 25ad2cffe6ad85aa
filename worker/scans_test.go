package worker_test

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/workertest"
)

// A full scan is stored beside the record that names it. Either may be lost, or be there without the other.

const scansStream = "KV_" + messages.BucketScans

// scanSubject is where a full scan is stored.
func scanSubject(e messages.Event) string {
	sum := messages.ContentSum(e)
	return messages.KeySubject(messages.BucketScans, e.HostName()+"."+hex.EncodeToString(sum[:]))
}

// scansStored returns the subjects of the full scans that are stored, without those of which only a mark is left.
func scansStored(t *testing.T, js jetstream.JetStream) map[string]uint64 {
	t.Helper()
	stored := make(map[string]uint64)
	for _, m := range workertest.ReadAll(t, js, scansStream) {
		if m.Header.Get("KV-Operation") == "" {
			stored[m.Subject] = m.Sequence
		}
	}
	return stored
}

// onlyScans waits until the full scans of these events are stored and no others.
func onlyScans(t *testing.T, js jetstream.JetStream, of ...messages.Event) {
	t.Helper()
	want := make(map[string]bool)
	for _, e := range of {
		want[scanSubject(e)] = true
	}
	var got map[string]bool
	workertest.Eventually(t, "the scans that records name", func() bool {
		got = make(map[string]bool)
		for subject := range scansStored(t, js) {
			got[subject] = true
		}
		return cmp.Equal(want, got)
	})
}

// loseScan takes a stored full scan out of the bucket, as a restore of a part does, and returns it.
func loseScan(t *testing.T, js jetstream.JetStream, e messages.Event) *nats.Msg {
	t.Helper()
	stream, err := js.Stream(t.Context(), scansStream)
	if err != nil {
		t.Fatal(err)
	}
	m, err := stream.GetLastMsgForSubject(t.Context(), scanSubject(e))
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Purge(t.Context(), jetstream.WithPurgeSubject(m.Subject)); err != nil {
		t.Fatal(err)
	}
	return &nats.Msg{Subject: m.Subject, Data: m.Data}
}

// askedForScan reports whether a host is asked for a full scan.
func askedForScan(t *testing.T, js jetstream.JetStream, host string) bool {
	t.Helper()
	stream, err := js.Stream(t.Context(), messages.StreamResend)
	if err != nil {
		t.Fatal(err)
	}
	_, err = stream.GetLastMsgForSubject(t.Context(), messages.ResendSubject(host))
	return err == nil
}

func TestTheScanThatARecordNamesIsStoredAndTheOneOfBeforeIsRemoved(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	events := story("web-1")
	other := workertest.Scan("db.example.org", 1, workertest.Package("curl", "1"))
	workertest.Publish(t, js, events[0], other)
	workertest.Applied(t, js)
	onlyScans(t, js, events[0], other)
	workertest.Publish(t, js, events[1:]...)
	workertest.Applied(t, js)
	onlyScans(t, js, events[2], other)
	for _, m := range workertest.ReadAll(t, js, scansStream) {
		if m.Header.Get("KV-Operation") != "" && m.Header.Get(jetstream.MsgTTLHeader) == "" {
			t.Errorf("the mark at %s stays for ever", m.Subject)
		}
	}
}

// An unchanged scan and a recheck with nothing new need no list of packages.
func TestWhatJudgesNoPackageReadsNoScan(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	prepare(t, js)
	start(t, s, withoutCache, func(c *worker.Config) { c.Twice = nil })
	full := workertest.Scan("web-1", 1, workertest.Package("openssl", "1", "2"))
	full.Hash = "h"
	workertest.Publish(t, js, full)
	workertest.Applied(t, js)
	direct := asked(t, js, "$JS.API.DIRECT.GET."+scansStream+".>")
	same := workertest.Scan("web-1", 2)
	same.Hash, same.Unchanged, same.Packages, same.Origins = "h", true, nil, nil
	workertest.Publish(t, js, same, workertest.Recheck("web-1", "r", 0))
	workertest.Applied(t, js)
	if len(direct) != 0 {
		t.Errorf("the scan was read %d times", len(direct))
	}
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), full, same)
}

// What a crash left behind may be named by the next worker: it is stored again, so that whoever looked at it before removes nothing.
func TestAScanThatACrashLeftBehindIsStoredAgainBeforeItIsNamed(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	first := startMortal(t, s, worker.StepRecord, 1)
	events := story("web-1")
	workertest.Publish(t, js, events[0])
	first.wait(t)
	left := scansStored(t, js)[scanSubject(events[0])]
	start(t, s)
	workertest.Applied(t, js)
	if now := scansStored(t, js)[scanSubject(events[0])]; left == 0 || now <= left {
		t.Errorf("it was left at %d, and is named at %d", left, now)
	}
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events[0])
}

func TestAScanThatWasStoredThoughTheAnswerWasLostIsNamed(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	prepare(t, js)
	metrics := prometheus.NewRegistry()
	st := newSteps()
	w := start(t, s, st.config, func(c *worker.Config) { c.Metrics, c.Timeout = metrics, 3*time.Second })
	st.on(worker.StepScan, first(func(string) { w.link.Hold() }))
	events := story("web-1")
	workertest.Publish(t, js, events[0])
	workertest.Eventually(t, "the time-out", func() bool { return counter(t, metrics, "patchstream_events_total", "result", "again") > 0 })
	w.link.Release()
	workertest.Publish(t, js, events[1:]...)
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
}

// checkLost holds that a host whose full scan is lost is UNKNOWN for want of one, asked for another, and counts on.
func checkLost(t *testing.T, js jetstream.JetStream) {
	t.Helper()
	if n := len(deadLetters(t, js)); n != 0 {
		t.Errorf("%d dead letters", n)
	}
	published := workertest.ReadChanges(t, js)["web-1"]
	workertest.CheckNumbers(t, published)
	if last := published.Changed[len(published.Changed)-1]; last.Status.To != messages.Unknown {
		t.Errorf("published last: %+v", last.Head)
	}
	r := workertest.Stored(t, js, "web-1")
	if r.Report.Status != messages.Unknown || r.Report.Reasons[0] != classify.NoCompleteScan || len(r.Report.Patches) != 0 || r.Facts.Full != nil {
		t.Errorf("stored: %s for %q", r.Report.Status, r.Report.Reasons)
	}
	if !askedForScan(t, js, "web-1") {
		t.Error("no full scan is asked for")
	}
}

func TestAHostWhoseScanIsLostIsUnknownAndAskedForAnother(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*testing.T, jetstream.JetStream, messages.Event){
		"gone": func(t *testing.T, js jetstream.JetStream, e messages.Event) { loseScan(t, js, e) },
		"removed by hand": func(t *testing.T, js jetstream.JetStream, e messages.Event) {
			mark := nats.NewMsg(scanSubject(e))
			mark.Header.Set("KV-Operation", "DEL")
			workertest.Send(t, js, mark)
		},
		"damaged": func(t *testing.T, js jetstream.JetStream, e messages.Event) {
			m := loseScan(t, js, e)
			m.Data = m.Data[:len(m.Data)/2]
			workertest.Send(t, js, m)
		},
		"another's": func(t *testing.T, js jetstream.JetStream, e messages.Event) {
			m := loseScan(t, js, e)
			m.Data = []byte("no scan")
			workertest.Send(t, js, m)
		},
	} {
		for kept, config := range map[string]func(*worker.Config){"cached": func(*worker.Config) {}, "not cached": withoutCache} {
			t.Run(name+", "+kept, func(t *testing.T) {
				t.Parallel()
				s := workertest.Server(t)
				js := workertest.JetStream(t, s)
				start(t, s, config, func(c *worker.Config) { c.Twice = nil })
				compliant := workertest.Scan("web-1", 1, workertest.Package("openssl", "3.0.2"))
				workertest.Publish(t, js, compliant)
				workertest.Applied(t, js)
				if status := workertest.Stored(t, js, "web-1").Report.Status; status != messages.Compliant {
					t.Fatalf("before: %s", status)
				}
				lose(t, js, compliant)
				// A run has the package judged again.
				run := workertest.Run("web-1", 2, workertest.Outcome("openssl", "3.0.3", messages.ResultInstalled))
				workertest.Publish(t, js, run)
				workertest.Applied(t, js)
				checkLost(t, js)
				again := workertest.Scan("web-1", 3, workertest.Package("openssl", "3.0.3"))
				workertest.Publish(t, js, again)
				workertest.Applied(t, js)
				workertest.Eventually(t, "that nothing is asked for any more", func() bool { return !askedForScan(t, js, "web-1") })
				published := workertest.ReadChanges(t, js)["web-1"]
				workertest.CheckNumbers(t, published)
				if r := workertest.Stored(t, js, "web-1"); r.Report.Status != messages.Compliant || r.Revision != published.Changed[len(published.Changed)-1].Revision {
					t.Errorf("after another scan: %s at %d", r.Report.Status, r.Revision)
				}
				if scansStored(t, js)[scanSubject(again)] == 0 {
					t.Error("the other scan is not stored")
				}
			})
		}
	}
}

// A full scan is compared with the one before where that is there; where it is not, all is judged.
func TestAFullScanNeedsNotTheOneBefore(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s, withoutCache)
	events := story("web-1")
	workertest.Publish(t, js, events[0])
	workertest.Applied(t, js)
	loseScan(t, js, events[0])
	workertest.Publish(t, js, events[2])
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events[0], events[2])
	if askedForScan(t, js, "web-1") {
		t.Error("a full scan came, and is asked for")
	}
}

// A worker that dies after it has asked for a full scan asks again, and one that dies before loses nothing.
func TestALostScanIsAskedForWhereverAWorkerDies(t *testing.T) {
	t.Parallel()
	for _, step := range []worker.Step{worker.StepCommit, worker.StepCommitted, worker.StepAcknowledge} {
		t.Run(string(step), func(t *testing.T) {
			t.Parallel()
			s := workertest.Server(t)
			js := workertest.JetStream(t, s)
			silent := func(c *worker.Config) { c.Twice = nil }
			w := start(t, s, silent)
			scan := workertest.Scan("web-1", 1, workertest.Package("openssl", "3.0.2"))
			workertest.Publish(t, js, scan)
			workertest.Applied(t, js)
			w.end(t)
			loseScan(t, js, scan)
			dead := startMortal(t, s, step, 1, silent)
			workertest.Publish(t, js, workertest.Run("web-1", 2, workertest.Outcome("openssl", "3.0.3", messages.ResultInstalled)))
			dead.wait(t)
			start(t, s, silent)
			workertest.Applied(t, js)
			checkLost(t, js)
		})
	}
}

// The record that a worker has cached is not the newest, and its scan is removed: the newest is asked for, and nothing is lost.
func TestAScanThatAnOlderRecordNamesIsNotMissed(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	set := prepare(t, js)
	steps := newSteps()
	entered, leave := make(chan struct{}), make(chan struct{})
	steps.on(worker.StepMerge, first(func(string) { close(entered); <-leave }))
	events := story("web-1")
	w := start(t, s)
	workertest.Publish(t, js, events[0])
	workertest.Applied(t, js)
	w.end(t)
	start(t, s, steps.config)
	workertest.Publish(t, js, events[1])
	<-entered // it has loaded the record, and needs its scan next
	rewrite(t, js, set, "web-1", func(r *record.Record) { r.Facts.Add(events[2], messages.ContentSum(events[2])) })
	loseScan(t, js, events[0])
	close(leave)
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	if askedForScan(t, js, "web-1") {
		t.Error("a full scan is asked for")
	}
}

// A replica that lags has no scan yet that the leader has.
func TestAScanThatAReplicaDoesNotHaveIsTheLeaders(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	prepare(t, js)
	noDirectGets(t, js, scansStream)
	if _, err := js.Conn().Subscribe("$JS.API.DIRECT.GET."+scansStream+".>", func(m *nats.Msg) {
		if err := m.RespondMsg(&nats.Msg{Header: nats.Header{"Status": {"404"}}}); err != nil {
			t.Error(err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	start(t, s)
	events := story("web-1")
	for _, e := range events {
		workertest.Publish(t, js, e)
		workertest.Applied(t, js)
	}
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
}

// An operator's bucket may refuse direct gets: then nobody answers them.
func TestScansAreReadWhereNobodyAnswersDirectGets(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	prepare(t, js)
	noDirectGets(t, js, scansStream)
	start(t, s)
	events := story("web-1")
	for _, e := range events {
		workertest.Publish(t, js, e)
		workertest.Applied(t, js)
	}
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
}

func noDirectGets(t *testing.T, js jetstream.JetStream, stream string) {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	config := s.CachedInfo().Config
	config.AllowDirect = false
	if _, err := js.UpdateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
}

// days has a worker live so many days later, for its sweep.
func days(n int) func(*worker.Config) {
	return func(c *worker.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(n) * 24 * time.Hour) }
	}
}

func TestASweepRemovesScansThatNoRecordNamesOnceTheyAreADayOld(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	dead := startMortal(t, s, worker.StepRemove, 1)
	events := story("web-1")
	workertest.Publish(t, js, events...)
	dead.wait(t)
	live := start(t, s)
	workertest.Applied(t, js)
	// Others that nobody names: of a host that has no record, of one whose record is newer than this version, and what is no scan's key.
	unknown, unreadable := workertest.Scan("nobody", 1), workertest.Scan("later", 1)
	for _, subject := range []string{scanSubject(unknown), scanSubject(unreadable), messages.KeySubject(messages.BucketScans, "web-1.notes")} {
		workertest.Send(t, js, &nats.Msg{Subject: subject, Data: []byte("x")})
	}
	if _, err := hostsBucket(t, js).Put(t.Context(), "later", []byte("\x81\xa1v\x63")); err != nil {
		t.Fatal(err)
	}
	live.end(t)
	if n := len(scansStored(t, js)); n != 5 {
		t.Fatalf("%d scans are stored", n)
	}
	start(t, s).end(t) // too early: some worker may be about to name them
	if n := len(scansStored(t, js)); n != 5 {
		t.Fatalf("%d scans are left of those that are seconds old", n)
	}
	start(t, s, days(2))
	workertest.Eventually(t, "that the unnamed are gone", func() bool {
		stored := scansStored(t, js)
		return len(stored) == 3 && stored[scanSubject(events[2])] != 0 && stored[scanSubject(unreadable)] != 0
	})
}

func TestASweepAsksForScansThatAreLostAndARestoreHealsThem(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	w := start(t, s)
	events := story("web-1")
	workertest.Publish(t, js, events[0])
	workertest.Applied(t, js)
	w.end(t)
	lost := loseScan(t, js, events[0])
	start(t, s)
	workertest.Eventually(t, "that a full scan is asked for", func() bool { return askedForScan(t, js, "web-1") })
	if r := workertest.ReadChanges(t, js)["web-1"].Revisions(); len(r) != 1 {
		t.Errorf("revisions %d: nothing was judged", r)
	}
	workertest.Send(t, js, lost)
	workertest.Publish(t, js, events[1])
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events[0], events[1])
}

// A bucket of scans that is gone for a while counts against no event, and against no host.
func TestWithoutTheBucketOfScansEventsWait(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	set := prepare(t, js)
	metrics := prometheus.NewRegistry()
	start(t, s, func(c *worker.Config) { c.Metrics = metrics })
	events := story("web-1")
	workertest.Publish(t, js, events[0])
	workertest.Applied(t, js)
	stream, err := js.Stream(t.Context(), scansStream)
	if err != nil {
		t.Fatal(err)
	}
	config := stream.CachedInfo().Config
	if err := js.DeleteStream(t.Context(), scansStream); err != nil {
		t.Fatal(err)
	}
	workertest.Publish(t, js, events[2])
	workertest.Eventually(t, "that it has to come again", func() bool { return counter(t, metrics, "patchstream_events_total", "result", "again") > 0 })
	if r := newest(t, js, set, "web-1"); r.Revision != 1 || r.Report.Status != messages.NonCompliant {
		t.Errorf("without the bucket: %+v", r)
	}
	if _, err := js.CreateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events[0], events[2])
}
