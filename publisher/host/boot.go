package host

import (
	"bufio"
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// /proc/stat has counters since the boot, and the time of the boot in seconds since 1970:
//
//	cpu  74608 2520 24433 1117073 6176 4054 0 0 0 0
//	…
//	btime 1769990400
//
// The kernel works btime out of its clock and the time it has been up, so it moves when the clock is stepped;
// the boot id, a UUID made at each boot, does not.

// Boot is which boot a root runs in. The zero value: it does not run, or does not say.
type Boot struct {
	At time.Time
	ID string
}

// ReadBoot reads when and as which boot the root was started. A time after now, by a clock that was set back since,
// is left out; the id still tells.
func ReadBoot(r *Root, now time.Time) Boot {
	b := Boot{ID: r.Word("proc/sys/kernel/random/boot_id")}
	if len(b.ID) > messages.MaxIDBytes || strings.ContainsFunc(b.ID, notPrintable) {
		b.ID = ""
	}
	if text, err := r.Read("proc/stat", 1<<20); err == nil {
		b.At = parseBootTime(text)
	}
	if b.At.After(now) {
		b.At = time.Time{}
	}
	return b
}

// parseBootTime returns the time of the boot, zero where the text does not have it.
func parseBootTime(stat []byte) time.Time {
	lines := bufio.NewScanner(bytes.NewReader(stat))
	lines.Buffer(nil, len(stat)+1) // the line of the interrupts may be long
	for lines.Scan() {
		value, found := bytes.CutPrefix(lines.Bytes(), []byte("btime "))
		if !found {
			continue
		}
		seconds, err := strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64)
		if err != nil {
			return time.Time{}
		}
		return KnownTime(time.Unix(seconds, 0))
	}
	return time.Time{}
}

// KnownTime returns t in UTC, and the zero time, which means "not known", for one outside of what an event may
// carry: a clock that was never set, a file whose date was set to 1970.
func KnownTime(t time.Time) time.Time {
	if t.Before(messages.OldestTime()) || t.Year() > 9999 {
		return time.Time{}
	}
	return t.UTC()
}

func notPrintable(r rune) bool { return r <= ' ' || r > '~' }
