package apt_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// recordedOutcome is an outcome in a recording's golden file.
type recordedOutcome struct{ Name, Arch, From, To, Result, Stage, Error string }

// The origins of the recorded host: the security archive, and the one of the packages of ours.
var recordedOrigins = []messages.Origin{
	{Archive: "oldstable-security", Site: "security.debian.org", Origin: "Debian", Label: "Debian-Security", Component: "main", Trusted: true, Date: clock(0)},
	{Archive: "stable", Origin: "Acme", Component: "main", Trusted: true, Date: clock(0)},
}

// clock is the host's, in minutes.
func clock(minutes int) time.Time {
	return time.Date(2026, 11, 23, 15, minutes, 0, 0, time.UTC)
}

// recordedEvents makes the events of a recording, in the order in which they happened: the scan before, the run,
// the scan after, and one after the boot.
func recordedEvents(t testing.TB, dir string) ([]messages.Event, []recordedOutcome) {
	t.Helper()
	var golden struct {
		Error    string
		Outcomes []recordedOutcome
	}
	text, err := os.ReadFile(filepath.Join(dir, "outcomes.json"))
	if err == nil {
		err = json.Unmarshal(text, &golden)
	}
	if err != nil {
		t.Fatal(err)
	}
	yes, code := true, 100
	run := &messages.Run{
		ID: "run", Host: "web-1", RunID: "run", Operation: messages.OperationInstall, StartedAt: clock(1), FinishedAt: clock(2),
		ExitCode: &code, Error: golden.Error, BootID: "boot-1", BootedAt: clock(-60),
	}
	offered := map[string]string{}
	for _, o := range golden.Outcomes {
		out := messages.Outcome{Name: o.Name, Arch: o.Arch, From: o.From, Result: messages.Result(o.Result), Stage: o.Stage, Error: o.Error}
		if o.To != "" {
			out.To = &o.To
		}
		offered[o.Name] = o.To
		run.Outcomes = append(run.Outcomes, out)
		if strings.HasPrefix(o.Name, "linux-image-6") && o.Result == "installed" {
			run.RebootRequired, run.RebootPackages = &yes, []string{o.Name}
		}
	}
	scan := func(id, file, boot string, at time.Time) *messages.Scan {
		return &messages.Scan{
			ID: id, Host: "web-1", TakenAt: at, Complete: true, BootID: boot, BootedAt: clock(-60),
			OS:      messages.OS{System: "DEBIAN", Product: "Debian12", Version: "12", Codename: "bookworm", Arch: "amd64"},
			Origins: recordedOrigins, Packages: recordedPackages(t, filepath.Join(dir, file), offered),
		}
	}
	before, after, booted := scan("before", "before.tsv", "boot-1", clock(0)), scan("after", "after.tsv", "boot-1", clock(3)), scan("booted", "after.tsv", "boot-2", clock(9))
	after.RebootRequired, after.RebootPackages = run.RebootRequired, run.RebootPackages
	booted.BootedAt = clock(8)
	return []messages.Event{before, run, after, booted}, golden.Outcomes
}

// recordedPackages reads a recorded database. Beside the installed version each package has the one that was
// offered.
func recordedPackages(t testing.TB, path string, offered map[string]string) []messages.Package {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var packages []messages.Package
	for line := range strings.Lines(string(text)) {
		f := strings.Split(line, "\t")
		name, arch, _ := strings.Cut(f[0], ":")
		if arch == "all" {
			arch = "amd64"
		}
		p := messages.Package{Name: name, Arch: arch, Installed: &f[1], State: f[4], Hold: f[3] == "hold"}
		origin := 0
		if strings.HasPrefix(name, "acme-") {
			origin = 1
		}
		if newer := offered[name]; newer != "" {
			p.Versions = append(p.Versions, messages.Version{Version: newer, Priority: "optional", Section: "misc", Origins: []int{origin}})
		}
		if offered[name] != f[1] {
			p.Versions = append(p.Versions, messages.Version{Version: f[1], Priority: "optional", Section: "misc"})
		}
		packages = append(packages, p)
	}
	return packages
}

func recordings(t testing.TB) []string {
	t.Helper()
	goldens, err := filepath.Glob("../../testdata/runs/*/outcomes.json")
	if err != nil || len(goldens) != 17 {
		t.Fatalf("%d recordings, %v", len(goldens), err)
	}
	for i := range goldens {
		goldens[i] = filepath.Dir(goldens[i])
	}
	return goldens
}

// overTheWire returns the events as a worker gets them, in both formats.
func overTheWire(t testing.TB, events []messages.Event) map[messages.Event][]messages.Event {
	t.Helper()
	arrived := map[messages.Event][]messages.Event{}
	for _, e := range events {
		for _, format := range []messages.Format{messages.JSON, messages.MsgPack} {
			payload, err := messages.Encode(e, format)
			if err != nil {
				t.Fatal(err)
			}
			got, err := messages.Decode(e.Kind(), payload, messages.Encoding{ContentType: format.ContentType()})
			if err != nil {
				t.Fatal(err)
			}
			arrived[e] = append(arrived[e], got)
		}
	}
	return arrived
}

// sums keeps what is asked for again and again.
type sums map[messages.Event][32]byte

func (s sums) of(e messages.Event) [32]byte {
	if _, ok := s[e]; !ok {
		s[e] = messages.ContentSum(e)
	}
	return s[e]
}

func report(s sums, events ...messages.Event) *classify.Report {
	facts := new(classify.Facts)
	for _, e := range events {
		facts.Add(e, s.of(e))
	}
	return classify.Classify("web-1", facts, classify.Choice{Baseline: baseline.Builtin("AWS-DebianDefaultPatchBaseline")}, classify.Settings{}, time.Time{})
}

// A run's event is accepted late, twice, or before the scan that it follows: the report is the same.
func TestTheReportIsTheSameInWhateverOrderTheEventsOfARunCome(t *testing.T) {
	t.Parallel()
	for _, dir := range recordings(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			events, _ := recordedEvents(t, dir)
			arrived, known := overTheWire(t, events), sums{}
			rapid.Check(t, func(rt *rapid.T) {
				happened := events[rapid.IntRange(0, 1).Draw(rt, "the first that was seen"):rapid.IntRange(2, len(events)).Draw(rt, "how many happened")]
				came := slices.Concat(happened, rapid.SliceOfN(rapid.SampledFrom(happened), 0, 4).Draw(rt, "twice"))
				came = rapid.Permutation(came).Draw(rt, "order")
				for i, e := range came {
					came[i] = rapid.SampledFrom(arrived[e]).Draw(rt, "format")
				}
				if inOrder, got := report(known, happened...), report(known, came...); !reflect.DeepEqual(inOrder, got) {
					rt.Fatalf("in another order (-as it happened +as it came):\n%s", cmp.Diff(inOrder, got))
				}
			})
		})
	}
}

// What the recordings come to: before the boot, and after it.
func TestReportsOfTheRecordings(t *testing.T) {
	t.Parallel()
	for _, dir := range recordings(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			events, outcomes := recordedEvents(t, dir)
			waiting, booted := states(report(sums{}, events[:3]...)), states(report(sums{}, events...))
			for _, o := range outcomes {
				want := messages.Installed
				switch {
				case o.Result == "failed":
					want = messages.Failed
				case o.Result != "installed" && !strings.HasPrefix(o.Name, "acme-"):
					want = messages.Missing
				case strings.HasPrefix(o.Name, "acme-"): // not of the security archive
					want = messages.InstalledOther
				}
				now := want
				if strings.HasPrefix(o.Name, "linux-image-6") && o.Result == "installed" {
					now = messages.InstalledPendingReboot
				}
				id := o.Name + "." + o.Arch
				if waiting[id] != now || booted[id] != want {
					t.Errorf("%s, %s: %s and after the boot %s, want %s and %s", id, o.Result, waiting[id], booted[id], now, want)
				}
			}
			if len(booted) < 190 {
				t.Errorf("%d items", len(booted))
			}
		})
	}
}

func states(r *classify.Report) map[string]messages.State {
	of := map[string]messages.State{}
	for _, item := range r.Patches {
		of[item.Patch] = item.State
	}
	return of
}
