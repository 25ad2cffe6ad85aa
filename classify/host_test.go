package classify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// What the tests have in common: a host web-1 with Ubuntu, whose events are written in a few words.

var t0 = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

// at returns the time n hours after t0.
func at(hours float64) time.Time { return t0.Add(time.Duration(hours * float64(time.Hour))) }

var ubuntu = messages.OS{System: "UBUNTU", Product: "Ubuntu22.04", Version: "22.04", Codename: "jammy", Arch: "amd64"}

// The origins of a host, by the words of [ver].
var originWords = []string{"release", "updates", "security"}

func ubuntuOrigins() []messages.Origin {
	o := messages.Origin{Site: "mirror.example.org", Origin: "Ubuntu", Label: "Ubuntu", Component: "main", Codename: "jammy", Trusted: true, Date: at(-1)}
	origins := []messages.Origin{o, o, o}
	origins[0].Archive, origins[1].Archive, origins[2].Archive = "jammy", "jammy-updates", "jammy-security"
	return origins
}

// ver reads "1.1 updates security priority=important section=net phased=20": a version, the origins that carry
// it, and what it has beside.
func ver(text string) messages.Version {
	words := strings.Fields(text)
	v := messages.Version{Version: words[0], Priority: "optional", Section: "utils", Origins: []int{}}
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "priority":
			v.Priority = value
		case "section":
			v.Section = value
		case "phased":
			n, _ := strconv.Atoi(value)
			v.Phased = &n
		default:
			v.Origins = append(v.Origins, slices.Index(originWords, key))
		}
	}
	return v
}

// pkg returns a package: what is installed ("" for nothing) and what is available, each as [ver] reads it. The
// last one available is apt's candidate.
func pkg(name, installed string, available ...string) messages.Package {
	p := messages.Package{Name: name, Arch: "amd64"}
	if installed != "" {
		v := ver(installed)
		p.Installed, p.Versions, p.Candidate = &v.Version, []messages.Version{v}, v.Version
	}
	for _, text := range available {
		v := ver(text)
		p.Versions = append(p.Versions, v)
		p.Candidate = v.Version
	}
	return p
}

// but returns the package with a change.
func but(p messages.Package, change func(*messages.Package)) messages.Package {
	change(&p)
	return p
}

func state(word string) func(*messages.Package) {
	return func(p *messages.Package) { p.State = word }
}

// filler is what a complete scan must have: an installed package. Its name says what it is.
func filler() messages.Package { return pkg("zz-filler", "1 release") }

// scan returns a complete scan taken that many hours after t0.
func scan(hours float64, packages ...messages.Package) *messages.Scan {
	return &messages.Scan{
		ID: fmt.Sprintf("scan-at-%v", hours), Host: "web-1", TakenAt: at(hours), Complete: true, OS: ubuntu,
		Origins: ubuntuOrigins(), Packages: append(packages, filler()),
	}
}

// run returns a run that finished that many hours after t0. An outcome is "name version result stage error…".
func run(hours float64, outcomes ...string) *messages.Run {
	r := &messages.Run{
		ID: fmt.Sprintf("run-at-%v", hours), Host: "web-1", RunID: "nightly", Operation: messages.OperationInstall,
		StartedAt: at(hours - 0.1), FinishedAt: at(hours),
	}
	for _, text := range outcomes {
		words := append(strings.SplitN(text, " ", 5), "", "")
		o := messages.Outcome{Name: words[0], Arch: "amd64", Result: messages.Result(words[2]), Stage: words[3], Error: words[4]}
		if words[1] != "-" {
			o.To = &words[1]
		}
		r.Outcomes = append(r.Outcomes, o)
	}
	return r
}

func override(hours float64, patch string, state messages.State) *messages.Override {
	return &messages.Override{
		ID: fmt.Sprintf("override-at-%v", hours), Host: "web-1", Patch: patch, State: state, Reason: "CHG-1182", By: "ops", At: at(hours),
	}
}

// securityOnly returns a baseline that approves every security version.
func securityOnly(changes ...func(*Baseline)) *Baseline {
	b := &Baseline{Name: "test"}
	b.ApprovalRules.PatchRules = []Rule{{PatchFilterGroup: &FilterGroup{}}}
	for _, change := range changes {
		change(b)
	}
	return b
}

func everything(b *Baseline) { b.ApprovalRules.PatchRules[0].EnableNonSecurity = true }

// rules puts these rules in place of all others.
func rules(rules ...Rule) func(*Baseline) {
	return func(b *Baseline) { b.ApprovalRules.PatchRules = rules }
}

func filtered(level messages.Level, filters ...Filter) Rule {
	return Rule{PatchFilterGroup: &FilterGroup{PatchFilters: filters}, ComplianceLevel: level}
}

func approved(entries ...string) func(*Baseline) {
	return func(b *Baseline) { b.ApprovedPatches = entries }
}

func approvedAll(entries ...string) func(*Baseline) {
	return func(b *Baseline) { b.ApprovedPatches, b.ApprovedPatchesEnableNonSecurity = entries, true }
}

func rejected(action string, entries ...string) func(*Baseline) {
	return func(b *Baseline) { b.RejectedPatches, b.RejectedPatchesAction = entries, action }
}

// factsOf merges events in that order, as a worker does.
func factsOf(t testing.TB, events ...messages.Event) *Facts {
	t.Helper()
	f := new(Facts)
	for _, e := range events {
		if err := e.Validate(); err != nil {
			t.Fatalf("the test's own event %s: %v", e.EventID(), err)
		}
		f.Add(e, messages.ContentSum(e))
	}
	return f
}

// judged returns the report on a host with these events, an hour after t0.
func judged(t testing.TB, b *Baseline, events ...messages.Event) *Report {
	t.Helper()
	return judgedBy(t, b, Settings{}, at(1), events...)
}

func judgedBy(t testing.TB, b *Baseline, s Settings, now time.Time, events ...messages.Event) *Report {
	t.Helper()
	return Classify("web-1", factsOf(t, events...), Choice{Baseline: b}, s, now)
}

// item returns the item of that patch, and a zero one where there is none.
func item(r *Report, patch string) Item {
	for _, i := range r.Patches {
		if i.Patch == patch {
			return i
		}
	}
	return Item{}
}

// summary prints an item in a line: "MISSING 1.1 HIGH Security hold".
func summary(i Item) string {
	return strings.Join(strings.Fields(fmt.Sprint(i.State, " ", i.Version, " ", i.Level, " ", i.Classification, " ", i.Blocked)), " ")
}

// wantItem fails the test where the summary of an item is another one; want is empty where there must be none.
func wantItem(t *testing.T, r *Report, patch, want string) {
	t.Helper()
	if got := summary(item(r, patch)); got != want {
		t.Errorf("%s: got %q, want %q", patch, got, want)
	}
}

func days(n float64) float64 { return 24 * n }

func wantTexts(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// wantJSON compares two values by the JSON they print.
func wantJSON(t *testing.T, got, want any) {
	t.Helper()
	g, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	w, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(g, w) {
		t.Errorf("got  %s\nwant %s", g, w)
	}
}
