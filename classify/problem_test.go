package classify

import (
	"slices"
	"testing"

	"github.com/patchstream/patchstream/messages"
)

func TestCondition_run_failed(t *testing.T) {
	with := func(r *messages.Run, change func(*messages.Run)) *messages.Run {
		change(r)
		return r
	}
	code := func(n int) func(*messages.Run) { return func(r *messages.Run) { r.ExitCode = &n } }
	for _, row := range []struct {
		name   string
		events []messages.Event
		want   string
	}{
		{"a failed outcome", []messages.Event{run(1, "p 1.1 installed", "q 1.1 failed unpack no space", "r 1 failed")}, "q.amd64 failed at unpack: no space (and 1 more)"},
		{"a KB, which is called by its number alone", []messages.Event{run(1, "KB5068787 200 failed")}, "KB5068787 failed"},
		{"one of a version that nobody can order", []messages.Event{run(1, "q 1.0é failed")}, "q.amd64 failed"},
		{"an installed one with an error", []messages.Event{run(1, "q 1.1 installed post exit status 1")}, "q.amd64 was installed, with an error at post: exit status 1"},
		{"an error of its own", []messages.Event{with(run(1), func(r *messages.Run) { r.Error = "no network" })}, "no network"},
		{"succeeded is false", []messages.Event{with(run(1), func(r *messages.Run) { r.Succeeded = new(false) })}, "the runner says that it did not succeed"},
		{"an exit code", []messages.Event{with(run(1), code(100))}, "exit code 100"},
		{"an exit code, and yet it succeeded", []messages.Event{with(with(run(1), code(102)), func(r *messages.Run) { r.Succeeded = new(true) })}, ""},
		{"exit code 0", []messages.Event{with(run(1), code(0))}, ""},
		{"skipped and not attempted are no failures", []messages.Event{run(1, "p 1.1 skipped plan held", "q - not_attempted")}, ""},
		{"a later install went well", []messages.Event{run(1, "q 1.1 failed"), run(2)}, ""},
		{"a later run that only scanned takes nothing back", []messages.Event{run(1, "q 1.1 failed"), with(run(2), func(r *messages.Run) { r.Operation = messages.OperationScan })}, "q.amd64 failed"},
		{"a run that only scanned is none", []messages.Event{with(run(1), func(r *messages.Run) { r.Operation, r.Error = messages.OperationScan, "no" })}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judged(t, securityOnly(), row.events...)
			got := detail(r, RunFailed)
			if row.want == "" {
				row.want = "(it does not stand)"
			}
			if got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
			if slices.Contains(r.Reasons, RunFailed) {
				t.Error("it makes the host UNKNOWN")
			}
		})
	}
}
