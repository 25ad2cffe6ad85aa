package host

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

func TestParseBootTime(t *testing.T) {
	want := time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)
	stat := "cpu  1 2\nintr " + strings.Repeat("0 ", 100_000) + "\nctxt 5\nbtime %s\nprocesses 3\n"
	diff(t, "boot", want, parseBootTime([]byte(fmt.Sprintf(stat, "1769947200"))))
	for _, value := range []string{"0", "-5", "x", "99999999999999999999", "999999999999999"} {
		diff(t, value, time.Time{}, parseBootTime([]byte(fmt.Sprintf(stat, value))))
	}
	diff(t, "no line", time.Time{}, parseBootTime([]byte("cpu 1\n")))
}

func FuzzParseBootTime(f *testing.F) {
	f.Add([]byte("cpu 1 2\nbtime 1769990400\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if at := parseBootTime(text); !at.IsZero() && at.Before(messages.OldestTime()) {
			t.Errorf("%v", at)
		}
	})
}
