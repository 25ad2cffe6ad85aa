package query_test

import (
	"slices"
	"testing"

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
