package print

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/messages"
)

func TestRun(t *testing.T) {
	t.Parallel()
	to := "1.1"
	run := &messages.Run{
		Outcomes: []messages.Outcome{
			{Name: "a", Arch: "amd64", From: "1.0", To: &to, Result: messages.ResultInstalled},
			{Name: "b", Arch: "amd64", From: "1.0", To: &to, Result: messages.ResultSkipped, Error: "held"},
			{Name: "c", Arch: "amd64", To: &to, Result: messages.ResultFailed, Stage: "configure", Error: "it\x1b failed"},
			{Name: "d", Arch: "amd64", From: "1.0", Result: messages.ResultNotAttempted, Stage: "plan", Error: "lock: x"},
			{Name: "e", Arch: "amd64", From: "1.0", To: &to, Result: messages.ResultInstalled, Stage: "configure", Error: "at first"},
		},
		Removed: []messages.Removal{{Name: "f", Arch: "i386", From: "2"}, {Name: "g", Arch: "amd64", Purged: true}},
	}
	if got, want := RunWords(run), "2 installed, 1 failed, 2 removed, 1 skipped, 1 not attempted"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	run.ExitCode, run.Succeeded = new(100), new(false)
	if got, want := RunWords(run), "FAILED with exit code 100: 2 installed, 1 failed, "; !strings.HasPrefix(got, want) {
		t.Errorf("%s, want %s first", got, want)
	}
	run.ExitCode, run.Error = new(10), "the command ended with exit code 100"
	if got, want := RunWords(run), "FAILED with exit code 10: "; !strings.HasPrefix(got, want) {
		t.Errorf("another exit code: %s, want %s first", got, want)
	}
	*run.ExitCode = 100
	if got, want := RunWords(run), "FAILED: 2 installed, 1 failed, 2 removed, 1 skipped, 1 not attempted: the command ended with exit code 100"; got != want {
		t.Errorf("%s, want %s: the exit code once", got, want)
	}
	if got, want := RunWords(&messages.Run{Succeeded: new(false), Error: "no lock"}), "FAILED: 0 installed, 0 failed: no lock"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	shown := func() []string {
		var stdout, stderr bytes.Buffer
		New(&stdout, &stderr).Run(run)
		if stdout.Len() > 0 {
			t.Errorf("stdout is the command's: %s", &stdout)
		}
		return strings.Split(strings.TrimSpace(stderr.String()), "\n")
	}
	want := []string{
		"PACKAGE VERSION RESULT REASON", "c.amd64 → 1.1 failed (configure) it", "e.amd64 1.0 → 1.1 installed (configure) at first",
		"d.amd64 1.0 not attempted (plan) lock: x", "b.amd64 1.0 → 1.1 skipped held", "f.i386 2 removed –", "g.amd64 – purged –",
	}
	got := shown()
	got = append(got[:1], got[2:]...) // the line under the head
	for i, line := range got {
		got[i] = strings.Join(strings.Fields(line), " ")
	}
	for i := range want {
		if len(got) != len(want) || !strings.HasPrefix(got[i], want[i]) || strings.ContainsRune(got[i], 0x1b) {
			t.Fatalf("%q, want %q", got, want)
		}
	}
	for i := range 200 {
		run.Removed = append(run.Removed, messages.Removal{Name: fmt.Sprint("h", i), Arch: "amd64"})
	}
	if long := shown(); len(long) != maxRunRows+4 || long[len(long)-1] != "and 106 more" {
		t.Errorf("%d lines, the last %q", len(long), long[len(long)-1])
	}
	run.Outcomes, run.Removed = run.Outcomes[:1], nil
	if nothing := shown(); nothing[0] != "" {
		t.Errorf("%q", nothing)
	}
}
