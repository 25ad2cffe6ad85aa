package classify

import (
	"maps"
	"slices"
	"time"
)

// sharing is two machines that report under one name; the zero value is none.
type sharing struct {
	machines []string  // those that will do so longest
	until    time.Time // when no two of them do any more, unless they are heard again; zero: not known
}

// sharing finds machines that share two days. A machine that was replaced shares at most the one day on which it ends and
// the other begins. Days that are long over do not count; without a time all do.
func (c *classifier) sharing() sharing {
	once := make(map[[2]string]bool) // pairs that share a later day
	for _, day := range slices.Backward(slices.Sorted(maps.Keys(c.facts.Machines))) {
		counts := day.ends().Add(c.settings.ScanMaxAge.or(defaultScanMaxAge))
		if !c.now.IsZero() && !c.now.Before(counts) {
			break
		}
		for _, pair := range pairs(c.facts.Machines[day]) {
			if once[pair] {
				return sharing{pair[:], counts}
			}
			once[pair] = true
		}
	}
	return sharing{}
}

// pairs returns all pairs of a sorted list.
func pairs(ids []string) [][2]string {
	var all [][2]string
	for i := range ids {
		for j := i + 1; j < len(ids); j++ {
			all = append(all, [2]string{ids[i], ids[j]})
		}
	}
	return all
}
