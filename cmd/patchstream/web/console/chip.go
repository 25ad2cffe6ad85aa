package console

import (
	"github.com/patchstream/patchstream/classify/explain"
	"github.com/patchstream/patchstream/messages"
)

// chip is a status, a state, a level or a condition as it is seen: a word, a colour and a shape, so that it is told without the colour.
type chip struct {
	Tone  string // class of its colour: bad, warn, unknown, good, info, quiet
	Shape string // id of its shape in the layout
	Word  string
	Code  string // as the contract says it
	Title string // more words; empty: none
}

// statusChip is how a host stands. What is not known has a tone of its own, which is nothing like that of what is in order.
func statusChip(s messages.HostStatus) chip {
	c := chip{Word: word(s), Code: string(s)}
	switch s {
	case messages.NonCompliant:
		c.Tone, c.Shape = "bad", "alert"
	case messages.Compliant:
		c.Tone, c.Shape = "good", "check"
	case messages.Retired:
		c.Tone, c.Shape = "quiet", "dash"
	default:
		c.Tone, c.Shape, c.Word = "unknown", "query", "Unknown"
	}
	return c
}

// stateChip is how a patch stands.
func stateChip(s messages.State) chip {
	c := chip{Word: word(s), Code: string(s)}
	switch s {
	case messages.Missing:
		c.Tone, c.Shape = "bad", "down"
	case messages.Failed:
		c.Tone, c.Shape = "bad", "cross"
	case messages.InstalledPendingReboot:
		c.Tone, c.Shape, c.Word = "warn", "turn", "Pending reboot"
	case messages.InstalledRejected:
		c.Tone, c.Shape, c.Word = "warn", "ban", "Rejected"
	case messages.AvailableSecurityUpdate:
		c.Tone, c.Shape, c.Word = "info", "shield", "Security update available"
	case messages.Installed:
		c.Tone, c.Shape = "good", "check"
	case messages.InstalledOther:
		c.Tone, c.Shape, c.Word = "quiet", "check", "Installed, outside baseline"
	case messages.NotApplicable:
		c.Tone, c.Shape = "quiet", "dash"
	case "":
		c.Tone, c.Shape, c.Word = "quiet", "dash", "Not there"
	default:
		c.Tone, c.Shape = "unknown", "query"
	}
	return c
}

// levelChip is how serious something is: more bars for the higher levels.
func levelChip(l messages.Level) chip {
	c := chip{Word: word(l), Code: string(l), Tone: "quiet", Shape: "bar1"}
	switch l {
	case messages.Critical:
		c.Tone, c.Shape = "bad", "bar4"
	case messages.High:
		c.Tone, c.Shape = "warn", "bar3"
	case messages.Medium:
		c.Tone, c.Shape = "info", "bar2"
	}
	return c
}

// conditionChip is what stands on a host.
func conditionChip(code string) chip {
	c := chip{Tone: "unknown", Shape: "query", Word: word(code), Code: code, Title: explain.ConditionWords(code)}
	switch code {
	case "run_failed", "scan_failing":
		c.Tone, c.Shape = "bad", "cross"
	case "reboot_required":
		c.Tone, c.Shape = "warn", "turn"
	case "record_full":
		c.Tone, c.Shape = "warn", "alert"
	}
	return c
}
