package worker

import (
	"errors"
	"testing"
	"time"
)

// An event that failed here once, and was applied by another worker when it came again, says nothing for ever.
func TestAFailureOfLongAgoIsNoneOfNow(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	h, why := new(health), errors.New("no answer")
	ready := func(after time.Duration, want bool) {
		t.Helper()
		now = now.Add(after)
		h.wrote(now)
		if err := h.check(now); (err == nil) != want || !want && !errors.Is(err, why) {
			t.Errorf("ready: %v, want %v", err, want)
		}
	}
	h.ended(now, why)
	ready(notReadyAfter, true)
	h.ended(now, why)
	ready(time.Second, false)
	ready(failureCounts, true)
	h.ended(now, why)
	ready(notReadyAfter, true)
	ready(time.Second, false)
	h.ended(now, nil)
	ready(time.Second, true)
}
