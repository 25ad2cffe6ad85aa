package rpmreading

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// Run it for longer with -rapid.checks=100000.
func TestTheCodeAndAnIndependentReadingOfRPMAgree(t *testing.T) {
	seen := map[string]int{}
	for range rounds {
		rapid.Check(t, func(t *rapid.T) {
			compare(&maker{T: t, os: rapid.SampledFrom(products).Draw(t, "os"), built: map[string]time.Time{}}, seen)
		})
		if t.Failed() {
			return
		}
	}
	for _, want := range []string{
		"INSTALLED approved", "INSTALLED_OTHER not_approved", "INSTALLED_OTHER installed_by_run", "INSTALLED_REJECTED rejected", "MISSING newer_approved",
		"MISSING version_invalid", "FAILED failed_run", "FAILED broken", "NOT_APPLICABLE not_installed", "NOT_APPLICABLE no_such_package",
		"INSTALLED_PENDING_REBOOT reboot_after_run", "INSTALLED_PENDING_REBOOT reboot_of_host",
		"no_security_source", "security_lists_old", "no_lists", "lists_old", "scan_old", "scan_superseded", "baseline_not_for_product", "reboot_required",
		"scan_failing", "run_failed",
	} {
		if seen[want] == 0 {
			t.Errorf("of all those hosts none had %s", want)
		}
	}
}

// rounds times as many hosts as rapid is asked for.
const rounds = 20

func compare(m *maker, seen map[string]int) {
	events, b := m.events(), m.baseline()
	for _, e := range events {
		if err := e.Validate(); err != nil {
			m.Fatalf("the events are no legal ones: %v", err)
		}
	}
	s := settings{nextScan: m.in(15), runsOnly: m.in(15), listsMaxAge: pick[time.Duration](m, 14, 3) * 24 * time.Hour, scanMaxAge: pick[time.Duration](m, 7, 2) * 24 * time.Hour}
	now := pick(m, time.Time{}, m.before(5), noon.Add(time.Duration(m.upTo(48))*time.Hour), noon)
	want := read(events, b, s, now)
	for _, it := range want.Items {
		seen[fmt.Sprint(it.State, " ", it.Code)]++
	}
	for _, c := range want.Conditions {
		seen[c]++
	}
	report := judged(m, events, b, s, now)
	if diff := cmp.Diff(want, answerOf(report), cmpopts.IgnoreUnexported(item{}), cmpopts.EquateEmpty()); diff != "" {
		m.Fatalf("at %s the page (-) and the code (+) say:\n%s\n%s", now, diff, told(events, b, s))
	}
	standsUntilDue(m, want, report.Due, now, func(now time.Time) *answer { return read(events, b, s, now) })
}

func judged(m *maker, events []messages.Event, b *baseline.Baseline, s settings, now time.Time) *classify.Report {
	of := classify.Settings{ListsMaxAge: classify.Age(s.listsMaxAge), ScanMaxAge: classify.Age(s.scanMaxAge)}
	if s.nextScan {
		of.FailedUntil = "next-scan"
	}
	if s.runsOnly {
		of.PendingReboot = "runs"
	}
	var f classify.Facts
	for _, e := range rapid.Permutation(events).Draw(m.T, "order") {
		f.Add(e, messages.ContentSum(e))
	}
	report, err := classify.JudgeBy(b, of, "h", &f, now)
	if err != nil {
		m.Fatal(err)
	}
	return report
}

func answerOf(r *classify.Report) *answer {
	a := &answer{Status: r.Status, Level: r.Level, Conditions: r.Codes(), Counts: map[string]int{}}
	for name, n := range r.Counts {
		if n > 0 {
			a.Counts[name] = n
		}
	}
	for i := range r.Patches {
		p := &r.Patches[i]
		a.Items = append(a.Items, item{
			Patch: p.Patch, Version: p.Version, Installed: p.Installed, Classification: p.Classification, Blocked: p.Blocked, Code: p.Reason.Code,
			State: p.State, Level: p.Level,
		})
	}
	return a
}

// standsUntilDue: by the page nothing changes before the code says that it looks again.
func standsUntilDue(m *maker, want *answer, due, now time.Time, at func(time.Time) *answer) {
	if now.IsZero() {
		return
	}
	if due.IsZero() {
		due = now.AddDate(1, 0, 0)
	}
	later := due.Sub(now)
	for _, t := range []time.Time{due.Add(-1), now.Add(later / 2), now.Add(later / 8)} {
		if !t.After(now) {
			continue
		}
		if diff := cmp.Diff(want, at(t), cmpopts.IgnoreUnexported(item{}), cmpopts.EquateEmpty()); diff != "" {
			m.Fatalf("due at %s, but at %s the page says:\n%s", due, t, diff)
		}
	}
}

func told(events []messages.Event, b *baseline.Baseline, s settings) string {
	rules, _ := json.Marshal(b)
	lines := []string{fmt.Sprintf("%+v", s), string(rules)}
	for _, e := range events {
		text, _ := messages.Encode(e, messages.JSON)
		lines = append(lines, string(text))
	}
	return strings.Join(lines, "\n")
}

// The order of versions and the patterns that the reading has of its own.
func TestTheReadingsOrderIsThatOfRPM(t *testing.T) {
	text, err := os.ReadFile("../../testdata/versions/rpm.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(text)) {
		row := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || len(row) != 3 {
			continue
		}
		rows++
		a, okA := parse(row[0])
		b, okB := parse(row[1])
		if want, err := strconv.Atoi(row[2]); err != nil || okA && okB && (a.cmp(b) != want || b.cmp(a) != -want) {
			t.Errorf("%s and %s: %d, want %s", row[0], row[1], a.cmp(b), row[2])
		}
	}
	if rows < 100 {
		t.Errorf("only %d pairs", rows)
	}
}

func TestTheReadingsPatternsArePythons(t *testing.T) {
	for pattern, fit := range map[string][]string{
		"a*c": {"ac", "abc", "abcc"}, "a?c": {"abc"}, "[ab]c": {"ac", "bc"}, "[!ab]c": {"cc", "]c", "^c"}, "[]a]c": {"]c", "ac"}, "[a-b]c": {"ac", "bc"},
		"[ac": {"[ac"}, "[!]c": {"[!]c"}, "*": {"ac", "abc", "abcc", "bc", "cc", "]c", "[ac", "[!]c", "^c"}, "[^a]c": {"^c", "ac"},
	} {
		for _, s := range []string{"ac", "abc", "abcc", "bc", "cc", "]c", "[ac", "[!]c", "^c"} {
			if got := glob(pattern, s); got != slices.Contains(fit, s) {
				t.Errorf("%s fits %s: %v", pattern, s, got)
			}
		}
	}
}
