package record

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/vmihailenco/msgpack/v5"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// now is a fixed time of a zone that is not UTC's, as a worker's clock may be.
var now = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.FixedZone("east", 7200))

// same compares records by what they say: an empty list is as good as none.
var same = cmp.Options{cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(Record{}, classify.Facts{}), cmp.AllowUnexported(Outbox{})}

// read finds the full scan of a record that was encoded just now.
func (e *Encoded) read(sum Sum) ([]byte, uint64, error) {
	if e.Scan == nil || e.Scan.Sum != sum {
		return nil, 0, ErrScanGone
	}
	return e.Scan.Text, 1, nil
}

// decodeWhole reads a record and the full scan beside it.
func decodeWhole(e *Encoded) (*Record, error) {
	r, err := Decode(e.Text)
	if err != nil {
		return nil, err
	}
	return r, r.Provide(classify.Needs{Items: true, Packages: true}, e.read)
}

// wholly provides all patches.
func wholly(r *Record, read ReadScan) error { return r.Provide(classify.Needs{Items: true}, read) }

// outbox is the outbox of a change.
func outbox(t interface {
	Helper()
	Fatal(...any)
}, c *messages.Changed) *Outbox {
	t.Helper()
	text, err := messages.EncodeChange(c, messages.MsgPack)
	if err != nil {
		t.Fatal(err)
	}
	o, err := NewOutbox(c, text)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestRecordOfAnyFactsComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &Record{
			Facts:       drawFacts(t),
			Revision:    rapid.Uint64Max(math.MaxInt64).Draw(t, "revision"),
			Scanned:     rapid.Bool().Draw(t, "scanned"),
			Fences:      Fences{Changed: rapid.Uint64Max(math.MaxInt64).Draw(t, "changed"), Status: rapid.Uint64Max(math.MaxInt64).Draw(t, "status")},
			CommitID:    "ABC",
			CommittedAt: now.UTC(),
			Basis:       Basis{BaselinesCreated: now.UTC(), BaselinesSeq: 7, By: `"b" 1`},
			Heard:       now.UTC().Add(time.Minute),
		}
		r.Report = new(classify.Library).Judge("web-1", &r.Facts, now.UTC())
		transitions := classify.Diff(nil, r.Report, now.UTC())
		if rapid.Bool().Draw(t, "outbox") {
			r.Outbox = outbox(t, &messages.Changed{
				Head:        messages.Head{V: 1, ID: "i/web-1/3", Host: "web-1", Revision: 3, At: now.UTC(), Counts: r.Report.Counts, Cause: messages.Cause{Kind: messages.KindScan, OccurredAt: now.UTC()}},
				Transitions: transitions,
			})
		}
		text, err := r.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeWhole(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, got, same); diff != "" {
			t.Fatalf("the record (-stored +read):\n%s", diff)
		}
		again := new(classify.Library).Judge("web-1", &got.Facts, now.UTC())
		classify.Diff(nil, again, now.UTC())
		if diff := cmp.Diff(r.Report, again, same); diff != "" {
			t.Fatalf("the report on the facts that were read:\n%s", diff)
		}
		reported, err := decodeReport(text.Text, text.read, wholly)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(Reported{got.Report, got.Revision, got.CommittedAt, got.Heard}, reported); diff != "" {
			t.Fatalf("the report alone and with the record differ:\n%s", diff)
		}
	})
}

func TestRecordWithoutAReportComesBackWithoutOne(t *testing.T) {
	text, err := (&Record{Revision: 4}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeWhole(text)
	if err != nil {
		t.Fatal(err)
	}
	if got.Report != nil || got.Outbox != nil || got.Revision != 4 || got.Facts.Full != nil {
		t.Errorf("%+v", got)
	}
	if r, err := decodeReport(text.Text, text.read, wholly); r.Report != nil || r.Revision != 4 || err != nil {
		t.Errorf("the report alone: %+v %v", r, err)
	}
}

func TestTimesComeBackInUTC(t *testing.T) {
	r := &Record{CommittedAt: now, Basis: Basis{BaselinesCreated: now}, Later: now, Heard: now}
	add(&r.Facts, &messages.Retire{ID: "t1", Host: "web-1", At: now.Add(-time.Hour)})
	exit := 1
	scan := drawnScan(now, "s1", false)
	add(&r.Facts, scan)
	add(&r.Facts, &messages.Run{
		ID: "r1", Host: "web-1", RunID: "r1", Operation: "install", StartedAt: now, FinishedAt: now, ExitCode: &exit, BootedAt: now,
		Outcomes: []messages.Outcome{{Name: "curl", Arch: "amd64", To: new("7.2"), Result: messages.ResultFailed}},
	})
	add(&r.Facts, &messages.Override{ID: "o1", Host: "web-1", Patch: "curl.amd64", State: messages.Installed, Reason: "r", By: "b", At: now, ExpiresAt: now.Add(time.Hour)})
	r.Report = new(classify.Library).Judge("web-1", &r.Facts, now)
	transitions := classify.Diff(nil, r.Report, now)
	r.Outbox = outbox(t, &messages.Changed{Head: messages.Head{V: 1, ID: "i/web-1/1", Host: "web-1", Revision: 1, At: now, Cause: messages.Cause{OccurredAt: now}}, Transitions: transitions})
	text, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeWhole(text)
	if err != nil {
		t.Fatal(err)
	}
	for path, at := range timesIn(got) {
		if at.Location() != time.UTC {
			t.Errorf("%s is in %s", path, at.Location())
		}
	}
	if n := len(timesIn(got)); n < 15 {
		t.Fatalf("only %d times were looked at", n)
	}
}

// timesIn returns the times that are set in a record, by where they stand.
func timesIn(r *Record) map[string]time.Time {
	times := make(map[string]time.Time)
	cmp.Equal(r, r, cmpopts.IgnoreUnexported(Record{}, classify.Facts{}, Outbox{}), cmp.FilterPath(func(p cmp.Path) bool {
		return p.Last().Type() == reflect.TypeFor[time.Time]()
	}, cmp.Comparer(func(a, b time.Time) bool {
		if !a.IsZero() {
			times[fmt.Sprint(len(times), a)] = a
		}
		return true
	})))
	return times
}

func TestRefusesARecordOfANewerVersion(t *testing.T) {
	text := must(msgpack.Marshal(map[string]any{"v": wireVersion + 1}))
	if _, err := Decode(text); err == nil || !strings.Contains(err.Error(), fmt.Sprint("version ", wireVersion+1)) {
		t.Errorf("Decode: %v", err)
	}
}

func TestRefusesWhatIsNoRecord(t *testing.T) {
	r := &Record{Revision: 1}
	add(&r.Facts, drawnScan(now, "s1", false))
	r.Report = new(classify.Library).Judge("web-1", &r.Facts, now)
	whole, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"nothing": nil, "text": []byte("hello"), "cut off": whole.Text[:len(whole.Text)/2]} {
		if _, err := Decode(text); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func TestPackageListIsEncodedOnceWhileItStays(t *testing.T) {
	r := new(Record)
	add(&r.Facts, drawnScan(now, "s1", false))
	text, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if text.Scan == nil || text.Scan.Sum != Sum(r.Facts.Full.Sum) {
		t.Fatalf("beside the record: %+v", text.Scan)
	}
	if r, err = Decode(text.Text); err != nil {
		t.Fatal(err)
	}
	add(&r.Facts, &messages.Override{ID: "o1", Host: "web-1", Patch: "curl.amd64", State: messages.Installed, Reason: "r", By: "b", At: now})
	if text, err = r.Encode(); err != nil || text.Scan != nil {
		t.Fatalf("an override had the package list stored anew, or %v", err)
	}
	if r, err = Decode(text.Text); err != nil {
		t.Fatal(err)
	}
	add(&r.Facts, drawnScan(now.Add(time.Hour), "s2", true))
	if text, err = r.Encode(); err != nil {
		t.Fatal(err)
	}
	if r, err = decodeWhole(text); err != nil {
		t.Fatal(err)
	}
	if r.Facts.Full.ID != "s2" || len(r.Facts.Full.Scan.Packages) != 1 {
		t.Errorf("the newer list was not stored: %+v", r.Facts.Full)
	}
}

func add(f *classify.Facts, e messages.Event) { f.Add(e, messages.ContentSum(e)) }

// drawFacts adds random events, in an order of their own, to facts.
func drawFacts(t *rapid.T) classify.Facts {
	var f classify.Facts
	for range rapid.IntRange(0, 12).Draw(t, "events") {
		add(&f, drawEvent(t))
	}
	return f
}

func drawEvent(t *rapid.T) messages.Event {
	at := now.Add(time.Duration(rapid.IntRange(-200*24, 0).Draw(t, "hour")) * time.Hour).UTC()
	id := rapid.StringMatching(`[!-~]{1,64}`).Draw(t, "id")
	switch rapid.SampledFrom([]string{"full", "unchanged", "incomplete", "run", "override"}).Draw(t, "kind") {
	case "full":
		s := drawnScan(at, id, rapid.Bool().Draw(t, "small"))
		s.RebootRequired = rapid.SampledFrom([]*bool{nil, new(true), new(false)}).Draw(t, "reboot")
		s.Machine = rapid.SampledFrom([]string{"", "m1", "m2"}).Draw(t, "machine")
		return s
	case "unchanged":
		s := drawnScan(at, id, true)
		s.Packages, s.Unchanged = nil, true
		return s
	case "incomplete":
		s := drawnScan(at, id, true)
		s.Complete, s.Error = false, "apt-cache failed: é\x00"
		return s
	case "run":
		return drawRun(t, at, id)
	}
	o := &messages.Override{
		ID: id, Host: "web-1", Patch: rapid.SampledFrom([]string{"curl.amd64", "zsh.arm64", "ünknown"}).Draw(t, "patch"), At: at,
		Withdraw: rapid.Bool().Draw(t, "withdraw"), Level: rapid.SampledFrom(append(messages.Levels(), "")).Draw(t, "level"),
	}
	if !o.Withdraw {
		o.State, o.Reason, o.By = rapid.SampledFrom(messages.States()).Draw(t, "state"), "because", "ops"
		o.ExpiresAt = at.Add(time.Duration(rapid.IntRange(1, 1000).Draw(t, "expires")) * time.Hour)
	}
	return o
}

func drawRun(t *rapid.T, at time.Time, id string) *messages.Run {
	r := &messages.Run{
		ID: id, Host: "web-1", RunID: "r", Operation: rapid.SampledFrom([]string{messages.OperationInstall, messages.OperationScan}).Draw(t, "operation"), StartedAt: at, FinishedAt: at,
		Error: rapid.SampledFrom([]string{"", "no network"}).Draw(t, "error"), BootID: rapid.SampledFrom([]string{"", "b1", "b2"}).Draw(t, "boot"),
		RebootRequired: rapid.SampledFrom([]*bool{nil, new(true), new(false)}).Draw(t, "reboot"),
		ExitCode:       rapid.SampledFrom([]*int{nil, new(0), new(100)}).Draw(t, "exit"),
		Succeeded:      rapid.SampledFrom([]*bool{nil, new(true), new(false)}).Draw(t, "succeeded"),
		Machine:        rapid.SampledFrom([]string{"", "m1", "m2"}).Draw(t, "machine"),
	}
	for range rapid.IntRange(0, 4).Draw(t, "outcomes") {
		r.Outcomes = append(r.Outcomes, messages.Outcome{
			Name: rapid.SampledFrom([]string{"curl", "openssl", "linux-image-6"}).Draw(t, "name"), Arch: "amd64", From: rapid.SampledFrom([]string{"", "0.9"}).Draw(t, "from"),
			To:     new(rapid.SampledFrom([]string{"1.0", "7.2", "1.0-", "2:1~rc1-1"}).Draw(t, "to")),
			Result: rapid.SampledFrom([]messages.Result{messages.ResultInstalled, messages.ResultFailed, messages.ResultSkipped}).Draw(t, "result"),
			Stage:  "configure", Error: "exit status 1",
		})
	}
	return r
}

// drawnScan returns a full scan that has something in every field.
func drawnScan(at time.Time, id string, small bool) *messages.Scan {
	s := &messages.Scan{
		ID: id, Host: "web-1", TakenAt: at, Complete: true,
		OS:   messages.OS{System: "UBUNTU", Product: "Ubuntu22.04", Version: "22.04", Codename: "jammy", Arch: "amd64", Kernel: "5.15"},
		Tags: map[string]string{"PatchGroup": "web"}, BootedAt: at.Add(-time.Hour), BootID: "b1", RebootRequired: new(true), RebootPackages: []string{"curl"},
		IndexAt: at, Origins: []messages.Origin{{Archive: "jammy-security", Site: "security.ubuntu.com", Trusted: true, Date: at, ValidUntil: at.Add(time.Hour)}},
		Packages: []messages.Package{{
			Name: "curl", Arch: "amd64", Installed: new("7.1"), Candidate: "7.2", Hold: true, Source: "curl", SourceVersion: "7.1", InstalledAt: at,
			Versions:   []messages.Version{{Version: "7.1", Pin: 500}, {Version: "7.2", Origins: []int{0}, Phased: new(40), ReleasedAt: at, Priority: "optional", Section: "web", Advisories: []string{"USN-1"}}, {Version: "é"}},
			Advisories: []string{"USN-1"},
		}},
	}
	if !small {
		s.Packages = append(s.Packages, messages.Package{Name: "bash", Arch: "amd64", Installed: new(""), State: "half-configured"}, messages.Package{Name: "zsh", Arch: "arm64", KeptBack: true})
	}
	s.Hash = messages.ContentHash(s)
	s.Packages = slices.Clone(s.Packages)
	return s
}

// manyPackages is a scan that becomes a good deal smaller when it is compressed.
func manyPackages() *messages.Scan {
	scan := drawnScan(now.UTC(), "s1", false)
	for i := range 200 {
		scan.Packages = append(scan.Packages, messages.Package{Name: fmt.Sprint("lib-", i), Arch: "amd64", Installed: new("1.0")})
	}
	return scan
}

func TestAFullScanIsStoredAsItWasSentWhereARecordHoldsItSo(t *testing.T) {
	scan := manyPackages()
	text, err := messages.Encode(scan, messages.MsgPack)
	if err != nil {
		t.Fatal(err)
	}
	packed := compress(text)
	asJSON, err := messages.Encode(scan, messages.JSON)
	if err != nil {
		t.Fatal(err)
	}
	skippable := append([]byte("\x50\x2a\x4d\x18\x01\x00\x00\x00x"), packed...)
	for name, row := range map[string]struct {
		payload []byte
		enc     messages.Encoding
		asSent  bool
	}{
		"as our publisher sends it":   {packed, messages.Encoding{ContentType: "application/msgpack", ContentEncoding: "zstd"}, true},
		"without a content type":      {packed, messages.Encoding{ContentEncoding: "zstd"}, true},
		"not compressed":              {text, messages.Encoding{}, false},
		"after a frame that says nil": {skippable, messages.Encoding{ContentEncoding: "zstd"}, false},
		"as JSON":                     {compress(asJSON), messages.Encoding{ContentType: "application/json", ContentEncoding: "zstd"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := &Record{Revision: 1}
			opened := addSent(t, r, row.payload, row.enc)
			defer opened.Release()
			if (r.full != nil) != row.asSent {
				t.Errorf("stored as it was sent: %t", r.full != nil)
			}
			stored, err := r.Encode()
			if err != nil {
				t.Fatal(err)
			}
			got, err := decodeWhole(stored)
			if err != nil {
				t.Fatal(err)
			}
			if err := opened.Packages(); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r, got, same); diff != "" {
				t.Errorf("(-stored +read):\n%s", diff)
			}
		})
	}
	r := &Record{}
	add(&r.Facts, scan)
	older, err := messages.Encode(drawnScan(now.UTC().Add(-time.Hour), "s0", false), messages.MsgPack)
	if err != nil {
		t.Fatal(err)
	}
	defer addSent(t, r, compress(older), stored).Release()
	if r.full != nil {
		t.Error("an older scan is taken for the newest")
	}
}

// addSent opens a scan, adds it to the facts of a record and says how it was sent.
func addSent(t rapid.TB, r *Record, payload []byte, enc messages.Encoding) *messages.OpenedScan {
	t.Helper()
	o, err := messages.OpenScan(payload, enc)
	if err != nil {
		t.Fatal(err)
	}
	r.Facts.Add(o.Scan, o.Sum())
	if err := r.Sent(o, payload, enc); err != nil {
		t.Fatal(err)
	}
	return o
}

func comesBack(t *testing.T, r *Record) {
	t.Helper()
	text, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeWhole(text)
	if err != nil {
		t.Fatal(err)
	}
	if reflect.DeepEqual(r, got) { // far sooner than what follows, for the largest hosts
		return
	}
	if diff := cmp.Diff(r, got, same); diff != "" {
		t.Errorf("(-stored +read):\n%.2000s", diff)
	}
}

// What an event may say must not make a record that nobody can read again: its host would stand still for ever.
func TestARecordOfTheLongestStringsComesBack(t *testing.T) {
	long := func(c string) string { return strings.Repeat(c, messages.MaxStringBytes) }
	version := func(c string) string { return "1" + strings.Repeat(c, messages.MaxVersionBytes-1) }
	scan := &messages.Scan{
		ID: strings.Repeat("i", 64), Host: strings.Repeat("h", 128), TakenAt: now.UTC(), Complete: true,
		OS:      messages.OS{System: "DEBIAN", Product: long("p"), Version: long("v"), Codename: long("c"), Arch: long("a"), Kernel: long("k")},
		Origins: []messages.Origin{{Archive: long("a"), Origin: long("o"), Label: long("l"), Trusted: true}},
	}
	for _, state := range []string{"installed", "half-configured"} {
		scan.Packages = append(scan.Packages, messages.Package{
			Name: long(state[:1]), Arch: long("a"), Installed: new(version("0")), State: state, Advisories: []string{long("y")},
			Versions: []messages.Version{
				{Version: version("9"), Priority: long("p"), Section: long("s"), Origins: []int{0}}, {Version: version("!")},
			},
		})
	}
	r := &Record{Revision: 1}
	add(&r.Facts, scan)
	add(&r.Facts, &messages.Run{
		ID: strings.Repeat("r", 64), Host: scan.Host, RunID: long("r"), Operation: "install", StartedAt: now.UTC(), FinishedAt: now.UTC(),
		Outcomes: []messages.Outcome{{Name: long("i"), Arch: long("a"), To: new(version("9")), Result: messages.ResultFailed, Stage: long("s"), Error: long("e")}},
	})
	add(&r.Facts, &messages.Override{
		ID: strings.Repeat("o", 64), Host: scan.Host, Patch: long("x"), State: messages.Installed, Reason: long("r"), By: long("b"), At: now.UTC(), ExpiresAt: now.UTC().Add(time.Hour),
	})
	baseline := &baseline.Baseline{
		BaselineID: long("b"), Name: long("n"), OperatingSystem: "DEBIAN", ApprovedPatches: []string{long("z"), long("i")}, RejectedPatches: []string{long("h")},
	}
	r.Report = classify.Classify(scan.Host, &r.Facts, classify.Choice{Baseline: baseline, Group: long("g")}, classify.Settings{}, now.UTC())
	r.Outbox = outbox(t, &messages.Changed{
		Head: messages.Head{
			V: 1, Host: scan.Host, ID: messages.ChangedID("12345678", scan.Host, 1), Revision: 1, At: now.UTC(), Counts: r.Report.Counts,
			Cause: messages.Cause{Kind: messages.KindScan, ID: scan.ID, OccurredAt: now.UTC()}, Baseline: r.Report.Baseline,
		},
		Transitions: classify.Diff(nil, r.Report, now.UTC()),
	})
	comesBack(t, r)
}

func TestAChangeThatCouldNotBeReadAgainIsNotStored(t *testing.T) {
	const ruleBytes = 64 << 10
	noise := make([]byte, ruleBytes/2)
	c := &messages.Changed{Head: messages.Head{V: 1, ID: "i/web-1/1", Host: "web-1", Revision: 1}}
	random := rand.NewChaCha8([32]byte{})
	for range 2 * messages.MaxPayloadBytes / ruleBytes { // a hexadecimal digit is half a byte
		random.Read(noise)
		matched := &messages.Matched{Text: hex.EncodeToString(noise)}
		c.Transitions = append(c.Transitions, messages.Transition{Item: messages.Item{Reason: messages.Reason{Matched: matched}}})
	}
	text, err := messages.EncodeChange(c, messages.MsgPack)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewOutbox(c, text); !errors.Is(err, ErrTooLarge) || !strings.Contains(err.Error(), "compressed") {
		t.Errorf("NewOutbox: %v", err)
	}
	c.Transitions = c.Transitions[:len(c.Transitions)*2/5]
	comesBack(t, &Record{Revision: 1, Outbox: outbox(t, c)})
}

// An outbox says by itself whether the host's status is published with it.
func TestAnOutboxHasAStatusWhereOneIsPublished(t *testing.T) {
	for _, tt := range []struct {
		from, to messages.HostStatus
		stood    []string
		want     bool
	}{
		{"", messages.Compliant, nil, true},
		{messages.Compliant, messages.Unknown, nil, true},
		{messages.Compliant, messages.Compliant, nil, false},
		{messages.Compliant, messages.Compliant, []string{}, true},
		{messages.Compliant, messages.Compliant, []string{"scan_old"}, true},
	} {
		c := &messages.Changed{Head: messages.Head{V: 1, ID: "i/web-1/1", Host: "web-1", Revision: 1}}
		c.Status.From, c.Status.To, c.ConditionsFrom = tt.from, tt.to, tt.stood
		if got := outbox(t, c).Status; got != tt.want {
			t.Errorf("%q to %q, conditions from %v: %v", tt.from, tt.to, tt.stood, got)
		}
	}
}

// The first change of a host has each of its packages: it is far larger than an event as it is sent may be, until
// it is compressed.
func TestTheFirstChangeOfTheLargestHostComesBack(t *testing.T) {
	c := &messages.Changed{Head: messages.Head{V: 1, ID: "i/web-1/1", Host: "web-1", Revision: 1}}
	for i := range messages.MaxPackages {
		name := fmt.Sprint("package-", i)
		c.Transitions = append(c.Transitions, messages.Transition{Item: messages.Item{
			Patch: name + ".amd64", Name: name, Arch: "amd64", State: messages.InstalledOther, Version: "1.0", Installed: "1.0", Level: messages.Unspecified,
			Reason: messages.Reason{Code: messages.BecauseNotApproved, Event: "s1", Stopped: &messages.Stopped{Version: "1.0", By: messages.StoppedByFilter, Key: "SECTION", Value: "libs", Text: "web"}},
		}})
	}
	r := &Record{Revision: 1, Outbox: outbox(t, c)}
	comesBack(t, r)
}

func TestABadlyCompressedScanIsStoredAnew(t *testing.T) {
	text, err := messages.Encode(manyPackages(), messages.MsgPack)
	if err != nil {
		t.Fatal(err)
	}
	frame := []byte("\x28\xb5\x2f\xfd\x80\x58") // a frame with a window and a size of four bytes (RFC 8878)
	frame = binary.LittleEndian.AppendUint32(frame, uint32(len(text)))
	block := uint32(len(text))<<3 | 1 // the last one, as it is
	frame = append(frame, byte(block), byte(block>>8), byte(block>>16))
	frame = append(frame, text...)
	enc := messages.Encoding{ContentEncoding: "zstd"}
	r := &Record{Revision: 1}
	defer addSent(t, r, frame, enc).Release()
	stored, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(stored.Scan.Text); n > len(text)/2 {
		t.Errorf("%d bytes of %d are stored", n, len(text))
	}
}
