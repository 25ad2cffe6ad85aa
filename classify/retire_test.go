package classify

import (
	"reflect"
	"slices"
	"testing"

	"github.com/patchstream/patchstream/messages"
)

func retire(hours float64) *messages.Retire {
	return &messages.Retire{ID: "retire", Host: "web-1", At: at(hours), By: "ops", Reason: "CHG-1201"}
}

func TestRetired_host_has_no_items_and_counts_nowhere(t *testing.T) {
	r := judged(t, securityOnly(), scan(0, pkg("p", "1.0", "1.1 security")), run(0.5, "q 1.0 failed"), override(0.5, "p.amd64", messages.Failed), failedScan(0.5), retire(1))
	if r.Status != messages.Retired || len(r.Patches) > 0 || len(r.Reasons) > 0 || r.Level != "" || !r.Due.IsZero() {
		t.Errorf("%+v", r)
	}
	for what, n := range r.Counts {
		if n != 0 {
			t.Errorf("%s: %d", what, n)
		}
	}
	if len(r.Counts) != len(messages.States())+3 {
		t.Errorf("counts %v", r.Counts)
	}
	wantJSON(t, r.About, About{Retired: &Retirement{at(1), "ops", "CHG-1201"}})
}

func TestNothing_dated_at_or_before_the_newest_retirement_is_a_fact(t *testing.T) {
	before := []messages.Event{
		booted(scan(1, pkg("p", "1.0")), at(0), "A"), unchanged(1, "h"), failedScan(1), rebooting(run(1, "p 1.1 installed", "p 1.2 failed")),
		override(1, "p.amd64", messages.Failed),
	}
	for _, events := range [][]messages.Event{append(slices.Clone(before), retire(1)), append([]messages.Event{retire(1)}, before...)} {
		f := new(Facts)
		for _, e := range events {
			f.Add(e, messages.ContentSum(e))
		}
		f.Outcomes, f.Overrides = noneIfEmpty(f.Outcomes), noneIfEmpty(f.Overrides)
		if want := (&Facts{Retired: f.Retired}); !reflect.DeepEqual(f, want) {
			t.Errorf("%+v", f)
		}
	}
}

func noneIfEmpty[K comparable, V any](m map[K]V) map[K]V {
	if len(m) == 0 {
		return nil
	}
	return m
}

func TestRetired_until_a_full_scan_later_than_that(t *testing.T) {
	full := scan(0, pkg("p", "1.0", "1.1 security"))
	full.Hash = "h"
	for name, tt := range map[string]struct {
		events []messages.Event
		want   messages.HostStatus
	}{
		"nothing after it":                  {nil, messages.Retired},
		"a scan that failed":                {[]messages.Event{failedScan(2)}, messages.Retired},
		"an unchanged scan of the old hash": {[]messages.Event{unchanged(2, "h")}, messages.Retired},
		"a run":                             {[]messages.Event{run(2, "p 1.1 installed")}, messages.Retired},
		"an override":                       {[]messages.Event{override(2, "p.amd64", messages.Installed)}, messages.Retired},
		"a full scan of that very time":     {[]messages.Event{scan(1, pkg("p", "1.0"))}, messages.Retired},
		"a full scan":                       {[]messages.Event{scan(2, pkg("p", "1.0", "1.1 security"))}, messages.NonCompliant},
		"a later retirement too":            {[]messages.Event{scan(2, pkg("p", "1.0")), retire(3)}, messages.Retired},
		"an earlier retirement too":         {[]messages.Event{scan(2, pkg("p", "1.0", "1.1 security")), retire(0.5)}, messages.NonCompliant},
	} {
		t.Run(name, func(t *testing.T) {
			r := judged(t, securityOnly(), append([]messages.Event{full, retire(1)}, tt.events...)...)
			if r.Status != tt.want || (r.About.Retired != nil) != (tt.want == messages.Retired) {
				t.Errorf("%s, retired %+v", r, r.About.Retired)
			}
		})
	}
}

func TestRetired_host_that_comes_back_has_only_what_came_since(t *testing.T) {
	r := judged(t, securityOnly(), run(0, "p 1.1 failed"), override(0, "q.amd64", messages.Failed), retire(1),
		scan(2, pkg("p", "1.0", "1.1 security"), pkg("q", "1.0")), override(3, "p.amd64", messages.Installed))
	wantItem(t, r, "p.amd64", "INSTALLED 1.1 UNSPECIFIED Security")
	wantItem(t, r, "q.amd64", "INSTALLED_OTHER 1.0 UNSPECIFIED")
}

// A host that lives sends unchanged scans: it is asked for a full one, with which it comes back.
func TestRetired_host_that_speaks_is_asked_for_a_full_scan(t *testing.T) {
	if f := factsOf(t, scan(0), retire(1)); f.NeedsFullScan() {
		t.Error("it said nothing since")
	}
	if f := factsOf(t, scan(0), retire(1), unchanged(2, "h")); !f.NeedsFullScan() {
		t.Error("it is not asked")
	}
}
