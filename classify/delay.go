package classify

import (
	"time"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// delay is how long a rule waits after a release, and until when it takes releases at all. The zero value waits for nothing.
type delay struct {
	after time.Duration
	given bool      // after is given, be it 0
	until time.Time // what is released at this time or later is not taken; zero: all is
}

// maxDelayDays is about a hundred years, and far from where a duration overflows.
const maxDelayDays = 36_500

func delayOf(r *baseline.Rule) delay {
	var d delay
	if days := r.ApproveAfterDays; days != nil {
		d.given = true
		d.after = time.Duration(max(-maxDelayDays, min(*days, maxDelayDays)) * float64(24*time.Hour))
	}
	if day, err := time.Parse(time.DateOnly, r.ApproveUntilDate); err == nil {
		d.until = day.AddDate(0, 0, 1)
	}
	return d
}

// waits says what stops a release of that time now; By is empty where nothing does.
func (d *delay) waits(released, now time.Time) messages.Stopped {
	switch {
	case released.IsZero():
	case !d.until.IsZero() && !released.Before(d.until):
		return messages.Stopped{By: messages.StoppedByDate}
	case d.given && !now.After(d.over(released)):
		return messages.Stopped{By: messages.StoppedByDelay, Until: d.over(released)}
	}
	return messages.Stopped{}
}

// lastSecond is the last one that a record or a change can carry.
var lastSecond = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC)

// over is when a release of that time no longer waits.
func (d *delay) over(released time.Time) time.Time {
	if t := released.Add(d.after); t.Before(lastSecond) {
		return t
	}
	return lastSecond
}
