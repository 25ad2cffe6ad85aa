package messages

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What is copied from another transition is what would have been written.
func TestTransitionsOfAChangeAreWrittenAsEachIsAlone(t *testing.T) {
	matched := []*Matched{nil, {Rule: new(1), Text: "PRIORITY"}, {Rule: new(2), Text: "PRIORITY"}}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		change := &Changed{Head: Head{V: SchemaVersion, Host: "web-1", ID: "c1", Revision: 1, At: at}}
		for i := range rapid.SampledFrom([]int{0, 2, 40}).Draw(t, "transitions") {
			name := fmt.Sprintf("package-%d", i)
			tr := Transition{Item: Item{
				Patch: name + ".amd64", Name: name, Arch: "amd64", State: Installed, Version: "1", Installed: "1", Level: Low, Since: at,
				Reason: Reason{Code: "approved", Matched: matched[1]},
			}}
			why := &tr.Reason
			for range rapid.SampledFrom([]int{0, 0, 1, 1, 2}).Draw(t, "things") {
				switch rapid.IntRange(0, 18).Draw(t, "thing") {
				case 0:
					tr.Arch = "i386"
				case 1:
					tr.From = Missing
				case 2:
					tr.State = Missing
				case 3:
					tr.Level = High
				case 4:
					tr.Classification = "Security"
				case 5:
					tr.Blocked = "hold"
				case 6:
					tr.Since = at.Add(1)
				case 7:
					why.Code = "rejected"
				case 8:
					why.Matched = rapid.SampledFrom(matched).Draw(t, "matched")
				case 9:
					why.Stopped = &Stopped{Version: "1"}
				case 10:
					why.Compared = []string{"1"}
				case 11:
					why.Event = "s1"
				case 12:
					why.Outcome = &OutcomeReason{Event: "r1"}
				case 13:
					why.Broken = "unpacked"
				case 14:
					why.Reboot = &RebootReason{Event: "s1"}
				case 15:
					why.Override = &OverrideReason{Event: "o1"}
				case 16:
					why.Invalid = []InvalidVersion{{Version: "1_"}}
				case 17:
					why.Notices = []Notice{{ID: "RHSA-1"}}
				case 18:
					why.MoreNotices = 1
				}
			}
			change.Transitions = append(change.Transitions, tr)
		}
		var alone []byte
		for i := range change.Transitions {
			one, err := change.Transitions[i].MarshalMsgpack()
			if err != nil {
				t.Fatal(err)
			}
			alone = append(alone, one...)
		}
		text, err := EncodeChange(change, MsgPack)
		if err != nil || !bytes.HasSuffix(text, alone) {
			t.Fatalf("%v: %d bytes end otherwise than the %d of each transition alone", err, len(text), len(alone))
		}
	})
}
