package messages

import "time"

// Reason is why an item is in its state, as data: which branch of the rules decided, and on what. The same
// words stand in events, in reports and in what explain prints.
type Reason struct {
	Code     string           `json:"code" msgpack:"code"`                             // the branch that decided; see the Because constants
	Matched  *Matched         `json:"matched,omitempty" msgpack:"matched,omitempty"`   // what accepts the version shown
	Stopped  *Stopped         `json:"stopped,omitempty" msgpack:"stopped,omitempty"`   // what keeps the newest version out
	Compared []string         `json:"compared,omitempty" msgpack:"compared,omitempty"` // the installed version, then the one it was held against
	Event    string           `json:"event,omitempty" msgpack:"event,omitempty"`       // id of the event the decision rests on
	Outcome  *OutcomeReason   `json:"outcome,omitempty" msgpack:"outcome,omitempty"`   // the attempt that counts, or that is history
	Broken   string           `json:"broken,omitempty" msgpack:"broken,omitempty"`     // dpkg's state of a broken package
	Reboot   *RebootReason    `json:"reboot,omitempty" msgpack:"reboot,omitempty"`     // why a boot is still due
	Override *OverrideReason  `json:"override,omitempty" msgpack:"override,omitempty"` // the override that stands in place of the computed state
	Invalid  []InvalidVersion `json:"invalid,omitempty" msgpack:"invalid,omitempty"`   // versions that were left out

	// Notices are those of the versions that are missing, or of the newest one, which nothing approves: the most serious
	// first, at most [MaxNotices] of them. MoreNotices is how many there are besides.
	Notices     []Notice `json:"notices,omitempty" msgpack:"notices,omitempty"`
	MoreNotices int      `json:"more_notices,omitempty" msgpack:"more_notices,omitempty"`
}

// The bounds of what a reason says of notices.
const (
	MaxNotices    = 3
	MaxNoticeCVEs = 8 // of one notice
)

// Notice is an update notice, as far as it explains a state.
type Notice struct {
	ID       string    `json:"id" msgpack:"id"`
	Type     string    `json:"type,omitempty" msgpack:"type,omitempty"`
	Severity string    `json:"severity,omitempty" msgpack:"severity,omitempty"`
	At       time.Time `json:"at,omitzero" msgpack:"at,omitempty"` // when it was last updated, else issued
	CVEs     []string  `json:"cves,omitempty" msgpack:"cves,omitempty"`
	MoreCVEs int       `json:"more_cves,omitempty" msgpack:"more_cves,omitempty"`
	Aliases  []string  `json:"aliases,omitempty" msgpack:"aliases,omitempty"` // of Windows: bulletins, at most [MaxNoticeCVEs]
}

// The codes of [Reason]: one for each branch of the decision procedure.
const (
	BecauseApproved       = "approved"         // INSTALLED: approved, nothing approved is newer
	BecauseNewerApproved  = "newer_approved"   // MISSING: an approved version is newer
	BecauseNotApproved    = "not_approved"     // INSTALLED_OTHER: nothing at or above is approved
	BecauseRejected       = "rejected"         // INSTALLED_REJECTED: the installed version is rejected
	BecauseVersionInvalid = "version_invalid"  // INSTALLED_OTHER or MISSING: the installed version can be compared with nothing
	BecauseNotInstalled   = "not_installed"    // NOT_APPLICABLE: an approved package that is not installed
	BecauseNoSuchPackage  = "no_such_package"  // NOT_APPLICABLE: an approved entry that fits nothing
	BecauseFailedRun      = "failed_run"       // FAILED: a patch run tried and could not
	BecauseBroken         = "broken"           // FAILED: dpkg left it half done
	BecauseUnlisted       = "installed_by_run" // INSTALLED_OTHER: the scan does not list it, a run installed it
	BecauseRebootAfterRun = "reboot_after_run" // INSTALLED_PENDING_REBOOT: the run that installed it said so
	BecauseRebootOfHost   = "reboot_of_host"   // INSTALLED_PENDING_REBOOT: the host's scan says so
	BecauseKernelWaits    = "kernel_waits"     // INSTALLED_PENDING_REBOOT: an older kernel of its flavour runs
	BecauseGone           = "gone"             // no item any more

	// Of Windows.
	BecauseApplicable        = "applicable"         // MISSING: approved, and for the host
	BecauseSecurityAvailable = "security_available" // AVAILABLE_SECURITY_UPDATE: for the host, and not approved
	BecauseSuperseded        = "superseded"         // NOT_APPLICABLE: approved by its name, and a newer KB has taken its place
)

// Matched names the approval rule, or the entry of ApprovedPatches, that gave the level.
type Matched struct {
	Rule  *int   `json:"rule,omitempty" msgpack:"rule,omitempty"`   // position in ApprovalRules.PatchRules
	Entry *int   `json:"entry,omitempty" msgpack:"entry,omitempty"` // position in ApprovedPatches
	Text  string `json:"text,omitempty" msgpack:"text,omitempty"`   // the entry, or the rule's filters, as written

	Notice string `json:"notice,omitempty" msgpack:"notice,omitempty"` // id of the notice that the rule accepts
}

// Stopped says what keeps a version from being approved.
type Stopped struct {
	Version string `json:"version" msgpack:"version"`
	By      string `json:"by" msgpack:"by"`                           // see the StoppedBy constants
	Rule    *int   `json:"rule,omitempty" msgpack:"rule,omitempty"`   // the rule that came nearest
	Key     string `json:"key,omitempty" msgpack:"key,omitempty"`     // the filter's key
	Value   string `json:"value,omitempty" msgpack:"value,omitempty"` // what the package has there
	Entry   *int   `json:"entry,omitempty" msgpack:"entry,omitempty"` // position in RejectedPatches or ApprovedPatches
	Text    string `json:"text,omitempty" msgpack:"text,omitempty"`   // the entry, or the filter's values, as written

	Notice string    `json:"notice,omitempty" msgpack:"notice,omitempty"` // id of the notice that came nearest
	Until  time.Time `json:"until,omitzero" msgpack:"until,omitempty"`    // of a delay: when it is over
}

// What may stop a version.
const (
	StoppedByGlobalFilter = "global_filter"
	StoppedByRejected     = "rejected"
	StoppedByFilter       = "filter"
	StoppedBySecurity     = "not_security" // accepted, but security versions only
	StoppedByDelay        = "delay"        // accepted, but ApproveAfterDays are not over
	StoppedByDate         = "until_date"   // accepted, but released after ApproveUntilDate
	StoppedByNotCarried   = "not_carried"  // no repository carries it, and no notice lists it
	StoppedByInstaller    = "installer"    // an installer put it in place, and no rule is for such (macOS)
	StoppedByNoRule       = "no_rule"      // the baseline has no rule and no entry for it
)

// OutcomeReason is an outcome of a patch run, as far as it explains a state.
type OutcomeReason struct {
	Event      string    `json:"event" msgpack:"event"`
	RunID      string    `json:"run_id" msgpack:"run_id"`
	Result     Result    `json:"result,omitempty" msgpack:"result,omitempty"`
	Version    string    `json:"version,omitempty" msgpack:"version,omitempty"`
	Stage      string    `json:"stage,omitempty" msgpack:"stage,omitempty"`
	Error      string    `json:"error,omitempty" msgpack:"error,omitempty"`
	FinishedAt time.Time `json:"finished_at,omitzero" msgpack:"finished_at,omitempty"`
}

// RebootReason is the event that asked for a boot.
type RebootReason struct {
	Event string    `json:"event" msgpack:"event"`
	At    time.Time `json:"at" msgpack:"at"`
}

// OverrideReason is an override that stands, and what would stand without it.
type OverrideReason struct {
	Event         string    `json:"event" msgpack:"event"`
	Reason        string    `json:"reason,omitempty" msgpack:"reason,omitempty"`
	By            string    `json:"by,omitempty" msgpack:"by,omitempty"`
	ExpiresAt     time.Time `json:"expires_at,omitzero" msgpack:"expires_at,omitempty"`
	ComputedState State     `json:"computed_state" msgpack:"computed_state"`
	ComputedLevel Level     `json:"computed_level" msgpack:"computed_level"`
}

// InvalidVersion is a version string that dpkg's grammar does not allow, and why.
type InvalidVersion struct {
	Version string `json:"version" msgpack:"version"`
	Why     string `json:"why" msgpack:"why"`
}
