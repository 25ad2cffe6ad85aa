package host

import (
	"fmt"
	"time"
)

// WaitOr returns how long something is waited for: usual where d is 0, not at all where it is negative.
func WaitOr(d, usual time.Duration) time.Duration {
	if d == 0 {
		return usual
	}
	return max(d, 0)
}

// TimeoutOr returns the bound of a command: usual where d is none.
func TimeoutOr(d, usual time.Duration) time.Duration {
	if d <= 0 {
		return usual
	}
	return d
}

// NowBy returns the time by a clock, nil for [time.Now], in UTC.
func NowBy(clock func() time.Time) time.Time {
	if clock == nil {
		clock = time.Now
	}
	return clock().UTC()
}

// maxNotes bounds what is said of one scan's notes.
const maxNotes = 20

// Notes passes on the first of some notes, and how many more there are. say nil: to nobody.
func Notes(notes []string, say func(text string)) {
	if say == nil {
		return
	}
	for i, text := range notes {
		if i == maxNotes {
			say(fmt.Sprintf("%d more of that kind", len(notes)-maxNotes))
			return
		}
		say(Shorten(text))
	}
}
