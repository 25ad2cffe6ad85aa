package windows

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/messages"
)

type object = map[string]any

// anyUpdate makes an update of few ids and KBs, so that they meet.
func anyUpdate(t *rapid.T) object {
	kbs := rapid.SliceOfN(rapid.SampledFrom([]string{"5000001", "5000002", "5000003"}), 0, 2).Draw(t, "kbs")
	u := object{
		"Identity":     object{"UpdateID": rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "id"), "RevisionNumber": rapid.IntRange(0, 3).Draw(t, "revision")},
		"KBArticleIDs": kbs, "IsInstalled": rapid.Bool().Draw(t, "installed"), "IsHidden": rapid.Bool().Draw(t, "hidden"), "RebootRequired": rapid.Bool().Draw(t, "reboot"),
		"SupersededUpdateIDs": rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "z"}), 0, 1).Draw(t, "supersedes"),
		"Categories":          []any{object{"Type": "UpdateClassification", "Name": rapid.SampledFrom([]string{"Security Updates", "Updates"}).Draw(t, "class")}},
	}
	if len(kbs) == 1 && rapid.Bool().Draw(t, "unrolled") {
		u["KBArticleIDs"] = kbs[0]
	}
	return u
}

func anyDump(t *rapid.T) object {
	search := func(criteria string) object {
		updates := rapid.SliceOfN(rapid.Custom(anyUpdate), 0, 5).Draw(t, criteria)
		return object{"Criteria": criteria, "ResultCode": 2, "Online": true, "Updates": updates}
	}
	entry := rapid.Custom(func(t *rapid.T) object {
		return object{
			"Date":      time.Date(2026, 11, 19, 0, rapid.IntRange(0, 1000).Draw(t, "minute"), 0, 0, time.UTC).Format(time.RFC3339),
			"Operation": rapid.IntRange(1, 2).Draw(t, "operation"), "ResultCode": rapid.IntRange(0, 5).Draw(t, "result"),
			"UpdateIdentity": object{"UpdateID": rapid.SampledFrom([]string{"a", "b", "x"}).Draw(t, "of"), "RevisionNumber": 1},
			"Title":          rapid.SampledFrom([]string{"", "An update (KB5000009)"}).Draw(t, "title"), "ClientApplicationID": rapid.SampledFrom([]string{"wusa", "orchestrator"}).Draw(t, "client"),
		}
	})
	return object{
		"Format": FormatName, "Version": 1, "TakenAt": "2026-11-20T10:00:00Z", "OS": object{"Architecture": "AMD64"},
		"Searches": []any{search("IsInstalled=1"), search("IsInstalled=0 and IsHidden=0")},
		"History":  rapid.SliceOfN(entry, 0, 8).Draw(t, "history"),
	}
}

func readAny(t *rapid.T, dump object) *Dump {
	text, err := json.Marshal(dump)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Nothing that the agent lists is lost, nothing applicable is called anything better, and whatever comes of it the contract allows.
func TestEveryUpdateIsInTheScan(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := readAny(t, anyDump(t))
		s := d.Scan()
		s.Host = "x"
		if err := s.Validate(); err != nil || !s.Complete {
			t.Fatal(err, s.Error)
		}
		state := make(map[string]string)
		for _, p := range s.Packages {
			state[p.Name] = p.State
		}
		gone := superseded(d.distinct())
		for _, u := range d.distinct() {
			for _, name := range u.names() {
				got, listed := state[name]
				if !listed {
					t.Fatalf("%s is not in the scan", name)
				}
				if own := u.state(gone); slices.Index(states, got) > slices.Index(states, own) {
					t.Fatalf("%s is %q, and one of its updates %q", name, got, own)
				}
			}
		}
	})
}

// Each attempt that ended is in exactly one run, and the runs of a later look say no less than those of an earlier one.
func TestEveryAttemptIsInOneRun(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dump := anyDump(t)
		d := readAny(t, dump)
		want, got := 0, 0
		known := d.kbsByID()
		for i := range d.history {
			if h := &d.history[i]; h.ended() {
				want += min(len(h.names(known)), maxNames)
			}
		}
		runs := d.Runs(time.Time{})
		for _, r := range runs {
			got += len(r.Outcomes) + len(r.Removed)
			r.Host = "x"
			if err := r.Validate(); err != nil {
				t.Fatal(err)
			}
		}
		if got != want {
			t.Fatalf("%d outcomes and removals of %d attempts", got, want)
		}
		for i := range runs { // since any of them, only later ones
			for _, r := range d.Runs(runs[i].FinishedAt) {
				if !r.FinishedAt.After(runs[i].FinishedAt) || !slices.ContainsFunc(runs, func(x *messages.Run) bool { return x.ID == r.ID }) {
					t.Fatal(fmt.Sprint(r.ID, " is none of the later ones"))
				}
			}
		}
	})
}
