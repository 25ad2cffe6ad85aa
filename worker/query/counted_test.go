package query_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/workertest"
)

// weighs compares what an index says of patches by their levels, states and baselines with what a full read does.
func (w *world) weighs(t interface {
	Fatal(args ...any)
	Errorf(format string, args ...any)
}, x *query.Index, want map[string]*query.Host) {
	ctx := context.Background()
	holders, err := x.Holders(ctx, query.Filter{})
	must(t, holders, err)
	page, err := x.Hosts(ctx, query.HostsQuestion{Sort: query.ByHost, Levels: true})
	must(t, page, err)
	levels := make(map[string]query.Levels)
	for h, bad := range page.Each() {
		levels[h.Host] = bad
	}
	with, hosts, known := messages.Counts{}, 0, make(map[string]map[string]bool)
	for name, h := range want {
		if h.Report.Status == messages.Retired {
			continue
		}
		hosts++
		for key, n := range h.Report.Counts {
			if n > 0 {
				with[key]++
			}
		}
		bad, is := query.Levels{}, query.NonCompliant(h.Report)
		for _, p := range h.Report.Patches {
			if is(p.State) {
				bad[p.Level]++
			}
		}
		if !maps.Equal(bad, levels[name]) || len(bad) > 0 != (h.Report.Status == messages.NonCompliant) {
			t.Errorf("%s, %s: levels %v, a full read has %v", name, h.Report.Status, levels[name], bad)
		}
		if !h.Outdated {
			knows(known, h)
		}
	}
	maps.DeleteFunc(with, func(_ string, n int) bool { return n == 0 })
	maps.DeleteFunc(holders.With, func(_ string, n int) bool { return n == 0 })
	if holders.Hosts != hosts || !maps.Equal(holders.With, with) {
		t.Errorf("%d hosts with %v, a full read has %d with %v", holders.Hosts, holders.With, hosts, with)
	}
	for baseline, patches := range known {
		w.judged(t, x, baseline, patches, want)
	}
}

// knows notes of which patches a host says something to its baseline.
func knows(known map[string]map[string]bool, h *query.Host) {
	for _, p := range h.Report.Patches {
		if p.Installed != "" || p.State != messages.Installed && p.State != messages.InstalledOther {
			if known[h.Report.Baseline.ID] == nil {
				known[h.Report.Baseline.ID] = make(map[string]bool)
			}
			known[h.Report.Baseline.ID][p.Patch] = true
		}
	}
}

// judged compares the patches of a baseline: all that its hosts know, and hosts that between them say all that is said of each.
func (w *world) judged(t interface {
	Fatal(args ...any)
	Errorf(format string, args ...any)
}, x *query.Index, baseline string, patches map[string]bool, want map[string]*query.Host) {
	var got []string
	for from, more := "", true; more; {
		list, err := x.JudgedBy(context.Background(), baseline, nil, from, 3)
		must(t, list, err)
		more = len(list) == 3
		for i, p := range list {
			if i == 0 && from != "" { // the last one of the page before
				continue
			}
			got, from = append(got, p.Patch), p.Patch
			for _, host := range p.Hosts {
				if h := want[host]; h.Outdated || h.Report.Status == messages.Retired || h.Report.Baseline.ID != baseline {
					t.Errorf("%s is not judged by %s as it is", host, baseline)
				}
			}
			if missing := unsaid(p, baseline, want); missing != "" {
				t.Errorf("of %s %v do not say %s", p.Patch, p.Hosts, missing)
			}
		}
	}
	if all := slices.Sorted(maps.Keys(patches)); !slices.Equal(got, all) {
		t.Errorf("%s judges %v, a full read has %v", baseline, got, all)
	}
}

// unsaid is a state in a version that some host of a baseline has a patch in, and none of those that were chosen.
func unsaid(p query.JudgedPatch, baseline string, want map[string]*query.Host) string {
	said := func(h *query.Host) string {
		at := slices.IndexFunc(h.Report.Patches, func(i classify.Item) bool { return i.Patch == p.Patch })
		if at < 0 {
			return ""
		}
		i := &h.Report.Patches[at]
		if i.State == messages.Installed || i.State == messages.InstalledOther { // by what is installed alone
			return i.Installed
		}
		return string(i.State) + " " + i.Installed + " " + i.Version
	}
	all := make(map[string]bool)
	for _, name := range p.Hosts {
		all[said(want[name])] = true
	}
	for _, h := range want {
		if s := said(h); h.Report.Baseline.ID == baseline && !h.Outdated && h.Report.Status != messages.Retired && s != "" && !all[s] {
			return s
		}
	}
	return ""
}

// An available security update makes a host non-compliant where its baseline says so, and of that the counts alone tell.
func TestWhatAnAvailableUpdateCountsAsTheCountsTell(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for host, counts := range map[string]int{"counted": 1, "not": 0} {
		r := &record.Record{Revision: 1, CommittedAt: w.now, Report: &classify.Report{
			Host: host, Status: messages.NonCompliant, Counts: messages.Counts{
				"MISSING": 1, "AVAILABLE_SECURITY_UPDATE": 1, messages.OtherNonCompliant: 1, messages.SecurityNonCompliant: counts,
			},
			Patches: []classify.Item{
				{Patch: "KB1", Name: "KB1", State: messages.Missing, Level: messages.Low},
				{Patch: "KB2", Name: "KB2", State: messages.AvailableSecurityUpdate, Level: messages.High, Classification: classify.Security},
			},
		}}
		if is := query.NonCompliant(r.Report); is(messages.AvailableSecurityUpdate) != (counts > 0) || !is(messages.Missing) || is(messages.Installed) {
			t.Errorf("%s: a report is not as it counts", host)
		}
		w.seq = workertest.Put(t, w.kv, w.js, host, r)
	}
	page, err := w.index(t).Hosts(t.Context(), query.HostsQuestion{Levels: true})
	must(t, page, err)
	for h, got := range page.Each() {
		want := query.Levels{messages.Low: 1}
		if h.Host == "counted" {
			want[messages.High] = 1
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", h.Host, got, want)
		}
	}
}

// What a list of packages says of a patch beside its state is found by the patch's name.
func TestWhatIsKnownOfAPatch(t *testing.T) {
	t.Parallel()
	fleet, js, kv := open(t)
	installed, issued := workertest.At(-600).UTC(), workertest.At(-300).UTC()
	s := workertest.Scan("web.example.org", 1, workertest.Package("openssl", "1", "2"), workertest.Package("bash", "5"))
	s.Packages[0].Versions[1].Priority, s.Packages[1].InstalledAt = "important", installed
	s.Packages[0].Versions[1].ReleasedAt = issued
	s.Packages[1].Advisories = []string{"USN-1", "USN-2"}
	s.Advisories = []messages.Advisory{{ID: "USN-1", Severity: "High", CVEs: []string{"CVE-1", "CVE-2"}}, {ID: "USN-2", Severity: "Low", CVEs: []string{"CVE-2"}}}
	s.Hash = messages.ContentHash(s)
	store(t, js, kv, "web.example.org", s)
	h, err := fleet.Host(t.Context(), "web.example.org")
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]query.Known)
	known := h.Known()
	for i := range h.Report.Patches {
		got[h.Report.Patches[i].Name] = known(&h.Report.Patches[i])
	}
	want := map[string]query.Known{
		"openssl": {Severity: "important", ReleasedAt: issued},
		"bash":    {Severity: "High", CVEs: []string{"CVE-1", "CVE-2"}, InstalledAt: installed, Notices: []string{"USN-1", "USN-2"}},
	}
	for name, k := range want {
		g := got[name]
		if g.Severity != k.Severity || !slices.Equal(g.CVEs, k.CVEs) || !slices.Equal(g.Notices, k.Notices) || !same(g.InstalledAt, k.InstalledAt) || !same(g.ReleasedAt, k.ReleasedAt) {
			t.Errorf("%s: %+v, want %+v", name, g, k)
		}
	}
}

func same(a, b time.Time) bool { return a.Unix() == b.Unix() }
