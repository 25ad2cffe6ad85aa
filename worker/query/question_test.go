package query_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/workertest"
)

func item(name, arch string, state messages.State) classify.Item {
	return classify.Item{Patch: name + "." + arch, Name: name, Arch: arch, State: state}
}

func report(status messages.HostStatus, items ...classify.Item) *classify.Report {
	return &classify.Report{Host: "web-1", Status: status, Patches: items, Counts: messages.Counts{}}
}

func names(items []*classify.Item) string {
	var all []string
	for _, i := range items {
		all = append(all, i.Patch)
	}
	return strings.Join(all, " ")
}

func TestANameMeansOnePatchOrAllThatAreCalledSo(t *testing.T) {
	t.Parallel()
	r := report(messages.Compliant, item("libc6", "amd64", messages.Installed), item("libc6", "i386", messages.Installed), item("openssl", "amd64", messages.Installed))
	for name, want := range map[string]string{
		"libc6": "libc6.amd64 libc6.i386", "libc6.i386": "libc6.i386", "OPENSSL": "openssl.amd64", "OpenSSL.amd64": "openssl.amd64", "curl": "", "": "",
	} {
		if got := names(query.Named(r, name)); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestAQuestionFitsWhatItAsksFor(t *testing.T) {
	t.Parallel()
	missing, failed, installed := item("openssl", "amd64", messages.Missing), item("openssl", "amd64", messages.Failed), item("openssl", "amd64", messages.Installed)
	for _, c := range []struct {
		question query.Question
		fits     [3]bool // missing, failed, installed
	}{
		{query.Question{}, [3]bool{true, true, true}},
		{query.Question{Missing: "openssl"}, [3]bool{true, true, false}},
		{query.Question{Missing: "curl"}, [3]bool{}},
		{query.Question{States: query.States{messages.Failed: true}}, [3]bool{false, true, false}},
		{query.Question{Missing: "openssl", States: query.States{messages.Installed: true}}, [3]bool{}},
	} {
		if got := [3]bool{c.question.Fits(&missing), c.question.Fits(&failed), c.question.Fits(&installed)}; got != c.fits {
			t.Errorf("%+v: %v", c.question, got)
		}
	}
}

func TestAQuestionOfConditionsLeavesPatchesAsTheyAre(t *testing.T) {
	t.Parallel()
	failed, silent := report(messages.NonCompliant, item("openssl", "amd64", messages.Missing), item("curl", "amd64", messages.Installed)), report(messages.Unknown)
	failed.Conditions = []messages.Condition{{Code: classify.RunFailed}}
	silent.Conditions = []messages.Condition{{Code: classify.ScanOld}, {Code: classify.ScanFailing}}
	fine := report(messages.Compliant)
	for _, c := range []struct {
		question query.Question
		rows     string
		asked    int
	}{
		{query.Question{}, "[run_failed] [scan_old scan_failing] []", 3},
		{query.Question{Conditions: []string{classify.RunFailed}}, "[run_failed]", 1},
		{query.Question{Conditions: []string{classify.RunFailed, classify.ScanFailing}}, "[run_failed] [scan_old scan_failing]", 2},
		{query.Question{Conditions: []string{classify.ListsOld}}, "", 0},
		{query.Question{Conditions: []string{classify.RunFailed}, Missing: "openssl"}, "[run_failed]", 1},
		{query.Question{Conditions: []string{classify.ScanFailing}, Missing: "openssl"}, "", 1},
	} {
		s := &query.Survey{Question: c.question}
		for _, r := range []*classify.Report{failed, silent, fine} {
			if h := (&query.Host{Report: r}); s.Take(h) && c.question.Missing == "" && len(h.Report.Patches) != len(r.Patches) {
				t.Errorf("%+v: %d of %d patches", c.question, len(h.Report.Patches), len(r.Patches))
			}
		}
		var rows []string
		for _, row := range s.Rows {
			rows = append(rows, fmt.Sprint(row.Conditions))
		}
		if got := strings.Join(rows, " "); got != c.rows || s.Asked != c.asked || s.Hosts != 3 {
			t.Errorf("%+v: %s of %d, %d asked", c.question, got, s.Hosts, s.Asked)
		}
	}
}

func TestNarrowingLeavesTheReportAsItIs(t *testing.T) {
	t.Parallel()
	r := report(messages.NonCompliant, item("openssl", "amd64", messages.Missing), item("curl", "amd64", messages.Installed))
	narrow := query.Narrowed(r, query.Question{Missing: "openssl"}.Fits)
	if len(r.Patches) != 2 || len(narrow.Patches) != 1 || narrow.Status != messages.NonCompliant {
		t.Errorf("%+v of %+v", narrow, r)
	}
	if none := query.Narrowed(r, func(*classify.Item) bool { return false }); none.Patches == nil {
		t.Error("no patch is null in JSON, and not an empty list")
	}
}

// The worst status decides the exit code: what is unknown is never taken for compliant.
func TestTheWorstOfAFleet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		question string
		statuses []messages.HostStatus
		want     messages.HostStatus
	}{
		{"", nil, messages.Unknown},
		{"", []messages.HostStatus{messages.Compliant}, messages.Compliant},
		{"", []messages.HostStatus{messages.Compliant, messages.Unknown}, messages.Unknown},
		{"", []messages.HostStatus{messages.NonCompliant, messages.Unknown, messages.Compliant}, messages.NonCompliant},
		{"openssl", []messages.HostStatus{messages.NonCompliant}, messages.Compliant}, // the host does not fit
	} {
		s := &query.Survey{Question: query.Question{Missing: c.question}}
		fits := 0
		for _, status := range c.statuses {
			if s.Take(&query.Host{Report: report(status)}) {
				fits++
			}
		}
		if got := s.Worst(); got != c.want || fits != len(s.Rows) || s.Hosts != len(c.statuses) {
			t.Errorf("%q of %v: %s, want %s; %d fit, %d rows", c.question, c.statuses, got, c.want, fits, len(s.Rows))
		}
	}
}

func TestOverridesAreListedWithWhatBecameOfThem(t *testing.T) {
	t.Parallel()
	fleet, js, kv := open(t)
	const host = "web.example.org"
	inForce, waits, gone := workertest.Override(host, 2, "openssl.amd64", messages.Installed),
		workertest.Override(host, 3, "curl.amd64", messages.Installed), workertest.Override(host, 4, "bash.amd64", messages.Installed)
	gone.ExpiresAt = fleet.Now()
	store(t, js, kv, host, workertest.Scan(host, 1, workertest.Package("openssl", "1", "2")), inForce, waits, gone)
	h, err := fleet.Host(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	list := h.OverridesAt(fleet.Now())
	for _, o := range list {
		got[o.Patch] = o.Standing
	}
	want := map[string]string{"openssl.amd64": query.StandingInForce, "curl.amd64": query.StandingWaiting, "bash.amd64": query.StandingExpired}
	for patch, standing := range want {
		if got[patch] != standing {
			t.Errorf("%s: %q, want %q", patch, got[patch], standing)
		}
	}
	if slices.SortFunc(list, query.ByHostAndPatch); len(list) != 3 || list[0].Patch != "bash.amd64" || list[2].Patch != "openssl.amd64" {
		t.Errorf("%+v", list)
	}
	if shown := query.InForce(h.Report); len(shown) != 1 || shown[0].ComputedState != messages.Missing || shown[0].State != messages.Installed {
		t.Errorf("in force: %+v", shown)
	}
}
