package cli

import (
	"cmp"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
)

// compared holds what AWS says of a host against its report.
func compared(r *classify.Report, theirs *awsOutput, counts map[string]int) *print.Comparison {
	c := &print.Comparison{
		Host: r.Host, Status: r.Status, Reasons: append([]string{}, r.Reasons...), Listed: theirs.listed, States: counts != nil,
		Differences: []print.PatchDifference{}, Counts: []print.CountDifference{},
	}
	if theirs.listed {
		c.Patches, c.Differences = differences(r, theirs.patches)
	}
	for _, of := range awsCountsOf {
		if there, given := counts[of.name]; given && there != of.ours(r.Counts) {
			c.Counts = append(c.Counts, print.CountDifference{Count: of.name, AWS: there, Ours: of.ours(r.Counts)})
		}
	}
	c.Agree = len(c.Differences) == 0 && len(c.Counts) == 0
	return c
}

// differences compares patches by their names, whatever the case, and returns how many there are on either side.
func differences(r *classify.Report, theirs []awsPatch) (n int, list []print.PatchDifference) {
	list = []print.PatchDifference{}
	ours := make(map[string]*classify.Item, len(r.Patches))
	for i := range r.Patches {
		ours[strings.ToLower(r.Patches[i].Patch)] = &r.Patches[i]
	}
	seen := make(map[string]bool, len(theirs))
	for i := range theirs {
		p := &theirs[i]
		state, _ := stateOfAWS(p.State) // which was checked when it was read
		d := print.PatchDifference{Patch: p.KBId, AWS: state, AWSVersion: p.version()}
		key := strings.ToLower(p.KBId)
		if item := ours[key]; item != nil {
			ofOurs(&d, item)
		}
		if seen[key] = true; differ(d) {
			list = append(list, d)
		}
	}
	n = len(seen)
	for i := range r.Patches {
		item := &r.Patches[i]
		if seen[strings.ToLower(item.Patch)] {
			continue
		}
		n++
		d := print.PatchDifference{}
		if ofOurs(&d, item); differ(d) {
			list = append(list, d)
		}
	}
	slices.SortStableFunc(list, func(a, b print.PatchDifference) int { return cmp.Compare(a.Patch, b.Patch) })
	return n, list
}

// ofOurs notes what stands here.
func ofOurs(d *print.PatchDifference, item *classify.Item) {
	d.Patch, d.Ours, d.OursVersion, d.Overridden = item.Patch, item.State, item.Version, item.Reason.Override != nil
}

// differ reports whether the states do. What is not applicable on one side, and not listed on the other, is the same.
func differ(d print.PatchDifference) bool {
	return cmp.Or(d.AWS, messages.NotApplicable) != cmp.Or(d.Ours, messages.NotApplicable)
}

// awsCountsOf are the counts that are compared.
var awsCountsOf = []struct {
	name string
	ours func(messages.Counts) int
}{
	{"InstalledCount", countOf(messages.Installed)},
	{"InstalledOtherCount", countOf(messages.InstalledOther)},
	{"InstalledPendingRebootCount", countOf(messages.InstalledPendingReboot)},
	{"InstalledRejectedCount", countOf(messages.InstalledRejected)},
	{"MissingCount", countOf(messages.Missing)},
	{"FailedCount", countOf(messages.Failed)},
	{"AvailableSecurityUpdateCount", countOf(messages.AvailableSecurityUpdate)},
	{"CriticalNonCompliantCount", countOf(messages.CriticalNonCompliant)},
	{"SecurityNonCompliantCount", countOf(messages.SecurityNonCompliant)},
	{"OtherNonCompliantCount", countOf(messages.OtherNonCompliant)},
}

func countOf[S ~string](key S) func(messages.Counts) int {
	return func(c messages.Counts) int { return c[string(key)] }
}
