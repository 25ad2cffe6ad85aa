package record

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// drawPatch draws a patch of a package that is like most of them but for up to two things.
func drawPatch(t *rapid.T, p *messages.Package) classify.Item {
	text := func() string {
		return rapid.SampledFrom([]string{"", p.Name, p.Arch, *p.Installed, p.Candidate, "ab", "ac"}).Draw(t, "text")
	}
	item := classify.Item{
		Patch: p.Name + "." + p.Arch, Name: p.Name, Arch: p.Arch, Version: *p.Installed, Installed: *p.Installed,
		State: messages.Installed, Level: messages.Low, Since: now.UTC(),
		Reason: messages.Reason{
			Code: "approved", Event: "s1", Compared: []string{*p.Installed, p.Candidate}, Matched: ruleMatched,
			Stopped: &messages.Stopped{Version: p.Candidate, By: "filter", Key: "SECTION", Value: "net", Text: "libs", Rule: new(1)},
		},
	}
	why := &item.Reason
	for range rapid.SampledFrom([]int{0, 1, 1, 1, 2}).Draw(t, "things") {
		switch rapid.IntRange(0, 27).Draw(t, "thing") {
		case 0:
			item.Patch = text()
		case 1:
			item.Name = text()
		case 2:
			item.Arch = text()
		case 3:
			item.Version = text()
		case 4:
			item.Installed = text()
		case 5:
			item.State = "INSTALLEN"
		case 6:
			item.Level = "LOV"
		case 7:
			item.Classification = text()
		case 8:
			item.Blocked = text()
		case 9:
			item.Since = item.Since.Add(1)
		case 10:
			why.Code = text()
		case 11:
			why.Matched = rapid.SampledFrom([]*messages.Matched{nil, {Rule: new(2), Text: ruleMatched.Text}, {Entry: new(1), Text: "curl"}, {Entry: new(1), Text: "7.1"}}).Draw(t, "matched")
		case 12:
			why.Compared = why.Compared[:rapid.IntRange(0, 1).Draw(t, "compared")]
		case 13:
			why.Compared = []string{*p.Installed, text()}
		case 14:
			why.Stopped.Version = text()
		case 15:
			why.Stopped.By = text()
		case 16:
			why.Stopped.Key = text()
		case 17:
			why.Stopped.Value = text()
		case 18:
			why.Stopped.Text = text()
		case 19:
			why.Stopped.Rule = rapid.SampledFrom([]*int{nil, new(1), new(2)}).Draw(t, "rule")
		case 20:
			why.Stopped.Entry = new(1)
		case 21:
			why.Broken = "unpacked"
		case 22:
			why.Outcome = &messages.OutcomeReason{Event: "r1"}
		case 23:
			why.Reboot = &messages.RebootReason{Event: "r1"}
		case 24:
			why.Override = &messages.OverrideReason{Event: "o1"}
		case 25:
			why.Invalid = []messages.InvalidVersion{{Version: "1_"}}
		case 26:
			why.MoreNotices = 1
		case 27:
			why.Stopped.Notice = "RHSA-1"
		}
	}
	return item
}

var ruleMatched = &messages.Matched{Rule: new(1), Text: "PRIORITY=important"}

// A patch that is known again by its fields has the number that it has once it is written.
func TestAPatchThatIsKnownAgainIsTheOneThatIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		os, frame := new(messages.OS), &classify.Frame{Own: []string{"bash.i386"}}
		packages := []messages.Package{
			{Name: "bash", Arch: "amd64", Installed: new("7.1"), Candidate: "7.2"}, {Name: "bash", Arch: "i386", Installed: new("7.1"), Candidate: "7.2"},
			{Name: "curl", Arch: "amd64", Installed: new("7.1"), Candidate: "7.1", Versions: []messages.Version{{Version: "7.1"}, {Version: "7.3"}}},
			{Name: "xy", Arch: "amd64", Installed: new("net"), Candidate: "7.2"},
		}
		w := newVerdictWriter(0)
		for range rapid.IntRange(0, 60).Draw(t, "patches") {
			p := &packages[rapid.IntRange(0, len(packages)-1).Draw(t, "package")]
			item := drawPatch(t, p)
			got, err := w.number(&item, refs{p: p, os: os}, frame)
			if err != nil {
				t.Fatal(err)
			}
			if want, err := w.written(&item, refs{p: p, os: os}, frame); got != want || err != nil {
				t.Fatalf("number %d is known again, and %d is written of %+v, %v", got, want, item, err)
			}
		}
	})
}
