package explain

import (
	"strings"
	"unicode"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Words says for people what state the item is in, such as "install failed (configure)". In tables the enum
// stands beside it.
func Words(i *classify.Item) string {
	if i.Reason.Override != nil {
		return overriddenWords(i.State) + ", set by hand"
	}
	switch i.State {
	case messages.Failed:
		return failedWords(i)
	case messages.Missing:
		return "missing" + blockedWords(i.Blocked)
	}
	return stateWords(i.State)
}

func failedWords(i *classify.Item) string {
	if i.Reason.Broken != "" {
		return "broken (" + i.Reason.Broken + ")"
	}
	if o := i.Reason.Outcome; o != nil && o.Stage != "" {
		return "install failed (" + oneLine(o.Stage, 40) + ")"
	}
	return "install failed"
}

func blockedWords(blocked string) string {
	switch blocked {
	case classify.BlockedByHold:
		return " (held)"
	case classify.BlockedByPhasing:
		return " (phased)"
	case classify.BlockedByExclusion:
		return " (excluded)"
	case classify.BlockedByHiding:
		return " (hidden)"
	case classify.BlockedByPin:
		return " (pinned)"
	case classify.BlockedKeptBack:
		return " (kept back)"
	}
	return ""
}

// overriddenWords are those of a state that an operator chose: nothing is known of why.
func overriddenWords(s messages.State) string {
	switch s {
	case messages.Failed:
		return "failed"
	case messages.NotApplicable:
		return "not applicable"
	}
	return stateWords(s)
}

func stateWords(s messages.State) string {
	switch s {
	case messages.Installed:
		return "installed"
	case messages.InstalledOther:
		return "installed, outside baseline"
	case messages.InstalledRejected:
		return "installed, but forbidden"
	case messages.InstalledPendingReboot:
		return "installed, waits for a reboot"
	case messages.Missing:
		return "missing"
	case messages.Failed:
		return "install failed"
	case messages.NotApplicable:
		return "approved, not installed"
	case messages.AvailableSecurityUpdate:
		return "security update available, not approved"
	}
	return string(s)
}

// oneLine makes of what a host or an operator wrote a line of at most that many characters, without anything
// that a terminal would obey.
func oneLine(text string, most int) string {
	text = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case !unicode.IsPrint(c):
			return '\ufffd'
		}
		return c
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if chars := []rune(text); len(chars) > most {
		return string(chars[:most-1]) + "…"
	}
	return text
}
