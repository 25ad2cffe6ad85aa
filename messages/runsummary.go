package messages

import "github.com/patchstream/patchstream/messages/wire"

// RunSummary is what a change says of the run that it rests on: how it ended, and how many packages came to which end.
type RunSummary struct {
	RunID     string `json:"run_id" msgpack:"run_id"` // the runner's own name for the run
	Operation string `json:"operation" msgpack:"operation"`
	ExitCode  *int   `json:"exit_code,omitempty" msgpack:"exit_code,omitempty"` // nil: not known
	Succeeded *bool  `json:"succeeded,omitempty" msgpack:"succeeded,omitempty"` // the runner's own verdict; nil: not told
	Error     string `json:"error,omitempty" msgpack:"error,omitempty"`         // the run's own

	Installed    int `json:"installed" msgpack:"installed"`
	Failed       int `json:"failed" msgpack:"failed"`
	Skipped      int `json:"skipped" msgpack:"skipped"`
	NotAttempted int `json:"not_attempted" msgpack:"not_attempted"`
	Removed      int `json:"removed" msgpack:"removed"`
}

// Summary returns what a change says of the run.
func (r *Run) Summary() *RunSummary {
	s := &RunSummary{RunID: r.RunID, Operation: r.Operation, ExitCode: r.ExitCode, Succeeded: r.Succeeded, Error: r.Error, Removed: len(r.Removed)}
	for i := range r.Outcomes {
		switch r.Outcomes[i].Result {
		case ResultInstalled:
			s.Installed++
		case ResultFailed:
			s.Failed++
		case ResultSkipped:
			s.Skipped++
		case ResultNotAttempted:
			s.NotAttempted++
		}
	}
	return s
}

var runSummaryFields = wire.MapOf(
	text("run_id", func(r *RunSummary) *string { return &r.RunID }).Always(),
	text("operation", func(r *RunSummary) *string { return &r.Operation }).Always(),
	wire.IntOrNil("exit_code", func(r *RunSummary) **int { return &r.ExitCode }),
	wire.FlagOrNil("succeeded", func(r *RunSummary) **bool { return &r.Succeeded }),
	text("error", func(r *RunSummary) *string { return &r.Error }),
	wire.Int("installed", func(r *RunSummary) *int { return &r.Installed }).Always(),
	wire.Int("failed", func(r *RunSummary) *int { return &r.Failed }).Always(),
	wire.Int("skipped", func(r *RunSummary) *int { return &r.Skipped }).Always(),
	wire.Int("not_attempted", func(r *RunSummary) *int { return &r.NotAttempted }).Always(),
	wire.Int("removed", func(r *RunSummary) *int { return &r.Removed }).Always(),
)
