package cli

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/workertest"
)

// step is an event of a host, and the conditions that stand once it is applied.
type step struct {
	event messages.Event
	codes []string
}

// conditionRow is a condition that comes to a host of its own and goes. It stands after the steps of comes.
type conditionRow struct {
	code        string
	comes, goes []step
}

// scanOf returns a scan with one package that is in order. The version makes it another one than that of another minute.
func scanOf(host string, minute int, edits ...func(*messages.Scan)) *messages.Scan {
	s := workertest.Scan(host, minute, workertest.Package("curl", fmt.Sprintf("1.%d", minute)))
	for _, edit := range edits {
		edit(s)
	}
	s.Hash = messages.ContentHash(s)
	return s
}

func failedScan(host string, minute int) *messages.Scan {
	s := workertest.Scan(host, minute)
	s.Complete, s.Error, s.Hash = false, "dpkg was interrupted", ""
	return s
}

func inGroup(name string) func(*messages.Scan) {
	return func(s *messages.Scan) { s.Tags = map[string]string{"Patch Group": name} }
}

// on gives a scan to a machine, and moves it to the noon of a day that is over.
func on(machine string, daysAgo, second int) func(*messages.Scan) {
	return func(s *messages.Scan) {
		noon := time.Now().UTC().Truncate(24 * time.Hour).Add(12 * time.Hour)
		s.Machine, s.TakenAt = machine, noon.AddDate(0, 0, -daysAgo).Add(time.Duration(second)*time.Second)
	}
}

// conditionRows are those of classification.md, section 1. Each host is called as its condition.
func conditionRows() []conditionRow {
	const long = 20 * 24 * time.Hour
	none := []string{}
	only := func(codes ...string) []string { return codes }
	onlyScanned := func(host string, minute int) *messages.Run {
		r := workertest.Run(host, minute)
		r.Operation = messages.OperationScan
		return r
	}
	pattern := func(code string, edits ...func(*messages.Scan)) conditionRow {
		return conditionRow{code,
			[]step{{scanOf(code, 1), none}, {scanOf(code, 2, edits...), only(code)}},
			[]step{{scanOf(code, 3), none}}}
	}
	rows := []conditionRow{
		pattern(classify.NoBaseline, inGroup("lost")),
		pattern(classify.UnsupportedSystem, func(s *messages.Scan) { s.OS.System = "FREEBSD" }),
		pattern(classify.NoSecuritySource, func(s *messages.Scan) { s.Origins[1].Unread, s.Origins[1].Trusted = true, false }),
		pattern(classify.SecurityListsOld, func(s *messages.Scan) { s.Origins[1].Date = s.TakenAt.Add(-long) }),
		pattern(classify.NoLists, inGroup("any"), func(s *messages.Scan) { s.Origins, s.Packages[0].Versions[0].Origins = nil, nil }),
		pattern(classify.ListsOld, func(s *messages.Scan) { s.IndexAt = s.TakenAt.Add(-long) }),
		pattern(classify.BaselineNotForProduct, inGroup("noble")),
		pattern(classify.RebootRequired, func(s *messages.Scan) { s.RebootRequired, s.RebootPackages = new(true), []string{"linux-base"} }),
	}
	reboot := &rows[len(rows)-1]
	booted := reboot.goes[0].event.(*messages.Scan)
	booted.BootID, booted.RebootRequired = "boot-2", new(false)

	const noScan, silent, superseded, shared = classify.NoCompleteScan, classify.ScanOld, classify.ScanSuperseded, classify.NameShared
	other := scanOf(superseded, 2)
	other.Unchanged, other.Hash, other.Packages = true, "another", nil
	failed := workertest.Run(classify.RunFailed, 2, workertest.Outcome("curl", "1.9", messages.ResultFailed))
	many := workertest.Run(classify.RecordFull, 2)
	many.FinishedAt = many.FinishedAt.AddDate(0, 0, -200)
	many.StartedAt = many.FinishedAt
	for i := range classify.MaxOutcomes {
		many.Outcomes = append(many.Outcomes, workertest.Outcome(fmt.Sprintf("p%d", i), "1", messages.ResultInstalled))
	}
	return append(rows,
		conditionRow{noScan, []step{{onlyScanned(noScan, 1), only(noScan)}}, []step{{scanOf(noScan, 2), none}}},
		conditionRow{silent,
			[]step{{onlyScanned(silent, 1), only(noScan)}, {scanOf(silent, 2, func(s *messages.Scan) { s.TakenAt = s.TakenAt.Add(-long) }), only(silent)}},
			[]step{{scanOf(silent, 3), none}}},
		conditionRow{superseded, []step{{scanOf(superseded, 1), none}, {other, only(superseded)}}, []step{{scanOf(superseded, 3), none}}},
		conditionRow{shared,
			[]step{
				{scanOf(shared, 1, on("aa", 2, 1)), none}, {scanOf(shared, 2, on("bb", 2, 2)), none},
				{scanOf(shared, 3, on("aa", 1, 1)), none}, {scanOf(shared, 4, on("bb", 1, 2)), only(shared)},
			},
			[]step{{workertest.Retire(shared, 5), none}, {scanOf(shared, 6), none}}},
		conditionRow{classify.ScanFailing,
			[]step{{scanOf(classify.ScanFailing, 1), none}, {failedScan(classify.ScanFailing, 2), only(classify.ScanFailing)}},
			[]step{{scanOf(classify.ScanFailing, 3), none}}},
		conditionRow{classify.RunFailed,
			[]step{{scanOf(classify.RunFailed, 1), none}, {failed, only(classify.RunFailed)}},
			[]step{{workertest.Run(classify.RunFailed, 3, workertest.Outcome("curl", "1.9", messages.ResultInstalled)), none}}},
		conditionRow{classify.RecordFull, // its outcomes are too old for a host that is scanned
			[]step{{onlyScanned(classify.RecordFull, 1), only(noScan)}, {many, only(noScan, classify.RecordFull)}},
			[]step{{scanOf(classify.RecordFull, 3), none}}},
	)
}

// subscriber follows one host by an ordinary consumer.
type subscriber struct {
	js       jetstream.JetStream
	consumer jetstream.Consumer
}

func subscribe(t *testing.T, js jetstream.JetStream, host string) *subscriber {
	t.Helper()
	c, err := js.CreateConsumer(t.Context(), messages.StreamChanges, jetstream.ConsumerConfig{
		FilterSubject: messages.ChangedSubject(host), AckPolicy: jetstream.AckNonePolicy,
		InactiveThreshold: time.Hour, // it waits for its turn among parallel tests
	})
	if err != nil {
		t.Fatal(err)
	}
	return &subscriber{js, c}
}

// play publishes the events one after the other. Each makes one change, which has the conditions of its step.
func (s *subscriber) play(t *testing.T, steps []step) {
	t.Helper()
	for _, step := range steps {
		workertest.Publish(t, s.js, step.event)
		m, err := s.consumer.Next(jetstream.FetchMaxWait(patience))
		if err != nil {
			t.Fatalf("after %s %s: %v", step.event.Kind(), step.event.EventID(), err)
		}
		c, err := messages.DecodeChanged(m.Data(), messages.EncodingOf(m.Headers()))
		if err != nil {
			t.Fatal(err)
		}
		if c.Cause.ID != step.event.EventID() {
			t.Errorf("revision %d rests on %s, not on %s", c.Revision, c.Cause.ID, step.event.EventID())
		}
		if got := codesOf(c.Conditions); !slices.Equal(got, step.codes) {
			t.Errorf("after %s %s: %q, want %q", step.event.Kind(), step.event.EventID(), got, step.codes)
		}
	}
}

func codesOf(conditions []messages.Condition) []string {
	codes := []string{}
	for _, c := range conditions {
		codes = append(codes, c.Code)
	}
	return codes
}

// knowing starts a server whose worker knows the baselines of the rows.
func knowing(t *testing.T) (*server, jetstream.JetStream) {
	t.Helper()
	s := serve(t, t.TempDir())
	js := s.jetstream(t)
	for name, filter := range map[string]string{"lost": "*", "any": "*", "noble": "Ubuntu24.04"} {
		text := fmt.Sprintf(`{"Name":%[1]q,"BaselineId":%[1]q,"OperatingSystem":"UBUNTU","ApprovalRules":{"PatchRules":[{"EnableNonSecurity":true,`+
			`"PatchFilterGroup":{"PatchFilters":[{"Key":"PRODUCT","Values":[%[2]q]}]}}]}}`, name, filter)
		must(t, s.ask(t, "baseline", "put", write(t, name+".json", text)))
		must(t, s.ask(t, "baseline", "bind", "--group", name, "--os", "UBUNTU", name))
	}
	kv, err := js.KeyValue(t.Context(), messages.BucketBaselines)
	if err != nil {
		t.Fatal(err)
	}
	if err := kv.Delete(t.Context(), "baseline.lost"); err != nil {
		t.Fatal(err)
	}
	seq := workertest.State(t, js, messages.BucketStream(messages.BucketBaselines)).LastSeq
	workertest.Publish(t, js, scanOf("fine", 1), workertest.Recheck("fine", "recheck", seq))
	workertest.Applied(t, js)
	return s, js
}

// Each condition comes to a host and goes, is published once each time, and is seen while it stands.
func TestEachConditionComesAndGoesAndIsPublishedOnce(t *testing.T) {
	t.Parallel()
	s, js := knowing(t)
	rows := conditionRows()
	subscribers := make(map[string]*subscriber)
	var codes []string
	for _, row := range rows {
		codes = append(codes, row.code)
		subscribers[row.code] = subscribe(t, js, row.code)
	}
	for _, code := range classify.Conditions() {
		if !slices.Contains(codes, code) {
			t.Errorf("no host has the condition %s", code)
		}
	}
	t.Run("come", func(t *testing.T) {
		for _, row := range rows {
			t.Run(row.code, func(t *testing.T) {
				t.Parallel()
				subscribers[row.code].play(t, row.comes)
				seenOn(t, s, row.code)
			})
		}
	})
	counted(t, s, map[string]int{classify.NoCompleteScan: 2})
	t.Run("go", func(t *testing.T) {
		for _, row := range rows {
			t.Run(row.code, func(t *testing.T) {
				t.Parallel()
				subscribers[row.code].play(t, row.goes)
			})
		}
	})
	workertest.Applied(t, js)
	published := workertest.ReadChanges(t, js)
	for _, row := range rows {
		workertest.CheckNumbers(t, published[row.code])
		if got, want := len(published[row.code].Changed), len(row.comes)+len(row.goes); got != want {
			t.Errorf("%s: %d changes of %d events", row.code, got, want)
		}
	}
	if got := must(t, s.ask(t, "status", "--condition", strings.Join(codes, ","))); !strings.Contains(got, "No host is like that") {
		t.Errorf("at last: %s", got)
	}
}

// seenOn fails the test unless the condition of a host is seen by whoever asks, with what to do.
func seenOn(t *testing.T, s *server, code string) {
	t.Helper()
	fleet := linesOf[struct {
		Host       string
		Status     messages.HostStatus
		Reasons    []string
		Conditions []messages.Condition
	}](t, must(t, s.ask(t, "status", "--condition", code, "-o", "json")))
	found := false
	for _, h := range fleet {
		at := slices.IndexFunc(h.Conditions, func(c messages.Condition) bool { return c.Code == code })
		if at < 0 || h.Conditions[at].Since.IsZero() {
			t.Errorf("--condition %s shows %+v", code, h)
		}
		found = found || h.Host == code
		if unknown := h.Status == messages.Unknown; unknown != (len(h.Reasons) > 0) && h.Status != messages.NonCompliant {
			t.Errorf("%s is %s by %q", h.Host, h.Status, h.Reasons)
		}
	}
	if !found {
		t.Errorf("--condition %s does not show its host", code)
	}
	shown := must(t, s.ask(t, "status", code))
	if _, of, there := strings.Cut(shown, "\n  "+code+" since "); !there || !strings.Contains(of, "next step: ") {
		t.Errorf("status HOST does not show %s:\n%s", code, shown)
	}
}

// counted waits until each condition is counted on one host, or on as many as others says.
func counted(t *testing.T, s *server, others map[string]int) {
	t.Helper()
	eventually(t, func() bool {
		_, page := get(t, s.http+"/metrics")
		for _, code := range classify.Conditions() {
			if !strings.Contains(page, fmt.Sprintf("patchstream_hosts_condition{condition=%q} %d\n", code, max(1, others[code]))) {
				return false
			}
		}
		return true
	}, "each condition is counted")
}

// Bad words are found before a server is asked.
func TestAnUnknownConditionIsAnsweredWithWhatIsMeant(t *testing.T) {
	t.Parallel()
	call(t, "status", "--condition", "run_faild").wants(t, exitUsage, `"run_faild"`, "did you mean run_failed")
	call(t, "status", "--condition", "scan_old,scan old").wants(t, exitUsage, `"scan old"`, "did you mean scan_old")
	call(t, "status", "--condition", "gibberish").wants(t, exitUsage, append([]string{`"gibberish"`}, classify.Conditions()...)...)
	call(t, "status", "web-1", "--condition", "scan_old").wants(t, exitUsage, "--condition", "HOST")
}
