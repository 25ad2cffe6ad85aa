package print

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/golden"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// at is when everything is printed.
var at = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// hosts is a fleet in which everything occurs.
func hosts() []*query.Host {
	host := func(name string, status messages.HostStatus, level messages.Level, scan, lists time.Duration, items ...classify.Item) *query.Host {
		r := &classify.Report{
			Host: name, Status: status, Level: level, Counts: messages.Counts{}, Patches: items, Reasons: []string{},
			Baseline: messages.BaselineRef{ID: "prod", Name: "prod", Version: 4},
			About:    classify.About{ScanAt: at.Add(-scan), SecurityListsAt: at.Add(-lists)},
		}
		for _, i := range items {
			r.Counts[string(i.State)]++
		}
		return &query.Host{Report: r}
	}
	item := func(name string, state messages.State, level messages.Level, installed, version, blocked string) classify.Item {
		return classify.Item{
			Patch: name + ".amd64", Name: name, Arch: "amd64", State: state, Level: level, Installed: installed, Version: version,
			Blocked: blocked, Since: at.Add(-3 * day),
		}
	}
	silent := host("silent", messages.Unknown, "", 0, 0)
	silent.Report.Reasons, silent.Report.Baseline = []string{classify.NoCompleteScan}, messages.BaselineRef{}
	silent.Report.Conditions = []messages.Condition{
		{Code: classify.NoCompleteScan, Since: at.Add(-2 * day)},
		{Code: classify.ScanFailing, Since: at.Add(-day), Detail: "dpkg was interrupted: /var/lib/dpkg/updates is not empty"},
	}
	silent.Report.About = classify.About{ScanFailedAt: at}
	red := host("web-2", messages.NonCompliant, messages.Critical, 5*time.Minute, 20*day,
		item("openssl", messages.Failed, messages.Critical, "1", "2", ""),
		item("telnetd", messages.InstalledRejected, messages.Unspecified, "1", "1", ""))
	red.Report.Conditions = []messages.Condition{
		{Code: classify.SecurityListsOld, Since: at.Add(-6 * day), Detail: "2026-10-31T12:00:00Z"},
		{Code: classify.RunFailed, Since: at.Add(-time.Hour), Detail: "openssl.amd64 failed at configure"},
	}
	return []*query.Host{
		host("fine", messages.Compliant, "", time.Hour, day, item("openssl", messages.Installed, messages.High, "2", "2", "")),
		silent,
		host("web-1", messages.NonCompliant, messages.Medium, 2*time.Hour, 3*day,
			item("curl", messages.InstalledPendingReboot, messages.Medium, "8", "8", ""),
			item("openssl", messages.Missing, messages.Low, "1", "2", classify.BlockedByHold)),
		red,
	}
}

func TestFleetTables(t *testing.T) {
	t.Parallel()
	for name, q := range map[string]query.Question{
		"fleet":              {},
		"run-failed":         {Conditions: []string{classify.RunFailed, classify.ScanOld}},
		"missing-run-failed": {Missing: "openssl", Conditions: []string{classify.RunFailed}},
		"none":               {Conditions: []string{classify.RecordFull}},
		"missing":            {Missing: "openssl"},
		"failed":             {States: query.States{messages.Failed: true}},
	} {
		var out bytes.Buffer
		p := New(&out, &out)
		s := &query.Survey{Question: q}
		for _, h := range hosts() {
			s.Take(h)
		}
		if want := messages.NonCompliant; s.Worst() != want && name != "none" {
			t.Errorf("%s: worst is %s", name, s.Worst())
		}
		if q.Missing != "" {
			p.Matches(s, at)
		} else {
			slices.SortFunc(s.Rows, query.WorstFirst)
			p.Fleet(s, at)
		}
		golden.Assert(t, out.String(), "golden/"+name+".txt")
	}
}

// Only hosts of Windows have security updates that are available, and only with one of them there is a column.
func TestFleetShowsWhatIsAvailable(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := New(&out, &out)
	s := &query.Survey{}
	for _, h := range hosts() {
		s.Take(h)
	}
	p.Fleet(s, at)
	if strings.Contains(out.String(), "AVAILABLE") || strings.Contains(out.String(), "available") {
		t.Errorf("a fleet without Windows:\n%s", out.String())
	}
	win := &classify.Report{
		Host: "win-1", Status: messages.NonCompliant, Level: messages.Unspecified, Counts: messages.Counts{"AVAILABLE_SECURITY_UPDATE": 3},
		About: classify.About{OS: messages.OS{System: messages.SystemWindows}, ScanAt: at.Add(-time.Hour), IndexAt: at.Add(-5 * time.Hour)},
	}
	s.Take(&query.Host{Report: win})
	out.Reset()
	p.Fleet(s, at)
	shown := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{"REJECTED AVAILABLE SCAN LISTS", "win-1 NON_COMPLIANT UNSPECIFIED 0 0 0 0 3 1 h 5 h", "1 rejected, 3 available security updates not approved."} {
		if !strings.Contains(shown, want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	out.Reset()
	p.Report(win, View{Now: at})
	if shown := out.String(); !strings.Contains(shown, "last search     2026-11-20 07:00:00Z") || strings.Contains(shown, "security lists") {
		t.Error(shown)
	}
}
