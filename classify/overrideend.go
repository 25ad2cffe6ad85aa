package classify

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

const defaultOverrideExpires = 90 * 24 * time.Hour

// EndsNever is what is said of an override that lasts until it is withdrawn.
const EndsNever = "never"

// minutesOrMonths is an age in m alone: minutes to a computer, and to people perhaps months.
var minutesOrMonths = regexp.MustCompile(`^[0-9.]+[mM]$`)

// OverrideEnd returns when an override ends that is set now, from what is said of it: an age from now, a time, [EndsNever], which is the zero
// time, or nothing, which leaves it to the settings.
func (s *Settings) OverrideEnd(said string, now time.Time) (time.Time, error) {
	now = now.UTC()
	switch {
	case said == "":
		return now.Add(s.OverrideExpires.or(defaultOverrideExpires)), nil
	case said == EndsNever:
		return time.Time{}, nil
	case minutesOrMonths.MatchString(said):
		return time.Time{}, fmt.Errorf("%q may be minutes or months: write hours or days, as 1h or 30d", said)
	}
	if age, err := ParseAge(said); err == nil {
		return now.Add(time.Duration(age)), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		at, err := time.Parse(layout, said)
		switch {
		case err != nil:
		case !at.After(now):
			return time.Time{}, errors.New("is in the past")
		default:
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: write an age from now as 30d, at most %s, a time as 2026-11-20T10:00:00Z or 2026-11-20, or %s", said, MaxAge, EndsNever)
}
