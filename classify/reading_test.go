package classify_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// The files reading_*_test.go are a second classification, written from docs/classification.md alone, slow and
// plain: it keeps every event, and looks for each answer in all of them anew. Whatever happened to a host, the code
// must say the same. Run it for longer with -rapid.checks=100000.

func TestTheCodeAndASecondReadingOfThePagesAgree(t *testing.T) {
	for range readRounds {
		rapid.Check(t, func(t *rapid.T) { anyHistory.Draw(t, "history").compare(t) })
		if t.Failed() {
			return
		}
	}
}

// readRounds times as many histories as rapid is asked for.
const readRounds = 3

func (h *history) compare(t *rapid.T) {
	for _, e := range h.events {
		if err := e.Validate(); err != nil {
			t.Fatalf("the history is no legal one: %v", err)
		}
	}
	_, os := h.read(time.Time{})
	lib, err := h.library.library(os)
	if err != nil {
		t.Fatal(err)
	}
	for i, now := range h.nows {
		want, _ := h.read(now)
		report, facts := judge(lib, shuffled(h.events, uint64(i)), now)
		if diff := differ(want, answerOf(report, facts)); diff != "" {
			t.Fatalf("at %s the pages (-) and the code (+) say:\n%s\n%s", now.Format(time.RFC3339), diff, h)
		}
		again, _ := judge(lib, shuffled(h.events, uint64(i)+100), now)
		if !reflect.DeepEqual(report, again) {
			t.Fatalf("in another order the code says:\n%s\n%s", cmp.Diff(report, again), h)
		}
		h.holdsUntilDue(t, want, now, report.Due)
		h.agesAsJudged(t, lib, now)
	}
}

// holdsUntilDue: nothing changes by time alone before the report says so.
func (h *history) holdsUntilDue(t *rapid.T, want answer, now, due time.Time) {
	for _, later := range h.nows {
		if now.IsZero() || !later.After(now) || !due.IsZero() && !later.Before(due) {
			continue
		}
		if answer, _ := h.read(later); differ(want, answer) != "" {
			t.Fatalf("the report of %s is due at %s, but at %s the pages say (+):\n%s\n%s", now.Format(time.RFC3339),
				due.Format(time.RFC3339), later.Format(time.RFC3339), differ(want, answer), h)
		}
	}
}

// agesAsJudged: a report that is looked at later says what a new one would, until an override expires or a shared name
// is forgotten, of which it knows nothing.
func (h *history) agesAsJudged(t *rapid.T, lib *classify.Library, now time.Time) {
	for _, later := range h.nows {
		if now.IsZero() || !later.After(now) {
			continue
		}
		report, facts := judge(lib, h.events, now)
		if expires := report.Expires(); !expires.IsZero() && !later.Before(expires) {
			continue
		}
		before, _ := h.read(now)
		want, _ := h.read(later)
		if slices.Contains(before.conditions, "name_shared") != slices.Contains(want.conditions, "name_shared") {
			continue
		}
		report.AsOf(later, lib.Settings)
		if diff := differ(want, answerOf(report, facts)); diff != "" {
			t.Fatalf("judged at %s, at %s the pages (-) and the report (+) say:\n%s\n%s", now.Format(time.RFC3339),
				later.Format(time.RFC3339), diff, h)
		}
	}
}

// read answers from the pages.
func (h *history) read(now time.Time) (answer, messages.OS) {
	r := read(h.events, now)
	r.settings = h.library.settings
	if r.full == nil {
		return r.answer(), messages.OS{}
	}
	r.baseline, r.missing = h.library.choose(r.full.OS, r.full.Tags)
	return r.answer(), r.full.OS
}

func differ(want, got answer) string {
	want, got = plain(want), plain(got)
	if reflect.DeepEqual(want, got) {
		return ""
	}
	return cmp.Diff(want, got, cmp.AllowUnexported(answer{}, verdict{}), cmp.Comparer(sameSpelling))
}

// plain leaves out what is empty or for the reading alone.
func plain(a answer) answer {
	items := a.items
	a.reasons, a.conditions, a.items = append([]string(nil), a.reasons...), append([]string(nil), a.conditions...), nil
	for _, v := range items {
		v.unlisted = false
		a.items = append(a.items, v)
	}
	return a
}

// sameSpelling: of versions that are one in Debian's order either may be shown.
func sameSpelling(a, b spelling) bool {
	return a == b || ordered(string(a)) && ordered(string(b)) && order(string(a), string(b)) == 0
}

// String prints what a difference can be shown again with.
func (h *history) String() string {
	var out strings.Builder
	events := slices.Clone(h.events)
	slices.SortStableFunc(events, func(a, b messages.Event) int { return a.Time().Compare(b.Time()) })
	for _, e := range events {
		text, err := messages.Encode(e, messages.JSON)
		fmt.Fprintf(&out, "%s %s%v\n", e.Kind(), text, errorText(err))
	}
	for _, id := range slices.Sorted(maps.Keys(h.library.baselines)) {
		fmt.Fprintf(&out, "baseline %s %s\n", id, asJSON(h.library.baselines[id]))
	}
	fmt.Fprintf(&out, "default %q, groups %v, host group %q\nsettings %s\n", h.library.fallback, h.library.groups,
		h.library.hostGroup, asJSON(h.library.settings))
	return out.String()
}

// GoString is what rapid prints of a drawn history.
func (h *history) GoString() string { return fmt.Sprintf("%d events", len(h.events)) }

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return " " + err.Error()
}

// Globs and versions have more corners than a history visits.
func TestTheCodeAndASecondReadingAgreeOnGlobs(t *testing.T) {
	text := rapid.StringMatching(`[ab\-\]!^1.]{1,5}`)
	glob := rapid.StringMatching(`[aAb\-\[\]!^*?1.\\]{1,7}`)
	rapid.Check(t, func(t *rapid.T) {
		name, entry := text.Draw(t, "name"), glob.Draw(t, "entry")
		h := &history{nows: []time.Time{{}}, library: readLibrary{fallback: "one", baselines: map[string]*readBaseline{"one": {
			BaselineId: "one", Name: "one", ApprovedPatches: []string{entry}, ApprovedPatchesEnableNonSecurity: true,
		}}}}
		h.library.baselines["one"].ApprovalRules.PatchRules = []readRule{}
		h.events = []messages.Event{&messages.Scan{
			ID: "e0", Host: readHost, TakenAt: readStart, Complete: true, OS: distributions[0].os,
			Packages: []messages.Package{{Name: name, Arch: "amd64", Installed: new("2")}},
		}}
		h.compare(t)
	})
}

func TestTheCodeAndASecondReadingAgreeOnVersions(t *testing.T) {
	anyVersion := rapid.StringMatching(`([01]:)?[019azA~+.\-_:^ ]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyVersion.Draw(t, "a"), anyVersion.Draw(t, "b")
		if want, got := ordered(a), version.OrderedDeb(a) == nil; want != got {
			t.Fatalf("%q can be ordered: the pages say %t, the code %t", a, want, got)
		}
		if !ordered(a) || !ordered(b) {
			return
		}
		if want, got := order(a, b), version.CompareDeb(a, b); want != got {
			t.Fatalf("%q and %q: the pages say %d, the code %d", a, b, want, got)
		}
	})
}
