package chaos

import (
	"fmt"
	"maps"
	"time"

	"github.com/patchstream/patchstream/classify"
)

// differences tells in what two sets of facts differ. So an event that was lost is found even where the report
// would be the same without it.
func differences(have, want *classify.Facts) []string {
	h, w := facts(have), facts(want)
	var all []string
	for key, is := range w {
		if h[key] != is {
			all = append(all, fmt.Sprintf("%s is %q, should be %q", key, h[key], is))
		}
	}
	for key, is := range h {
		if _, ok := w[key]; !ok {
			all = append(all, fmt.Sprintf("%s is %q, should not be there", key, is))
		}
	}
	return all
}

// facts names each fact and the event it is of.
func facts(f *classify.Facts) map[string]string {
	all := map[string]string{"booted at": f.BootedAt.UTC().Format(time.RFC3339Nano)}
	scans := map[string]*classify.ScanFact{"full scan": f.Full, "unchanged scan": f.Unchanged, "incomplete scan": f.Incomplete}
	for name, scan := range scans {
		if scan != nil {
			all[name] = stamp(scan.Stamp)
		}
	}
	if f.LastRun != nil {
		all["last run"] = stamp(f.LastRun.Stamp)
	}
	if f.Boot != nil {
		all["boot"] = stamp(f.Boot.Stamp)
	}
	for key, outcomes := range f.Outcomes {
		maps.Copy(all, outcomesOf(key, outcomes))
	}
	for patch, o := range f.Overrides {
		all["override of "+patch] = stamp(o.Stamp)
	}
	return all
}

func outcomesOf(key classify.PackageKey, o classify.Outcomes) map[string]string {
	all := make(map[string]string)
	for name, fact := range map[string]*classify.OutcomeFact{"success": o.Installed, "failure": o.Failed} {
		if fact != nil {
			all[name+" of "+key.Name+"."+key.Arch] = fmt.Sprintf("%s %d", stamp(fact.Stamp), fact.Position)
		}
	}
	return all
}

func stamp(s classify.Stamp) string {
	return fmt.Sprintf("%s %s %x", s.At.UTC().Format(time.RFC3339Nano), s.ID, s.Sum[:4])
}
