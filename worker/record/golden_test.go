package record

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/wire"
)

// golden is what each testdata/version-….record holds, but for its report and its change: those are in version-2.json.
func golden() *Record {
	at := time.Date(2026, 11, 20, 10, 21, 17, 123456789, time.UTC)
	r := &Record{
		Revision: 3, Scanned: true, Fences: Fences{Changed: 7, Status: 5}, CommitID: "ABC", CommittedAt: at,
		Basis: Basis{BaselinesCreated: at, BaselinesSeq: 9, By: `"b" 1`},
	}
	add(&r.Facts, &messages.Scan{
		ID: "s1", Host: "web-1", TakenAt: at, Complete: true, OS: messages.OS{System: "DEBIAN", Product: "Debian12", Arch: "amd64"},
		Packages: []messages.Package{{Name: "curl", Arch: "amd64", Installed: new("7.88.1-10"), Candidate: "7.88.1-11", Versions: []messages.Version{{Version: "7.88.1-10"}, {Version: "7.88.1-11"}}}},
	})
	add(&r.Facts, &messages.Run{
		ID: "r1", Host: "web-1", RunID: "nightly", Operation: "install", StartedAt: at, FinishedAt: at, ExitCode: new(1),
		Outcomes: []messages.Outcome{{Name: "curl", Arch: "amd64", To: new("7.88.1-11"), Result: messages.ResultFailed, Stage: "configure"}},
	})
	add(&r.Facts, &messages.Override{ID: "o1", Host: "web-1", Patch: "zsh.amd64", State: messages.Installed, Reason: "CHG-7", By: "ops", At: at, ExpiresAt: at.Add(time.Hour)})
	return r
}

// A record that a worker wrote in November 2026 is read as it was, with a change that was not published.
func TestAStoredRecordIsReadForEver(t *testing.T) {
	for _, version := range []string{"version-2", "version-3", "version-4", "version-5", "version-6"} {
		t.Run(version, func(t *testing.T) { testStored(t, "testdata/"+version) })
	}
}

func testStored(t *testing.T, file string) {
	text, err := os.ReadFile(file + ".record")
	if err != nil {
		t.Fatal(err)
	}
	e := &Encoded{Text: text}
	if scan, err := os.ReadFile(file + ".scan"); err == nil { // since version 4 it is beside the record
		e.Scan = &EncodedScan{messages.ContentSum(golden().Facts.Full.Scan), scan}
	}
	got, err := decodeWhole(e)
	if err != nil {
		t.Fatal(err)
	}
	change, err := got.Outbox.Change()
	if err != nil || !got.Outbox.Status {
		t.Fatalf("the status change is lost, or %v", err)
	}
	report := got.Report
	want := golden()
	got.Report, got.Outbox = nil, nil
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("the record (-stored +read):\n%s", diff)
	}
	var wanted struct {
		Report *classify.Report
		Change *messages.Changed
	}
	if text, err = os.ReadFile("testdata/version-2.json"); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &wanted); err != nil {
		t.Fatal(err)
	}
	run := *got.Facts.LastRun
	run.Problem = "" // is told of the facts as they are read, and was no part of a report
	wanted.Report.About.LastRun = &run
	if diff := cmp.Diff(wanted.Report, report, same); diff != "" {
		t.Errorf("the report (-stored +read):\n%s", diff)
	}
	if diff := cmp.Diff(wanted.Change, change, same); diff != "" {
		t.Errorf("the change (-stored +read):\n%s", diff)
	}
}

// A record of before is judged anew as a whole with the next event, and is then stored as records are now.
func TestARecordOfVersion4IsConverted(t *testing.T) {
	text, scan := must(os.ReadFile("testdata/version-4.record")), must(os.ReadFile("testdata/version-4.scan"))
	was := &Encoded{Text: text, Scan: &EncodedScan{messages.ContentSum(golden().Facts.Full.Scan), scan}}
	r, err := Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	before, err := r.Compare(r.Before(), r.Basis, was.read)
	if before != nil || err != nil {
		t.Fatalf("something would be kept of it, or %v", err)
	}
	judging := new(classify.Library).Begin("web-1", &r.Facts, r.CommittedAt, before)
	if err := r.Provide(judging.Needs(), was.read); err != nil {
		t.Fatal(err)
	}
	report := judging.Report()
	classify.Diff(r.Report, report, r.CommittedAt)
	r.Report = report
	now, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	w := &atRest{Record: new(Record)}
	if err := wire.Read(now.Text, wire.MsgPack, anyTable, w); err != nil || w.version != wireVersion || w.items.number != len(report.Patches) {
		t.Fatalf("version %d, %d patches: %v", w.version, w.items.number, err)
	}
	got, err := decodeReport(now.Text, was.read, wholly)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(report, got.Report, same); diff != "" {
		t.Errorf("(-judged +stored):\n%s", diff)
	}
}
