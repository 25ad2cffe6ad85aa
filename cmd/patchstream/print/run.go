package print

import (
	"fmt"

	"github.com/patchstream/patchstream/messages"
)

// RunWords counts the outcomes of a run.
func RunWords(run *messages.Run) string {
	counts := make(map[messages.Result]int)
	for i := range run.Outcomes {
		counts[run.Outcomes[i].Result]++
	}
	words := fmt.Sprintf("%d installed, %d failed", counts[messages.ResultInstalled], counts[messages.ResultFailed])
	if n := counts[messages.ResultSkipped]; n > 0 {
		words += fmt.Sprintf(", %d skipped", n)
	}
	if n := counts[messages.ResultNotAttempted]; n > 0 {
		words += fmt.Sprintf(", %d not attempted", n)
	}
	if run.Error != "" {
		words += ": " + Plain(run.Error)
	}
	return words
}
