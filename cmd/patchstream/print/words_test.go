package print

import (
	"testing"
	"time"
)

func TestAge(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 59 * time.Second: "59 s", 61 * time.Second: "1 min", 59 * time.Minute: "59 min",
		47 * time.Hour: "47 h", 48 * time.Hour: "2 d", 400 * day: "400 d",
	} {
		if got := age(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
	if got := clockAndAge(at, at.Add(90*time.Minute)); got != "2026-11-20 12:00:00Z, 1 h ago" {
		t.Error(got)
	}
}

func TestArrow(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{{"", "", "–"}, {"1", "", "1"}, {"1", "1", "1"}, {"", "2", "→ 2"}, {"1", "2", "1 → 2"}} {
		if got := arrow(c[0], c[1]); got != c[2] {
			t.Errorf("%q: %s", c, got)
		}
	}
}
