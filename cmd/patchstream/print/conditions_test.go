package print

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"gotest.tools/v3/golden"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// A terminal of 80 columns shows what matters most, in lines that do not break.
func TestTheFleetFitsIntoANarrowTerminal(t *testing.T) {
	t.Parallel()
	for columns, file := range map[int]string{80: "fleet-80.txt", 100: "fleet-100.txt", 200: "fleet.txt"} {
		var out bytes.Buffer
		p := New(&out, &out)
		p.Columns = columns
		s := &query.Survey{}
		for _, h := range hosts() {
			s.Take(h)
		}
		slices.SortFunc(s.Rows, query.WorstFirst)
		p.Fleet(s, at)
		golden.Assert(t, out.String(), "golden/"+file)
		fit(t, out.String(), columns)
	}
}

func fit(t *testing.T, text string, columns int) {
	t.Helper()
	for l := range strings.Lines(text) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(l, "\n")); n > columns {
			t.Errorf("%d columns of %d: %s", n, columns, l)
		}
	}
}

func TestAHostIsShownWithItsConditionsAndWhatToDo(t *testing.T) {
	t.Parallel()
	for _, h := range hosts() {
		if len(h.Report.Conditions) == 0 {
			continue
		}
		var out bytes.Buffer
		p := New(&out, &out)
		p.Columns = 80
		p.Report(h.Report, View{Now: at})
		head, _, _ := strings.Cut(out.String(), "\nPATCH") // the patches are another table
		golden.Assert(t, head, "golden/host-"+h.Report.Host+".txt")
		fit(t, head, 80)
	}
}

func TestWatchShowsConditionsThatComeAndGo(t *testing.T) {
	t.Parallel()
	change := func(from, to messages.HostStatus, reasons, before []string, now ...string) *messages.Changed {
		m := &messages.Changed{Head: messages.Head{
			Host: "web-1", At: at, Status: messages.StatusChange{From: from, To: to, Reasons: reasons}, ConditionsFrom: before,
		}}
		for _, code := range now {
			m.Conditions = append(m.Conditions, messages.Condition{Code: code})
		}
		return m
	}
	for _, c := range []struct {
		change *messages.Changed
		want   string
	}{
		{change("", "UNKNOWN", []string{"no_complete_scan"}, []string{}, "no_complete_scan", "scan_failing"), "UNKNOWN +no_complete_scan +scan_failing"},
		{change("", "COMPLIANT", nil, nil), "COMPLIANT"},
		{change("COMPLIANT", "COMPLIANT", nil, []string{}, "run_failed"), "COMPLIANT +run_failed"},
		{change("COMPLIANT", "COMPLIANT", nil, []string{"run_failed"}), "COMPLIANT -run_failed"},
		{change("NON_COMPLIANT", "NON_COMPLIANT", []string{"scan_old"}, []string{"run_failed"}, "scan_old"), "NON_COMPLIANT +scan_old -run_failed"},
		{change("NON_COMPLIANT", "UNKNOWN", []string{"lists_old"}, nil, "lists_old"), "NON_COMPLIANT → UNKNOWN lists_old"},
		{change("NON_COMPLIANT", "UNKNOWN", []string{"lists_old", "scan_old"}, []string{"lists_old"}, "lists_old", "scan_old"), "NON_COMPLIANT → UNKNOWN lists_old +scan_old"},
		{change("COMPLIANT", "COMPLIANT", nil, nil, "run_failed"), ""},
	} {
		var out bytes.Buffer
		if err := New(&out, &out).Change(Table, c.change, nil); err != nil {
			t.Fatal(err)
		}
		_, line, _ := strings.Cut(strings.Join(strings.Fields(out.String()), " "), "(the host) ")
		if line != c.want || strings.Count(out.String(), "\n") != min(len(c.want), 1) {
			t.Errorf("%q, want %q", out.String(), c.want)
		}
		out.Reset()
		if err := New(&out, &out).Change(Table, c.change, query.States{messages.Failed: true}); err != nil || out.Len() > 0 {
			t.Errorf("where only patches are asked for: %q, %v", &out, err)
		}
	}
}

// What stands on the host is named beside a patch where it matters to it.
func TestAnExplanationNamesTheConditionsThatMatter(t *testing.T) {
	t.Parallel()
	r := &classify.Report{Host: "web-1", Conditions: []messages.Condition{
		{Code: classify.ListsOld, Since: at, Detail: "2026-11-01T00:00:00Z"}, {Code: classify.RebootRequired, Since: at}, {Code: classify.RunFailed, Since: at, Detail: "exit code 100"},
	}}
	for state, want := range map[messages.State][]string{
		messages.Installed:              {classify.ListsOld},
		messages.Missing:                {classify.ListsOld, classify.RunFailed},
		messages.Failed:                 {classify.ListsOld, classify.RunFailed},
		messages.InstalledPendingReboot: {classify.ListsOld, classify.RebootRequired},
	} {
		e := query.Explain(r, &classify.Item{Patch: "curl.amd64", Name: "curl", Arch: "amd64", State: state})
		var got []string
		for _, c := range e.Conditions {
			got = append(got, c.Code)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", state, got, want)
		}
		var out bytes.Buffer
		New(&out, &out).Explanation(&e)
		for _, code := range want {
			if !strings.Contains(out.String(), "\n  "+code+" since ") {
				t.Errorf("%s: no %s in\n%s", state, code, &out)
			}
		}
	}
}
