package host

import "errors"

// Plan is what a package manager says a command would do to packages.
type Plan struct {
	// Steps has at most one step for a package and architecture: of several, what it comes down to.
	Steps []Step `json:"steps"`
}

// Step is what the manager would do to one package, or why it leaves it.
type Step struct {
	Action Action `json:"action"`
	Name   string `json:"name"`
	Arch   string `json:"arch"`             // as it stands in a scan
	From   string `json:"from,omitempty"`   // the version on the host; empty: none
	To     string `json:"to,omitempty"`     // the version it would be; for ActionKeep the one held back, empty: not known
	Reason string `json:"reason,omitempty"` // of ActionKeep: why
}

// Action is what the manager would do to a package.
type Action string

// The actions of a [Step].
const (
	ActionInstall   Action = "install"   // the package is To afterwards: an upgrade, a downgrade, a new package
	ActionConfigure Action = "configure" // finish what an earlier run has left undone
	ActionRemove    Action = "remove"
	ActionKeep      Action = "keep" // there is a newer version, and the manager leaves the package as it is
)

// ErrNoPlan is matched by the error of a command that cannot be asked what it would do.
var ErrNoPlan = errors.New("only a package manager of the system's own, changing packages, can say beforehand what it would do")
