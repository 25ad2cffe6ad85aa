package messages

import (
	"fmt"
	"slices"
	"strings"
)

// State is what a package of a host is, in the words of AWS Systems Manager Patch Manager
// (SSM API, PatchComplianceDataState).
type State string

// The eight states. The first two count as compliant, [NotApplicable] as neither; the others count as
// non-compliant, except that a baseline may count [AvailableSecurityUpdate] as compliant.
const (
	Installed               State = "INSTALLED"
	InstalledOther          State = "INSTALLED_OTHER"
	InstalledRejected       State = "INSTALLED_REJECTED"
	InstalledPendingReboot  State = "INSTALLED_PENDING_REBOOT"
	Missing                 State = "MISSING"
	Failed                  State = "FAILED"
	NotApplicable           State = "NOT_APPLICABLE"
	AvailableSecurityUpdate State = "AVAILABLE_SECURITY_UPDATE"
)

// States returns the eight states, in the order in which they are printed.
func States() []State {
	return []State{
		Installed, InstalledOther, InstalledRejected, InstalledPendingReboot,
		Missing, Failed, NotApplicable, AvailableSecurityUpdate,
	}
}

// ParseState returns the state of that name, in any case. The error lists the states there are.
func ParseState(name string) (State, error) {
	return parseWord("state", name, States())
}

// Compliant reports whether the state makes for a compliant host by any baseline.
func (s State) Compliant() bool { return s == Installed || s == InstalledOther }

// NonCompliant reports whether the state makes a host non-compliant by any baseline. What
// [AvailableSecurityUpdate] does the baseline says; it is neither here.
func (s State) NonCompliant() bool {
	return s.Outstanding() || s == InstalledRejected || s == InstalledPendingReboot
}

// Outstanding reports whether an approved patch is still to be installed: a failed attempt leaves it as due as it was.
func (s State) Outstanding() bool { return s == Missing || s == Failed }

// Level is how serious an item is. The baseline assigns it; it is not the vendor's severity.
// The zero value stands for no level at all.
type Level string

// The levels, high to low (SSM API, PatchComplianceLevel).
const (
	Critical      Level = "CRITICAL"
	High          Level = "HIGH"
	Medium        Level = "MEDIUM"
	Low           Level = "LOW"
	Informational Level = "INFORMATIONAL"
	Unspecified   Level = "UNSPECIFIED"
)

// Levels returns the levels, highest first.
func Levels() []Level {
	return []Level{Critical, High, Medium, Low, Informational, Unspecified}
}

// ParseLevel returns the level of that name, in any case. The error lists the levels there are.
func ParseLevel(name string) (Level, error) {
	return parseWord("level", name, Levels())
}

// Above reports whether l is a higher level than m. Every level is above none.
func (l Level) Above(m Level) bool { return l.rank() > m.rank() }

func (l Level) rank() int {
	switch l {
	case Critical:
		return 6
	case High:
		return 5
	case Medium:
		return 4
	case Low:
		return 3
	case Informational:
		return 2
	case Unspecified:
		return 1
	}
	return 0
}

// HostStatus is the verdict on a whole host. It is empty for a host of which nothing was published yet.
type HostStatus string

// The host statuses. Nothing that is not known is ever called compliant: such a host is [Unknown].
const (
	Compliant    HostStatus = "COMPLIANT"
	NonCompliant HostStatus = "NON_COMPLIANT"
	Unknown      HostStatus = "UNKNOWN"

	// Retired is a host that is gone, or said so to be: it has no patches and counts nowhere.
	Retired HostStatus = "RETIRED"
)

func parseWord[T ~string](of, name string, words []T) (T, error) {
	w := T(strings.ToUpper(name))
	if !slices.Contains(words, w) {
		plural := of + "s"
		if strings.HasSuffix(of, "s") {
			plural = of + "es"
		}
		return "", fmt.Errorf("unknown %s %q: the %s are %s", of, name, plural, join(words))
	}
	return w, nil
}

func join[T ~string](names []T) string {
	words := make([]string, len(names))
	for i, n := range names {
		words[i] = string(n)
	}
	return strings.Join(words, " ")
}

// ParseStatus returns the status of that name, in any case. The error lists the ones there are.
func ParseStatus(name string) (HostStatus, error) {
	return parseWord("status", name, []HostStatus{Compliant, NonCompliant, Unknown, Retired})
}
