package classify_test

import (
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// landed says which parts of the pages the code keeps. A part that it does not keep yet is read as it was before, or
// not drawn, so that all the rest is compared.
var landed = struct {
	conditions, ownOrigins, statements, looseVersions, removedUpgrade, kernels, strongest, machines, optional, retire, spellings bool
}{
	conditions: true, ownOrigins: true, statements: true, looseVersions: true, removedUpgrade: true, kernels: true, strongest: true,
	machines: true, optional: true,
}

// strictVersion is the grammar of versions as it was.
func strictVersion(v string) bool { return version.ValidDeb(v) == nil }

// codeOrders reports whether the code can order a version.
func codeOrders(v string) bool { return version.OrderedDeb(v) == nil }

func conditions(r *classify.Report) []string { return r.Codes() }

// retires reports whether an event is a retirement.
func retires(messages.Event) bool { return false }

func retirementAt(string, func() time.Time) messages.Event { return nil }

// codeConditionsSince returns since when the code says that conditions stand.
func codeConditionsSince(_ *classify.Report, want map[string]time.Time) map[string]time.Time {
	return want
}
