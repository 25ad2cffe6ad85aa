package record

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

func TestASummaryCountsByStateAndLevelAndKnowsWhatIsDueLongest(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 5, time.UTC)
	item := func(s messages.State, l messages.Level, since time.Time) classify.Item {
		return classify.Item{State: s, Level: l, Since: since}
	}
	r := &classify.Report{
		Status: messages.NonCompliant, About: classify.About{ScanAt: at},
		Conditions: []messages.Condition{{Code: classify.ListsOld, Since: at, Detail: "long"}, {Code: classify.RunFailed}},
		Patches: []classify.Item{
			item(messages.Missing, messages.Critical, at.Add(time.Hour)),
			item(messages.Missing, messages.Low, at),
			item(messages.Missing, messages.Critical, at.Add(time.Minute)),
			item(messages.Failed, messages.Critical, at.Add(time.Second)),
			item(messages.Installed, messages.Unspecified, at),
			item(messages.Installed, messages.Unspecified, at),
		},
	}
	want := Summary{Status: messages.NonCompliant, ScanAt: at, Conditions: []string{"lists_old", "run_failed"}, Patches: []Tally{
		{messages.Failed, messages.Critical, 1, at.Add(time.Second)},
		{messages.Installed, messages.Unspecified, 2, time.Time{}},
		{messages.Missing, messages.Critical, 2, at.Add(time.Minute)},
		{messages.Missing, messages.Low, 1, at},
	}}
	if diff := cmp.Diff(want, Summarise(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	text, err := want.Encode()
	if err != nil || strings.ContainsAny(text, "\r\n") {
		t.Errorf("Encode: %v: %s", err, text)
	}
	back, err := ParseSummary(text)
	if diff := cmp.Diff(want, back); err != nil || diff != "" {
		t.Errorf("ParseSummary: %v (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff(Summary{}, Summarise(nil)); diff != "" {
		t.Error(diff)
	}
}

func TestASummaryOfBeforeThereWereConditionsIsRead(t *testing.T) {
	s, err := ParseSummary(`{"status":"UNKNOWN","scan_at":"2026-11-20T12:00:00Z","patches":[{"state":"MISSING","level":"LOW","number":2}]}`)
	if err != nil || s.Status != messages.Unknown || len(s.Patches) != 1 || s.Conditions != nil {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestASummaryThatIsNoneIsAnError(t *testing.T) {
	for _, text := range []string{"", "x", `{"status":3}`, `{"patches":[{"number":"x"}]}`} {
		if s, err := ParseSummary(text); err == nil || !strings.Contains(err.Error(), messages.HeaderSummary) {
			t.Errorf("%q: %+v %v", text, s, err)
		}
	}
}
