package apt

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

// bootFacts reads when and as which boot the root was started. Both are empty in a root that is not running.
func bootFacts(r *root) (time.Time, string) {
	id := r.word("proc/sys/kernel/random/boot_id")
	if len(id) > messages.MaxIDBytes || strings.ContainsFunc(id, notPrintable) {
		id = ""
	}
	text, err := r.read("proc/stat", 1<<20)
	if err != nil {
		return time.Time{}, id
	}
	return parseBootTime(text), id
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
		return known(time.Unix(seconds, 0))
	}
	return time.Time{}
}

// known returns t in UTC, and the zero time, which means "not known", for one outside of what an event may
// carry: a clock that was never set, a file whose date was set to 1970.
func known(t time.Time) time.Time {
	if t.Before(messages.OldestTime()) || t.Year() > 9999 {
		return time.Time{}
	}
	return t.UTC()
}

func notPrintable(r rune) bool { return r <= ' ' || r > '~' }
