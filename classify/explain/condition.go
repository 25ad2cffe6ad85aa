package explain

import (
	"cmp"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Condition says of a condition of the report what it means, since when it stands, and what to do next.
func Condition(r *classify.Report, c messages.Condition) Explanation {
	m := managerOf(&r.About.OS)
	e := &explainer{report: r, manager: m}
	since := ""
	if !c.Since.IsZero() {
		since = " since " + clock(c.Since)
	}
	words := ConditionWords(c.Code)
	switch c.Code {
	case classify.NoSecuritySource:
		words = m.sourceOf
	case classify.NoLists:
		if c.Detail != "" {
			words = "not all was asked for that the baseline may approve"
		}
	case classify.ListsOld:
		words = "it had not " + m.asks + " for too long when it was scanned, or its clock was ahead when it did"
	}
	e.say("%s%s: %s.", oneLine(c.Code, 40), since, words)
	if detail := e.conditionDetail(c); detail != "" {
		e.say("%s.", detail)
	}
	return Explanation{Sentences: e.lines, Next: conditionNext(r, c)}
}

// Concerning returns the conditions of a report that matter to one of its items: what makes it uncertain, and what the
// item is a part of.
func Concerning(r *classify.Report, i *classify.Item) []messages.Condition {
	var some []messages.Condition
	for _, c := range r.Conditions {
		matters := true
		switch c.Code {
		case classify.RebootRequired:
			matters = i.State == messages.InstalledPendingReboot
		case classify.RunFailed:
			matters = i.State.Outstanding()
		}
		if matters {
			some = append(some, c)
		}
	}
	return some
}

// ConditionWords says in a few words what a condition means.
func ConditionWords(code string) string {
	switch code {
	case classify.NoCompleteScan:
		return "there was never a complete scan"
	case classify.NoBaseline:
		return "no baseline applies, or the one that is bound cannot be read"
	case classify.UnsupportedSystem:
		return "this version cannot judge the operating system"
	case classify.NoSecuritySource:
		return "the security archive of the host's own release was not read"
	case classify.SecurityListsOld:
		return "its security lists were too old when it was scanned"
	case classify.NoLists:
		return "it has read no package lists that it trusts"
	case classify.ListsOld:
		return "it had not asked for package lists for too long when it was scanned, or its clock was ahead when it did"
	case classify.ScanOld:
		return "the newest complete scan is too old"
	case classify.ScanSuperseded:
		return "its packages have changed since the scan that is known"
	case classify.BaselineNotForProduct:
		return "the baseline is for other products"
	case classify.NameShared:
		return "two machines report under its name"
	case classify.RebootRequired:
		return "it needs a reboot"
	case classify.ScanFailing:
		return "its newest scan failed"
	case classify.RunFailed:
		return "its newest patch run failed"
	case classify.RecordFull:
		return "as many outcomes or overrides are kept of it as may be, and older ones are forgotten"
	}
	return oneLine(code, 40)
}

// conditionDetail says in words what stands in the detail.
func (e *explainer) conditionDetail(c messages.Condition) string {
	detail := quote(c.Detail)
	switch {
	case c.Detail == "":
		return ""
	case c.Detail == classify.NoSecurityArchive:
		return "Nobody makes a security archive for this system"
	}
	switch c.Code {
	case classify.UnsupportedSystem:
		return "Its operating system is " + detail
	case classify.SecurityListsOld:
		if e.manager != &aptGet {
			return "The oldest of its main repositories is of " + oneLine(c.Detail, 40)
		}
		return "The newest of them is of " + oneLine(c.Detail, 40)
	case classify.ListsOld:
		if e.manager.asks != askedForLists {
			return "It last " + e.manager.asks + " at " + oneLine(c.Detail, 40)
		}
		return "It last asked for them at " + oneLine(c.Detail, 40)
	case classify.ScanOld:
		return "It was taken at " + oneLine(c.Detail, 40)
	case classify.ScanSuperseded:
		return "An unchanged scan of " + oneLine(c.Detail, 40) + " has another hash"
	case classify.BaselineNotForProduct:
		return "The host's product is " + detail
	case classify.NameShared:
		return "They are " + detail
	case classify.RebootRequired:
		return "Because of " + detail
	}
	return "It says: " + detail
}

// conditionNext is the next step for whoever looks after the host.
func conditionNext(r *classify.Report, c messages.Condition) string {
	m := managerOf(&r.About.OS)
	switch c.Code {
	case classify.NoCompleteScan:
		return "on the host: patchstream scan"
	case classify.NoBaseline:
		return "patchstream baseline list, then bind or set-default one that is there"
	case classify.UnsupportedSystem:
		return "nothing on the host: it takes a version of patchstream that knows the system"
	case classify.NoSecuritySource:
		if c.Detail == classify.NoSecurityArchive {
			return "bind a baseline with EnableNonSecurity"
		}
		if c.Detail != "" {
			return "let the user who scans read the source, and " + m.refresh
		}
		if m != &aptGet {
			return "enable a repository that has update notices, or bind a baseline with EnableNonSecurity"
		}
		return "add the security archive of " + cmp.Or(oneLine(r.About.OS.Codename, 40), "the release") +
			" and apt-get update; a mirror that calls it otherwise: patchstream settings set own_security_archives NAME"
	case classify.SecurityListsOld, classify.ListsOld:
		if m.asks != askedForLists {
			return m.refresh
		}
		return m.refresh + " on the host, and look whether its mirror is kept"
	case classify.NoLists:
		if c.Detail != "" {
			return "scan the host by an update service, or bind a baseline that approves no more than what was asked for"
		}
		return m.refresh + " on the host, from sources that it trusts"
	case classify.ScanOld:
		return "look whether the host is up and its timer runs"
	case classify.ScanSuperseded:
		return "nothing: the host was asked for a full scan; where it does not come: patchstream scan on the host"
	case classify.BaselineNotForProduct:
		return "bind a baseline for " + cmp.Or(oneLine(r.About.OS.Product, 40), "the host's product")
	case classify.NameShared:
		return "give each machine a name of its own: patchstream scan --host NAME"
	case classify.RebootRequired:
		return "reboot the host"
	case classify.ScanFailing:
		return "mend what it says, then on the host: patchstream scan"
	case classify.RunFailed:
		return "look at the packages that are FAILED, and run it again"
	case classify.RecordFull:
		return "look who sends so many of them"
	}
	return ""
}
