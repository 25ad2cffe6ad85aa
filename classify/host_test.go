package classify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/classify/classifytest"
	"github.com/patchstream/patchstream/messages"
)

// What the tests have in common: a host web-1 with Ubuntu, whose events are written in a few words.

var (
	t0     = classifytest.Start
	ubuntu = classifytest.Ubuntu
)

// The short words of classifytest.
var (
	at            = classifytest.At
	ubuntuOrigins = classifytest.Origins
	pkg           = classifytest.Package
	but           = classifytest.But
	scan          = classifytest.Scan
	run           = classifytest.Run
	override      = classifytest.Override
	securityOnly  = classifytest.SecurityOnly
	everything    = classifytest.Everything
	rules         = classifytest.Rules
	filtered      = classifytest.Filtered
	approved      = classifytest.Approved
	approvedAll   = classifytest.ApprovedAll
	rejected      = classifytest.Rejected
	state         = classifytest.State
)

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
func judged(t testing.TB, b *baseline.Baseline, events ...messages.Event) *Report {
	t.Helper()
	return judgedBy(t, b, Settings{}, at(1), events...)
}

func judgedBy(t testing.TB, b *baseline.Baseline, s Settings, now time.Time, events ...messages.Event) *Report {
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

func wantFieldError(t *testing.T, err error, field, problem string) {
	t.Helper()
	var f *messages.FieldError
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want a *messages.FieldError", err)
	}
	if f.Field != field || !strings.Contains(f.Problem, problem) {
		t.Errorf("got %q: %q\nwant %q: …%q…", f.Field, f.Problem, field, problem)
	}
}
