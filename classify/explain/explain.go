package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// Explanation is an item's reason in words.
type Explanation struct {
	Sentences   []string `json:"sentences"`              // what state, and why
	Next        string   `json:"next,omitempty"`         // see [Next]
	WouldChange []string `json:"would_change,omitempty"` // what would put it into another state
}

// Explain renders the reason of one of the report's items (classification.md, section 7). It knows no more
// than the item and the report: positions are those of the baseline that judged the host.
func Item(r *classify.Report, i *classify.Item) Explanation {
	e := &explainer{report: r, item: i, manager: managerOf(&r.About.OS)}
	e.state()
	e.override()
	e.decision()
	e.matched()
	e.notices()
	e.stopped()
	e.outcome()
	e.blocked()
	e.invalid()
	e.rests()
	return Explanation{Sentences: e.lines, Next: Next(&r.About.OS, i), WouldChange: e.changes()}
}

type explainer struct {
	report  *classify.Report
	item    *classify.Item
	lines   []string
	manager *manager
}

func (e *explainer) say(format string, args ...any) {
	e.lines = append(e.lines, fmt.Sprintf(format, args...))
}

func (e *explainer) state() {
	i := e.item
	since := ""
	if !i.Since.IsZero() {
		since = " since " + clock(i.Since)
	}
	e.say("%s is %s%s: %s.", oneLine(i.Patch, 200), i.State, since, Words(i))
}

func (e *explainer) override() {
	o := e.item.Reason.Override
	if o == nil {
		return
	}
	until := "until it is withdrawn"
	if !o.ExpiresAt.IsZero() {
		until = "until " + clock(o.ExpiresAt)
	}
	e.say("%s set that by override %s: %s; it stands %s.", oneLine(o.By, 80), o.Event, quote(o.Reason), until)
	e.say("Without it the package would be %s, level %s.", o.ComputedState, o.ComputedLevel)
}

// decision says which branch of the rules decided.
func (e *explainer) decision() {
	i, r := e.item, &e.item.Reason
	if e.manager.decided != nil && e.manager.decided(e) {
		return
	}
	reboot := cmp.Or(r.Reboot, &messages.RebootReason{})
	has := versionText(e.manager, i.Installed)
	if e.manager.revisions {
		has = "It"
	}
	switch r.Code {
	case messages.BecauseApproved:
		e.say("%s is installed and approved, and nothing approved is newer.", has)
	case messages.BecauseNewerApproved:
		e.say("%s is installed, and the approved %s is newer.", has, versionText(e.manager, i.Version))
	case messages.BecauseNotApproved, messages.BecauseRejected:
		e.say("%s is installed, and no version at or above it is approved.", has)
	case messages.BecauseVersionInvalid:
		e.say("%s is installed, which is %s and can be compared with nothing.", has, e.manager.grammar)
		if i.State == messages.Missing {
			e.say("So the approved %s is taken for newer.", versionText(e.manager, i.Version))
		}
	case messages.BecauseNotInstalled:
		e.say("It is not installed, and %s names it.", e.matchedBy())
	case messages.BecauseNoSuchPackage:
		e.say("%s fits no package of the host.", e.matchedBy())
	case messages.BecauseFailedRun:
		e.failedRun()
	case messages.BecauseBroken:
		if r.Broken == classify.Duplicate {
			e.say("An older version of it is still there beside %s: a transaction was killed, or a script failed in it.", has)
			break
		}
		e.say("dpkg left it half done (%s), with %s beside it.", r.Broken, has)
	case messages.BecauseUnlisted:
		e.say("The scan does not list it, and a run installed %s after that scan.", has)
	case messages.BecauseRebootAfterRun:
		e.say("%s is installed, the run that installed it asked for a reboot, and the host was not seen to boot since %s.", has, clock(reboot.At))
	case messages.BecauseRebootOfHost:
		e.say("%s is installed, scan %s of %s says that the host needs a reboot for it, and the host was not seen to boot since.", has, reboot.Event, clock(reboot.At))
	case messages.BecauseKernelWaits:
		e.say("%s is installed, and when scan %s was taken on %s the older kernel %s ran; the host was not seen to boot since.",
			has, reboot.Event, clock(reboot.At), quote(e.report.About.OS.Kernel))
	}
}

func (e *explainer) failedRun() {
	tried := versionText(e.manager, e.item.Version)
	if e.item.Installed == "" {
		e.say("A run tried to install %s and could not; no version of it is known to be installed.", tried)
		return
	}
	e.say("%s is installed, a run tried %s, which is newer, and could not, and nothing disproved that since.", versionText(e.manager, e.item.Installed), tried)
}

// matched says what gave the level, and whether it is security.
func (e *explainer) matched() {
	r := &e.item.Reason
	switch r.Code {
	case messages.BecauseNotInstalled, messages.BecauseNoSuchPackage, messages.BecauseSuperseded:
		return
	}
	if r.Matched != nil {
		because := ""
		if r.Matched.Notice != "" && r.Matched.Notice != e.item.Patch {
			because = " because of " + oneLine(r.Matched.Notice, 80)
		}
		e.say("%s gives it the level %s%s.", e.matchedBy(), e.computedLevel(), because)
	}
	switch {
	case e.item.Classification != classify.Security:
	case r.Code == messages.BecauseFailedRun:
		e.say("Its classification is Security, as without the failure.")
	case r.Code == messages.BecauseNewerApproved, r.Code == messages.BecauseVersionInvalid:
		e.say("Its classification is Security: %s it or an approved version below it.", e.manager.source)
	default:
		e.say("Its classification is Security: %s it.", e.manager.source)
	}
}

func (e *explainer) computedLevel() messages.Level {
	if o := e.item.Reason.Override; o != nil {
		return o.ComputedLevel
	}
	return e.item.Level
}

func (e *explainer) matchedBy() string {
	m := e.item.Reason.Matched
	switch {
	case m == nil:
		return "an entry of ApprovedPatches"
	case m.Rule != nil:
		return place("PatchRules", m.Rule, inParentheses(m.Text))
	}
	return place("ApprovedPatches", m.Entry, quote(m.Text))
}

// place names an element of the baseline by its position, as its JSON has it, and its text.
func place(list string, position *int, text string) string {
	if position == nil {
		return list + " " + text
	}
	return fmt.Sprintf("%s[%d] %s", list, *position, text)
}

// stopped says what keeps the newest version out.
func (e *explainer) stopped() {
	if s := e.item.Reason.Stopped; s != nil {
		which := "The newest version known, " + versionText(e.manager, s.Version) + ","
		if s.Version == e.item.Installed {
			which = "That version"
		}
		if e.manager.revisions {
			which = "It"
		}
		e.say("%s is not approved: %s.", which, e.stoppedBy(s))
	}
}

func (e *explainer) stoppedBy(s *messages.Stopped) string {
	has := "has none"
	if s.Value != "" {
		has = "has " + quote(s.Value)
	}
	it := "it"
	if s.Notice != "" {
		it = oneLine(s.Notice, 80)
	}
	switch s.By {
	case messages.StoppedByGlobalFilter:
		return fmt.Sprintf("GlobalFilters wants %s in %s, and %s %s", s.Key, oneLine(s.Text, 200), it, has)
	case messages.StoppedByFilter:
		return fmt.Sprintf("%s %s in %s, and %s %s", place("PatchRules", s.Rule, "wants"), s.Key, oneLine(s.Text, 200), it, has)
	case messages.StoppedByRejected:
		return place("RejectedPatches", s.Entry, quote(s.Text)) + " forbids it"
	case messages.StoppedByDelay:
		return fmt.Sprintf("%s until %s, counted from when %s was last updated or released", place("PatchRules", s.Rule, "waits"), clock(s.Until), it)
	case messages.StoppedByDate:
		return place("PatchRules", s.Rule, "takes") + " nothing that was released after its ApproveUntilDate"
	case messages.StoppedByNotCarried:
		return "no repository carries it, and no notice lists it"
	case messages.StoppedBySecurity:
		if e.manager.notices && s.Rule != nil {
			return place("PatchRules", s.Rule, inParentheses(s.Text)) + " accepts what a notice lists, and none lists it"
		}
		if e.manager.notices {
			return place("ApprovedPatches", s.Entry, quote(s.Text)) + " names it, but accepts what a notice lists, and none lists it"
		}
		if s.Rule != nil {
			return place("PatchRules", s.Rule, inParentheses(s.Text)) + " accepts security updates only, and it is none"
		}
		return place("ApprovedPatches", s.Entry, quote(s.Text)) + " names it, but accepts security updates only, and it is none"
	case messages.StoppedByInstaller:
		return "an installer put it in place, and no rule is for such"
	case messages.StoppedByNoRule:
		return "the baseline has no rule, and no entry that names it"
	}
	return s.By
}

// outcome tells of the attempt that counts, or that is history.
func (e *explainer) outcome() {
	o := e.item.Reason.Outcome
	if o == nil {
		return
	}
	verb := "tried"
	if o.Result == messages.ResultInstalled {
		verb = "installed"
	}
	text := fmt.Sprintf("Run %s %s %s", quote(o.RunID), verb, versionText(e.manager, o.Version))
	if o.Result == messages.ResultFailed {
		text += " and failed"
		if o.Stage != "" {
			text += " at " + oneLine(o.Stage, 40)
		}
	}
	text += fmt.Sprintf(" (event %s, finished %s)", o.Event, clock(o.FinishedAt))
	if o.Error != "" {
		text += ": " + quote(o.Error)
	}
	e.say("%s.", text)
	if o.Result == messages.ResultFailed && e.item.Reason.Code == messages.BecauseNewerApproved {
		e.say("That attempt is history and does not decide.")
	} else if o.Result == messages.ResultFailed && e.manager.approved && e.inOrder() {
		e.say("The baseline does not approve what it tried, so it does not decide.")
	}
}

// inOrder reports whether the item is, computed, as the baseline alone has it, and nothing newer is approved.
func (e *explainer) inOrder() bool {
	switch e.item.Reason.Code {
	case messages.BecauseApproved, messages.BecauseNotApproved, messages.BecauseRejected, messages.BecauseSecurityAvailable:
		return true
	}
	return false
}

func (e *explainer) blocked() {
	switch e.item.Blocked {
	case classify.BlockedByHold:
		e.say("It is held by name, so no upgrade touches it.")
	case classify.BlockedByPhasing:
		e.say("apt's choice is offered to a part of all hosts only, not yet to this one.")
	case classify.BlockedByExclusion:
		e.say("The host's configuration excludes it.")
	case classify.BlockedByPin:
		e.say("%s's own choice is an older version, or none: %s.", e.manager.name, e.keptBackBy())
	case classify.BlockedByHiding:
		e.say("Somebody hid it on the host, so Windows Update does not offer it.")
	case classify.BlockedKeptBack:
		e.say("An upgrade keeps it back as it is.")
	}
}

// keptBackBy says what keeps the missing version back where the package manager chooses another.
func (e *explainer) keptBackBy() string {
	if e.manager == &aptGet {
		return "a pin keeps " + versionText(e.manager, e.item.Version) + " back"
	}
	return "a priority or a lock keeps " + versionText(e.manager, e.item.Version) + " back"
}

func (e *explainer) invalid() {
	for _, v := range e.item.Reason.Invalid {
		if e.manager == &aptGet && version.OrderedDeb(v.Version) == nil {
			e.say("Policy forbids the version %s, %s; it is ordered as dpkg orders it.", quote(v.Version), oneLine(v.Why, 200))
			continue
		}
		if e.manager == &softwareUpdate && version.OrderedDotted(v.Version) == nil {
			e.say("Version %s is not as macOS writes them; what follows its numbers is ordered as text.", quote(v.Version))
			continue
		}
		e.say("Version %s can be compared with nothing: %s.", quote(v.Version), oneLine(v.Why, 200))
	}
}

// rests names the event that the decision rests on, and doubts that lie with the whole host.
func (e *explainer) rests() {
	r := &e.item.Reason
	switch {
	case r.Event == "":
	case r.Outcome != nil && r.Outcome.Event == r.Event:
		e.say("This rests on run event %s, finished %s.", r.Event, clock(r.Outcome.FinishedAt))
	default:
		e.say("This rests on scan %s, taken %s.", r.Event, clock(e.report.About.ScanAt))
	}
	doubts := slices.DeleteFunc(slices.Clone(e.report.Reasons), func(code string) bool { return code == classify.RebootRequired })
	if len(doubts) > 0 {
		e.say("Too little is known of the host (%s), so this may not be the whole truth.", strings.Join(doubts, ", "))
	}
}

// versionText prints a version, and quotes one that has what no version should have.
func versionText(m *manager, v string) string {
	if m.revisions {
		return "revision " + oneLine(v, 40)
	}
	if m.valid(v) == nil {
		return v
	}
	return quote(v)
}

func inParentheses(text string) string { return "(" + oneLine(text, 200) + ")" }

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// quote quotes what others wrote, in one line and without anything that a terminal would obey.
func quote(text string) string { return `"` + oneLine(text, 500) + `"` }
