package classify

import (
	"fmt"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// problemOfRun says what of an install went wrong, so that run_failed stands (classification.md, section 1); empty:
// nothing did. Of several outcomes the first is named.
func problemOfRun(r *messages.Run) string {
	first, more := "", 0
	for _, o := range r.Outcomes {
		switch text := problemOfOutcome(o); {
		case text == "":
		case first == "":
			first = text
		default:
			more++
		}
	}
	switch {
	case more > 0:
		return cut(fmt.Sprintf("%s (and %d more)", first, more))
	case first != "":
		return first
	case r.Error != "":
		return cut(r.Error)
	case r.Succeeded != nil && !*r.Succeeded:
		return "the runner says that it did not succeed"
	case r.Succeeded == nil && r.ExitCode != nil && *r.ExitCode != 0:
		return fmt.Sprintf("exit code %d", *r.ExitCode)
	}
	return ""
}

// problemOfOutcome says what went wrong with one package: it failed, or what came after its installation did.
func problemOfOutcome(o messages.Outcome) string {
	text := outcomeName(o)
	switch {
	case o.Result == messages.ResultFailed:
		text += " failed"
	case o.Result == messages.ResultInstalled && o.Error != "":
		text += " was installed, with an error"
	default:
		return ""
	}
	if o.Stage != "" {
		text += " at " + o.Stage
	}
	if o.Error != "" {
		text += ": " + o.Error
	}
	return cut(text)
}

// outcomeName is how people call what an outcome is about. A run does not say of which system it is, but KBs there are of Windows alone.
func outcomeName(o messages.Outcome) string {
	if number, is := strings.CutPrefix(o.Name, "KB"); is && number != "" && strings.Trim(number, "0123456789") == "" {
		return o.Name
	}
	return o.Name + "." + o.Arch
}

// maxDetail bounds what of a text by others stands in the detail of a condition.
const maxDetail = 1 << 10

func cut(text string) string {
	if len(text) <= maxDetail {
		return text
	}
	return strings.ToValidUTF8(text[:maxDetail], "") + " …"
}
