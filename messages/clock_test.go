package messages

import (
	"testing"
	"time"
)

func TestRefusesAClockThatRunsTooFarAhead(t *testing.T) {
	t.Parallel()
	stamp := at("2026-11-20T10:00:00Z")
	early, ahead, tooFar := stamp.Add(-time.Hour), stamp.Add(MaxClockAhead), stamp.Add(MaxClockAhead+1)
	for _, tt := range []struct {
		event Event
		field string // empty: the clock will do
	}{
		{&Scan{TakenAt: ahead, BootedAt: ahead, IndexAt: tooFar}, ""},
		{&Scan{TakenAt: tooFar}, "taken_at"},
		{&Scan{TakenAt: early, BootedAt: tooFar}, "booted_at"},
		{&Run{StartedAt: ahead, FinishedAt: ahead, BootedAt: ahead}, ""},
		{&Run{StartedAt: tooFar, FinishedAt: tooFar}, "started_at"},
		{&Run{StartedAt: early, FinishedAt: tooFar}, "finished_at"},
		{&Run{StartedAt: early, FinishedAt: early, BootedAt: tooFar}, "booted_at"},
		{&Override{At: ahead, ExpiresAt: tooFar}, ""},
		{&Override{At: tooFar}, "at"},
		{&Recheck{}, ""},
		{&Retire{At: ahead}, ""},
		{&Retire{At: tooFar}, "at"},
	} {
		err := tt.event.CheckClock(stamp)
		if tt.field == "" {
			if err != nil {
				t.Errorf("%+v: %v", tt.event, err)
			}
			continue
		}
		refused(t, err, tt.field, "is more than 10 minutes after 2026-11-20T10:00:00Z")
		if err := tt.event.CheckClock(time.Time{}); err != nil {
			t.Errorf("without a stamp: %v", err)
		}
	}
}
