package host

import (
	"slices"

	"github.com/patchstream/patchstream/messages"
)

// Succeeded is the runner's own verdict of a run whose exit code is a good one or not: nothing of it went wrong.
func Succeeded(run *messages.Run, goodCode bool) *bool {
	good := goodCode && run.Error == "" && !slices.ContainsFunc(run.Outcomes, func(o messages.Outcome) bool {
		return o.Result == messages.ResultFailed
	})
	return &good
}
