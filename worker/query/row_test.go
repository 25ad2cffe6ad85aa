package query_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

func TestWorstFirst(t *testing.T) {
	t.Parallel()
	rows := []query.Row{
		{Host: "fine", Status: messages.Compliant},
		{Host: "who", Status: messages.Unknown},
		{Host: "low", Status: messages.NonCompliant, Level: messages.Low, Missing: 90},
		{Host: "few", Status: messages.NonCompliant, Level: messages.Critical, Failed: 1},
		{Host: "b", Status: messages.NonCompliant, Level: messages.Critical, Missing: 1, Rejected: 1},
		{Host: "a", Status: messages.NonCompliant, Level: messages.Critical, Missing: 1, Pending: 1},
	}
	slices.SortFunc(rows, query.WorstFirst)
	var got []string
	for _, r := range rows {
		got = append(got, r.Host)
	}
	if want := []string{"a", "b", "few", "low", "who", "fine"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// A row is the same whether it is made of a report or of its view, also where a host searches for its updates.
func TestARowOfAViewIsThatOfTheReport(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for _, system := range []string{"UBUNTU", messages.SystemWindows, messages.SystemMacOS} {
		r := &classify.Report{
			Host: "a", Status: messages.NonCompliant, Counts: messages.Counts{"MISSING": 2, "AVAILABLE_SECURITY_UPDATE": 3},
			About: classify.About{OS: messages.OS{System: system}, ScanAt: at, IndexAt: at.Add(-time.Hour)},
		}
		if system == "UBUNTU" {
			r.About.SecurityListsAt = at.Add(-2 * time.Hour)
		}
		h, survey := &query.Host{Report: r}, &query.Survey{}
		survey.Take(h)
		view := h.HostView()
		got := query.RowOf(&view)
		if diff := cmp.Diff(survey.Rows[0], got, cmpopts.EquateEmpty()); diff != "" || got.ListsAt.IsZero() || got.Available != 3 {
			t.Error(system, diff)
		}
	}
}
