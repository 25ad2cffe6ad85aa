package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
)

func TestVerdicts(t *testing.T) {
	field := &messages.FieldError{Field: "taken_at", Problem: "is required"}
	for name, c := range map[string]struct {
		err         error
		deliveries  uint64
		acknowledge bool
		refused     ground
		again       time.Duration
	}{
		"done":                                 {nil, 9, true, "", 0},
		"can never work":                       {refuse(groundDecode, field), 1, false, groundDecode, 0},
		"can never work, wrapped":              {fmt.Errorf("event: %w", refuse(groundPanic, errors.New("x"))), 1, false, groundPanic, 0},
		"can never work, and something failed": {errors.Join(refuse(groundDecode, field), context.DeadlineExceeded), 1, false, groundDecode, 0},
		"a time-out":                           {context.DeadlineExceeded, 1, false, "", time.Second},
		"a conflict":                           {record.ErrConflict, 2, false, "", 2 * time.Second},
		"the third time":                       {errBusy, 3, false, "", 4 * time.Second},
		"the seventh time":                     {errBusy, 7, false, "", 10 * time.Second},
		"for days":                             {errBusy, 1_000_000_000, false, "", 10 * time.Second},
		"a record that cannot be read":         {fmt.Errorf("load: %w", field), 1, false, "", time.Second},
	} {
		v := verdictOn(c.err, c.deliveries)
		refused := ground("")
		if v.refused != nil {
			refused = v.refused.ground
		}
		if v.acknowledge != c.acknowledge || refused != c.refused || v.again != c.again {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func TestAReasonFitsIntoAHeader(t *testing.T) {
	for given, want := range map[string]string{
		"host: is \"a\"":  "host: is \"a\"",
		"one\ntwo\r\nsix": "one | two | six",
		"\n\n":            "",
	} {
		if got := headerText(given); got != want {
			t.Errorf("%q: %q", given, got)
		}
	}
	long := headerText(strings.Repeat("é", maxReasonBytes))
	if len(long) > maxReasonBytes+10 || !strings.HasSuffix(long, "é …") {
		t.Errorf("%d bytes, ends with %q", len(long), long[len(long)-10:])
	}
}

func TestASubjectSaysItsKindAndWhatShouldBeAHost(t *testing.T) {
	for subject, want := range map[string]string{
		"patch.due.web.example.org":  "due web.example.org",
		"patch.scan.web.example.org": "scan web.example.org",
		"patch.later.web":            " web",
		"patch.due.a b":              "due a b",
	} {
		kind, host, _ := parseSubject(subject)
		if got := string(kind) + " " + host; got != want {
			t.Errorf("%s: %q, want %q", subject, got, want)
		}
	}
}
