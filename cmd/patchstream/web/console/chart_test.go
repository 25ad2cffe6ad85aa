package console

import (
	"context"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/worker/query"
)

// A bar is never wider than it is, shows all that there is, and its parts stand beside each other.
func TestABarHasRoomForAll(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		counts := rapid.SliceOfN(rapid.IntRange(0, 100_000), 1, 6).Draw(r, "counts")
		segments, all := make([]segment, len(counts)), 0
		for i, n := range counts {
			segments[i].N, all = n, all+n
		}
		longest := all + rapid.SampledFrom([]int{0, 0, 1, 1_000_000}).Draw(r, "more")
		x := 0
		for _, s := range bar(longest, segments) {
			if s.X != x || s.W < 0 || s.N == 0 && s.W > 0 || s.N > 0 && s.W == 0 {
				r.Fatalf("%+v begins at %d, not %d", s, s.X, x)
			}
			x += s.W
		}
		if x > barWidth || all > 0 && longest == all && x != barWidth {
			r.Fatalf("%v of %d ends at %d", counts, longest, x)
		}
	})
}

func TestATrendIsDrawn(t *testing.T) {
	if draw(nil) != nil || draw([]query.TrendPoint{{Day: "2026-11-28", Hosts: 3}}) != nil {
		t.Error("of one day there is nothing to see")
	}
	c := draw([]query.TrendPoint{{Day: "2026-11-27", Hosts: 4, Compliant: 1, NonCompliant: 2, Unknown: 1, OpenPatches: 5}, {Day: "2026-11-28", Hosts: 2, Compliant: 2}})
	if c.Bad != "M0.0,60.0 900.0,120.0 L900.0,120.0 0.0,120.0 Z" || c.Unknown != "M0.0,30.0 900.0,120.0 L900.0,120.0 0.0,60.0 Z" || c.Good != "M0.0,0.0 900.0,60.0 L900.0,120.0 0.0,30.0 Z" {
		t.Errorf("areas %q %q %q", c.Bad, c.Unknown, c.Good)
	}
	if c.Open != "0.0,0.0 900.0,120.0" || c.Most != 4 || c.MostOpen != 5 || c.First != "2026-11-27" || c.Last != "2026-11-28" {
		t.Errorf("%+v", c)
	}
}

// A page never waits for the changes to be read: it shows what was known, and the next page has the rest.
func TestATrendIsReadBesideThePages(t *testing.T) {
	now, asked, let := time.Now(), make(chan struct{}), make(chan error)
	cache := &trendCache{kept: make(map[string]*keptTrend), now: func() time.Time { return now }, days: func(context.Context, []string) ([]query.TrendPoint, error) {
		asked <- struct{}{}
		return []query.TrendPoint{{Hosts: 1}}, <-let
	}}
	if _, known, _ := cache.get(t.Context(), nil); known {
		t.Error("it is known before it was read")
	}
	<-asked
	if _, known, _ := cache.get(t.Context(), nil); known { // nobody asks a second time
		t.Error("it is known before it was read")
	}
	let <- nil
	points, known, _ := cache.get(t.Context(), nil)
	for !known { // it waits for what is under way
		points, known, _ = cache.get(t.Context(), nil)
	}
	if len(points) != 1 {
		t.Errorf("%v", points)
	}
	now = now.Add(2 * trendFresh)
	if _, known, _ := cache.get(t.Context(), nil); !known {
		t.Error("what is old is shown while the new one is read")
	}
	<-asked
	let <- errors.New("the stream is away")
	for again := false; !again; { // it is tried again
		if _, known, _ := cache.get(t.Context(), nil); !known {
			t.Fatal("a failure takes away what was known")
		}
		select {
		case <-asked:
			again = true
		default:
		}
	}
	let <- nil
}

func TestWhatAShellTakesIsOnlyAWord(t *testing.T) {
	for word, want := range map[string]string{
		"web-1": "web-1", "a b": "'a b'", "$(reboot)": "'$(reboot)'", "it's": `'it'\''s'`, "": "''", "`x`": "'`x`'", "a\nb": "'a\nb'", "*": "'*'",
	} {
		if got := quoted(word); got != want {
			t.Errorf("%q is %s, want %s", word, got, want)
		}
	}
}

func TestWordsForPeople(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for ago, want := range map[time.Duration]string{
		0: "now", 5 * time.Second: "5 s ago", 90 * time.Second: "1 min ago", 3 * time.Hour: "3 h ago", 47 * time.Hour: "47 h ago", 49 * time.Hour: "2 d ago", -2 * time.Hour: "in 2 h",
	} {
		if got := age(now, now.Add(-ago)); got != want {
			t.Errorf("%v: %q, want %q", ago, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "−1,234"} {
		if got := count(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for code, want := range map[string]string{"NON_COMPLIANT": "Non-compliant", "run_failed": "Run failed", "": ""} {
		if got := word(code); got != want {
			t.Errorf("%q: %q, want %q", code, got, want)
		}
	}
}
