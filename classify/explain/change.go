package explain

import (
	"fmt"

	"github.com/patchstream/patchstream/messages"
)

// changes lists what would put the item into another state; where that state is certain, it is named.
func (e *explainer) changes() []string {
	i, r := e.item, &e.item.Reason
	if r.Override != nil {
		return afterOverride(r.Override)
	}
	if e.manager.changes != nil {
		if lines := e.manager.changes(e); lines != nil {
			return lines
		}
	}
	switch r.Code {
	case messages.BecauseApproved:
		return []string{"a newer version that the baseline approves: MISSING"}
	case messages.BecauseNewerApproved:
		return []string{
			"a run installs " + versionText(e.manager, i.Version) + " or newer",
			"a run tries " + versionText(e.manager, i.Version) + " and fails: FAILED",
			"RejectedPatches names " + versionText(e.manager, i.Version),
		}
	case messages.BecauseNotApproved:
		return e.approvals(r.Stopped)
	case messages.BecauseRejected:
		return []string{
			"the package is removed",
			"RejectedPatches no longer names " + versionText(e.manager, i.Installed),
			"RejectedPatchesAction is ALLOW_AS_DEPENDENCY: INSTALLED_OTHER",
		}
	case messages.BecauseVersionInvalid:
		switch e.manager {
		case &aptGet:
			return []string{"a scan shows a version that is one of Debian's"}
		case &softwareUpdate:
			return []string{"a scan shows a version that is one of macOS's"}
		}
		return []string{"a scan shows a version that is one of rpm's"}
	case messages.BecauseNotInstalled:
		return []string{"the package is installed", "ApprovedPatches no longer names it"}
	case messages.BecauseNoSuchPackage:
		return []string{"a scan lists a package that the entry fits", "the entry is taken out of ApprovedPatches"}
	case messages.BecauseFailedRun:
		return e.afterFailure()
	case messages.BecauseBroken:
		return []string{"a run installs it", "a scan shows it whole"}
	case messages.BecauseUnlisted:
		return []string{"the next complete scan"}
	case messages.BecauseRebootAfterRun:
		return []string{"the host boots, and any event shows it", "a complete scan after the run says reboot_required false"}
	case messages.BecauseRebootOfHost:
		return []string{"the host boots, and any event shows it", "a complete scan asks for no reboot because of it"}
	case messages.BecauseKernelWaits:
		return []string{"the host boots, and any event shows it", "a complete scan says whether the host needs a reboot"}
	}
	return nil
}

func afterOverride(o *messages.OverrideReason) []string {
	lines := []string{"the override is withdrawn: " + string(o.ComputedState), "a newer override of the patch"}
	if !o.ExpiresAt.IsZero() {
		lines = append(lines, fmt.Sprintf("the override expires on %s: %s", clock(o.ExpiresAt), o.ComputedState))
	}
	return lines
}

// approvals lists what would make the baseline approve the version that was stopped.
func (e *explainer) approvals(s *messages.Stopped) []string {
	if s == nil {
		return nil
	}
	switch s.By {
	case messages.StoppedByGlobalFilter:
		return []string{"GlobalFilters accepts " + filterValue(s)}
	case messages.StoppedByFilter:
		return []string{
			place("PatchRules", s.Rule, "accepts ") + filterValue(s),
			"ApprovedPatches names it",
		}
	case messages.StoppedByRejected:
		if e.manager.revisions {
			return []string{"RejectedPatches no longer names it"}
		}
		return []string{"RejectedPatches no longer names " + versionText(e.manager, s.Version)}
	case messages.StoppedByInstaller:
		return []string{"ApprovedPatches names it, with ApprovedPatchesEnableNonSecurity", "the host's list has updates of it"}
	case messages.StoppedBySecurity:
		flag := "ApprovedPatchesEnableNonSecurity is true"
		if s.Rule != nil {
			flag = place("EnableNonSecurity of PatchRules", s.Rule, "is true")
		}
		source := "a trusted security archive carries "
		switch {
		case e.manager.notices:
			source = "a notice lists "
		case e.manager == &softwareUpdate:
			source = "the host's list calls a security update "
		}
		return []string{source + versionText(e.manager, s.Version) + " or newer", flag}
	case messages.StoppedByDelay:
		return []string{"time passes " + clock(s.Until), "ApprovedPatches names it"}
	case messages.StoppedByDate:
		return []string{place("ApproveUntilDate of PatchRules", s.Rule, "is later"), "ApprovedPatches names it"}
	case messages.StoppedByNotCarried:
		return []string{"a repository carries it", "a notice lists it"}
	}
	return []string{"a rule accepts it", "ApprovedPatches names it"}
}

// filterValue is what a filter would have to accept. What has no value only "*" accepts.
func filterValue(s *messages.Stopped) string {
	if s.Value == "" {
		return `every ` + s.Key + ` ("*")`
	}
	return s.Key + " " + quote(s.Value)
}

// afterFailure lists what ends a failure. Of a package that no scan lists the next one decides.
func (e *explainer) afterFailure() []string {
	i, r := e.item, &e.item.Reason
	if r.Outcome != nil && r.Outcome.Event == r.Event {
		return []string{"a run installs it", "the next complete scan"}
	}
	return []string{
		"a run installs " + versionText(e.manager, i.Version) + " or newer",
		"a scan shows " + versionText(e.manager, i.Version) + " or newer installed",
		"a full scan no longer lists " + versionText(e.manager, i.Version),
		"the baseline approves a version newer than " + versionText(e.manager, i.Version) + ": MISSING",
		"RejectedPatches names " + versionText(e.manager, i.Version),
	}
}
