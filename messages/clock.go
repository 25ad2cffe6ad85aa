package messages

import (
	"fmt"
	"time"
)

// CheckClock returns a [*FieldError] for the first time of the host's clock that is more than
// [MaxClockAhead] later than stamp. Nothing is refused where stamp is zero.
func (s *Scan) CheckClock(stamp time.Time) error {
	return checkClock(stamp, clockTime{"taken_at", s.TakenAt}, clockTime{"booted_at", s.BootedAt})
}

// CheckClock returns a [*FieldError] for the first time of the host's clock that is more than
// [MaxClockAhead] later than stamp. Nothing is refused where stamp is zero.
func (r *Run) CheckClock(stamp time.Time) error {
	return checkClock(stamp, clockTime{"started_at", r.StartedAt}, clockTime{"finished_at", r.FinishedAt},
		clockTime{"booted_at", r.BootedAt})
}

// CheckClock returns a [*FieldError] if the override's time is more than [MaxClockAhead] later than stamp.
// Nothing is refused where stamp is zero.
func (o *Override) CheckClock(stamp time.Time) error {
	return checkClock(stamp, clockTime{"at", o.At})
}

// CheckClock returns a [*FieldError] if the time of the retirement is more than [MaxClockAhead] later than stamp.
// Nothing is refused where stamp is zero.
func (r *Retire) CheckClock(stamp time.Time) error {
	return checkClock(stamp, clockTime{"at", r.At})
}

// CheckClock returns nil: a recheck has no time of its own.
func (r *Recheck) CheckClock(time.Time) error { return nil }

// clockTime is a field whose time is of the host's clock.
type clockTime struct {
	field string
	time  time.Time
}

func checkClock(stamp time.Time, times ...clockTime) error {
	if stamp.IsZero() {
		return nil
	}
	latest := stamp.Add(MaxClockAhead)
	for _, t := range times {
		if t.time.After(latest) {
			return &FieldError{Field: t.field, Problem: fmt.Sprintf("%s is more than %d minutes after %s, when it was sent",
				rfc3339(t.time), MaxClockAhead/time.Minute, rfc3339(stamp))}
		}
	}
	return nil
}
