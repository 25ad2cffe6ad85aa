package classify

import (
	"maps"
	"slices"

	"github.com/patchstream/patchstream/messages"
)

// Upgrade fills in, as far as the other facts tell, what was not kept of events before this version kept it.
func (f *Facts) Upgrade() {
	if f.ScanStatement == nil {
		for _, scan := range []*ScanFact{f.Full, f.Unchanged} {
			if scan != nil {
				f.addScanStatement(scan.Scan, scan.Stamp)
			}
		}
	}
	if run := f.LastRun; f.LastInstall == nil && run != nil && run.Operation == messages.OperationInstall {
		f.LastInstall = run
		if run.Problem == "" {
			run.Problem = f.problemKept(run)
		}
	}
}

// problemKept returns what can still be told of an install that failed.
func (f *Facts) problemKept(run *RunFact) string {
	for _, key := range slices.SortedFunc(maps.Keys(f.Outcomes), PackageKey.compare) {
		if failure := f.Outcomes[key].Failed; failure != nil && failure.Stamp == run.Stamp {
			return problemOfOutcome(messages.Outcome{Name: key.Name, Arch: key.Arch, Result: messages.ResultFailed, Stage: failure.Stage, Error: failure.Error})
		}
	}
	return problemOfRun(&messages.Run{Error: run.Error, ExitCode: run.ExitCode})
}

// Upgrade fills in the conditions of a report that was made before there were any, as far as it tells.
func (r *Report) Upgrade() {
	if len(r.Conditions) > 0 {
		return
	}
	for _, reason := range r.Reasons {
		r.Conditions = append(r.Conditions, messages.Condition{Code: reason})
	}
}
