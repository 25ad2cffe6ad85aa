package messages

import "time"

// Run is what a patch run did (subject patch.run.<host>). A run that never got to a package has no outcomes
// and says why in Error.
type Run struct {
	ID         string // unique among the host's runs; 1 to 64 printable ASCII characters without space
	Host       string // see [ValidHost]; equals the tail of the subject
	RunID      string // the runner's own name for the run
	Operation  string // OperationInstall or OperationScan
	StartedAt  time.Time
	FinishedAt time.Time

	ExitCode       *int   // nil: not known
	RebootOption   string // RebootIfNeeded or NoReboot; empty: not told
	RebootRequired *bool  // nil: not known
	RebootPackages []string
	BootedAt       time.Time // zero: not known
	BootID         string    // as the run ended; empty: not known
	Error          string

	Outcomes []Outcome

	Machine   string // see [Scan.Machine]
	Succeeded *bool  // the runner's own verdict, where the exit code alone misleads; nil: not told

	Removed []Removal // what is no longer on the host: no facts, the scan that follows has them
}

// The operations of a [Run].
const (
	OperationInstall = "install"
	OperationScan    = "scan"
)

// The reboot options of a [Run] (AWS-RunPatchBaseline).
const (
	RebootIfNeeded = "RebootIfNeeded"
	NoReboot       = "NoReboot"
)

// Outcome is what became of one package in a run.
type Outcome struct {
	Name   string
	Arch   string
	From   string  // the version before; empty: it was not installed
	To     *string // the version that was installed or tried; required where it was one of these
	Result Result
	Stage  string // where it failed. apt: plan, fetch, unpack, configure, remove; rpm: resolve, download, verify, test, pretrans, pre, unpack, post, preun, postun, posttrans, trigger, duplicate
	Error  string
}

// Removal is a package that a run has removed. It is no outcome: a reader of the first days would take it for one that
// it does not know, and refuse the run.
type Removal struct {
	Name   string
	Arch   string
	From   string // the version that was there; empty: not known
	Purged bool   // its configuration is gone too
}

// Result is how the attempt at one package ended.
type Result string

// The results. Only the first two say something about the package.
const (
	ResultInstalled    Result = "installed"
	ResultFailed       Result = "failed"
	ResultSkipped      Result = "skipped"
	ResultNotAttempted Result = "not_attempted"
)
