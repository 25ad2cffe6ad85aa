package explain

import (
	"regexp"
	"strings"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// windowsUpdate is what Windows hosts get their KBs by. The commands are of PSWindowsUpdate, which most use.
var windowsUpdate = manager{
	name: "Windows Update", valid: func(string) error { return nil }, safe: regexp.MustCompile(`^[A-Za-z0-9-]*$`),
	decided: decidedKB, changes: changesOfKB, next: nextOfKB, upgrade: installKBs, exactly: exactlyKB,
	remove: "", target: removeKB, refresh: "let the host search for updates (Get-WindowsUpdate), and look whether it reaches its update service",
	asks: "searched for updates", source: "Microsoft says so of", approved: true, revisions: true,
}

// kbNumber is the number of a KB, empty where an update has none.
func kbNumber(i *classify.Item) string {
	if number := strings.TrimPrefix(strings.ToUpper(i.Name), "KB"); number != "" && strings.Trim(number, "0123456789") == "" {
		return number
	}
	return ""
}

func removeKB(i *classify.Item) string {
	if number := kbNumber(i); number != "" {
		return "wusa /uninstall /kb:" + number
	}
	return "remove it by hand: it has no KB number"
}

func nextOfKB(i *classify.Item) string {
	number := kbNumber(i)
	switch {
	case number == "":
		return "install it by Windows Update: it has no KB number"
	case i.Blocked == classify.BlockedByHiding:
		return "hidden: Show-WindowsUpdate -KBArticleID KB" + number + ", then install it"
	}
	return installKBs(exactlyKB(i))
}

func exactlyKB(i *classify.Item) string { return "KB" + kbNumber(i) }

func installKBs(kbs ...string) string {
	return "Install-WindowsUpdate -KBArticleID " + strings.Join(kbs, ",")
}

// decidedKB says which branch decided about a KB, of which nothing is newer.
func decidedKB(e *explainer) bool {
	r := &e.item.Reason
	switch r.Code {
	case messages.BecauseApproved:
		e.say("It is installed, and the baseline approves it.")
	case messages.BecauseNotApproved:
		e.say("It is installed, and the baseline does not approve it.")
	case messages.BecauseRejected:
		e.say("It is installed, and the baseline rejects it.")
	case messages.BecauseApplicable:
		e.say("It is for this host and not installed, and the baseline approves it.")
	case messages.BecauseSecurityAvailable:
		e.say("It is for this host and not installed; it is a security update that the baseline does not approve.")
	case messages.BecauseSuperseded:
		newer := "A newer update"
		if len(r.Notices) > 0 {
			newer = oneLine(r.Notices[0].ID, 80)
		}
		e.say("%s has taken its place, and %s names it.", newer, e.matchedBy())
	case messages.BecauseNoSuchPackage:
		e.say("%s names no KB that the host lists: it does not need it, or a newer one has taken its place.", e.matchedBy())
	case messages.BecauseFailedRun:
		e.say("A run tried to install it and could not, and nothing disproved that since.")
	case messages.BecauseUnlisted:
		e.say("The scan does not list it, and a run installed it after that scan.")
	default:
		return false
	}
	return true
}

func changesOfKB(e *explainer) []string {
	r := &e.item.Reason
	switch r.Code {
	case messages.BecauseApproved:
		return []string{"it is removed, and a scan shows that", "the baseline no longer approves it: INSTALLED_OTHER"}
	case messages.BecauseApplicable:
		return []string{"a run installs it", "a run tries it and fails: FAILED", "a scan shows it installed or superseded", "RejectedPatches names it"}
	case messages.BecauseSecurityAvailable:
		return append(e.approvals(r.Stopped), "it is installed: INSTALLED_OTHER", "a scan shows it superseded")
	case messages.BecauseRejected:
		return []string{"it is removed, and a scan shows that", "RejectedPatches no longer names it", "RejectedPatchesAction is ALLOW_AS_DEPENDENCY: INSTALLED_OTHER"}
	case messages.BecauseSuperseded:
		return []string{"the entry is taken out of ApprovedPatches", "a scan shows it applicable or installed"}
	case messages.BecauseNoSuchPackage:
		return []string{"a scan lists a KB that the entry names", "the entry is taken out of ApprovedPatches"}
	case messages.BecauseFailedRun:
		if r.Outcome != nil && r.Outcome.Event == r.Event {
			return nil
		}
		return []string{"a run installs it", "a scan shows it installed or superseded", "the baseline no longer approves it"}
	}
	return nil
}
