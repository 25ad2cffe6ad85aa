package classify

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

func reportOf(items ...Item) *Report { return &Report{Host: "web-1", Patches: items} }

func missing(patch, version string) Item {
	return Item{Patch: patch, Name: patch, State: messages.Missing, Version: version, Level: messages.Low, Since: t0}
}

func TestDiff(t *testing.T) {
	before := reportOf(missing("b", "1"), missing("d", "1"), missing("f", "1"))
	after := reportOf(missing("a", "1"), missing("b", "1"), missing("c", "1"), missing("d", "2"), missing("g", "1"))
	var got []string
	for _, t := range Diff(before, after, at(1)) {
		got = append(got, t.Patch+" "+string(t.From)+">"+string(t.State)+" "+t.Version+" "+string(t.Reason.Code))
	}
	wantTexts(t, got, "a >MISSING 1 ", "c >MISSING 1 ", "d MISSING>MISSING 2 ", "f MISSING> 1 gone", "g >MISSING 1 ")
	t.Run("from nothing", func(t *testing.T) {
		after := reportOf(missing("a", "1"), missing("b", "1"))
		transitions := Diff(nil, after, at(1))
		if len(transitions) != 2 || transitions[0].From != "" || !transitions[0].Since.Equal(at(1)) || !after.Patches[1].Since.Equal(at(1)) {
			t.Errorf("got %+v", transitions)
		}
	})
	t.Run("to nothing", func(t *testing.T) {
		held := missing("a", "1")
		held.Blocked, held.Installed, held.Classification = BlockedByHold, "0.9", Security
		transitions := Diff(reportOf(held), reportOf(), at(1))
		wantJSON(t, transitions, []messages.Transition{{From: messages.Missing, Item: messages.Item{
			Patch: "a", Name: "a", Version: "1", Installed: "0.9", Level: messages.Low, Classification: Security,
			Reason: messages.Reason{Code: messages.BecauseGone},
		}}})
	})
	t.Run("a report and itself", func(t *testing.T) {
		if transitions := Diff(before, before, at(9)); len(transitions) != 0 || !before.Patches[0].Since.Equal(t0) {
			t.Errorf("got %+v", transitions)
		}
	})
}

func TestDiff_what_is_a_change(t *testing.T) {
	overridden := func(change func(*messages.OverrideReason)) func(*Item) {
		return func(i *Item) {
			i.Reason.Override = &messages.OverrideReason{Event: "o", Reason: "r", By: "b", ExpiresAt: at(5), ComputedState: messages.Missing, ComputedLevel: messages.Low}
			change(i.Reason.Override)
		}
	}
	plain := func(i *Item) {}
	same := overridden(func(o *messages.OverrideReason) {})
	for _, row := range []struct {
		name          string
		before, after func(*Item)
		want          bool
	}{
		{"nothing", plain, plain, false},
		{"its state", plain, func(i *Item) { i.State = messages.Installed }, true},
		{"its version", plain, func(i *Item) { i.Version = "2" }, true},
		{"its installed version", plain, func(i *Item) { i.Installed = "0.8" }, true},
		{"its level", plain, func(i *Item) { i.Level = messages.High }, true},
		{"its classification", plain, func(i *Item) { i.Classification = Security }, true},
		{"its blocking", plain, func(i *Item) { i.Blocked = BlockedByHold }, true},
		{"an override", plain, same, true},
		{"an override that ends", same, plain, true},
		{"the same override", same, same, false},
		{"another override's reason", same, overridden(func(o *messages.OverrideReason) { o.Reason = "s" }), true},
		{"another override's author", same, overridden(func(o *messages.OverrideReason) { o.By = "c" }), true},
		{"another override's expiry", same, overridden(func(o *messages.OverrideReason) { o.ExpiresAt = at(6) }), true},
		{"the same expiry in another zone", same, overridden(func(o *messages.OverrideReason) { o.ExpiresAt = at(5).In(time.FixedZone("", 3600)) }), false},
		{"another computed state", same, overridden(func(o *messages.OverrideReason) { o.ComputedState = messages.Failed }), true},
		{"another computed level", same, overridden(func(o *messages.OverrideReason) { o.ComputedLevel = messages.High }), true},
		{"the override's event alone is none", same, overridden(func(o *messages.OverrideReason) { o.Event = "p" }), false},
		{"the reason alone is none", plain, func(i *Item) { i.Reason.Code, i.Reason.Event = "x", "y" }, false},
		{"since alone is none", plain, func(i *Item) { i.Since = at(-5) }, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			before, after := missing("a", "1"), missing("a", "1")
			row.before(&before)
			row.after(&after)
			if got := len(Diff(reportOf(before), reportOf(after), at(1))) == 1; got != row.want {
				t.Errorf("got a transition: %v", got)
			}
		})
	}
}

// Since is when an item came into its state.
func TestDiff_since(t *testing.T) {
	for _, row := range []struct {
		name          string
		before, after messages.State
		version       string
		startsAgain   bool
	}{
		{"nothing changed", messages.Missing, messages.Missing, "1", false},
		{"MISSING 1 becomes MISSING 2", messages.Missing, messages.Missing, "2", false},
		{"MISSING becomes FAILED", messages.Missing, messages.Failed, "1", false},
		{"FAILED becomes MISSING", messages.Failed, messages.Missing, "2", false},
		{"MISSING becomes INSTALLED", messages.Missing, messages.Installed, "1", true},
		{"INSTALLED becomes FAILED", messages.Installed, messages.Failed, "1", true},
		{"INSTALLED 1 becomes INSTALLED 2", messages.Installed, messages.Installed, "2", false},
		{"INSTALLED becomes INSTALLED_PENDING_REBOOT", messages.Installed, messages.InstalledPendingReboot, "1", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			before, after := missing("a", "1"), missing("a", row.version)
			before.State, after.State, after.Since = row.before, row.after, time.Time{}
			r := reportOf(after)
			transitions := Diff(reportOf(before), r, at(1))
			want := t0
			if row.startsAgain {
				want = at(1)
			}
			if !r.Patches[0].Since.Equal(want) || len(transitions) == 1 && !transitions[0].Since.Equal(want) {
				t.Errorf("since %s, want %s", r.Patches[0].Since, want)
			}
		})
	}
	t.Run("one that was gone starts again", func(t *testing.T) {
		r := reportOf(missing("a", "1"))
		Diff(reportOf(), r, at(2))
		if !r.Patches[0].Since.Equal(at(2)) {
			t.Errorf("since %s", r.Patches[0].Since)
		}
	})
}

// A transition has all of an item, so that whoever applies it has the same.
func TestTransition_has_all_of_an_item(t *testing.T) {
	whole := Item{
		Patch: "p.amd64", Name: "p", Arch: "amd64", State: messages.Missing, Version: "1.1", Installed: "1.0", Level: messages.High,
		Classification: Security, Blocked: BlockedByPin, Reason: messages.Reason{Code: messages.BecauseNewerApproved, Event: "s"},
	}
	fields := reflect.ValueOf(whole)
	for i := range fields.NumField() {
		if fields.Field(i).IsZero() && fields.Type().Field(i).Name != "Since" {
			t.Errorf("the test leaves out %s", fields.Type().Field(i).Name)
		}
	}
	after := reportOf(whole)
	got := Apply(nil, Diff(nil, after, at(1)))
	wantJSON(t, got, after.Patches)
	if !reflect.DeepEqual(got, after.Patches) {
		t.Errorf("got %+v", got)
	}
}

func TestApply(t *testing.T) {
	got := Apply([]Item{missing("b", "1"), missing("a", "1")}, []messages.Transition{
		{Item: messages.Item{Patch: "c", State: messages.Installed, Version: "3"}}, {From: messages.Missing, Item: messages.Item{Patch: "b"}},
		{From: messages.Missing, Item: messages.Item{Patch: "a", State: messages.Missing, Version: "2"}},
		{From: messages.Missing, Item: messages.Item{Patch: "never-there"}},
	})
	wantJSON(t, got, []Item{{Patch: "a", State: messages.Missing, Version: "2"}, {Patch: "c", State: messages.Installed, Version: "3"}})
}

func TestChanged(t *testing.T) {
	host := func(change func(*Report)) *Report {
		r := &Report{Status: messages.Unknown, Level: messages.Low, Reasons: []string{ScanOld}, Baseline: messages.BaselineRef{ID: "b", Name: "n", Version: 1}}
		change(r)
		return r
	}
	before := host(func(r *Report) {})
	for name, row := range map[string]struct {
		change func(*Report)
		want   bool
	}{
		"nothing":               {func(r *Report) {}, false},
		"status":                {func(r *Report) { r.Status = messages.Compliant }, true},
		"reasons":               {func(r *Report) { r.Reasons = []string{SecurityListsOld} }, true},
		"level":                 {func(r *Report) { r.Level = "" }, true},
		"baseline id":           {func(r *Report) { r.Baseline.ID = "c" }, true},
		"baseline version":      {func(r *Report) { r.Baseline.Version++ }, true},
		"ages alone are none":   {func(r *Report) { r.About.ScanAt = at(1) }, false},
		"the group alone":       {func(r *Report) { r.Group = "g" }, false},
		"due alone":             {func(r *Report) { r.Due = at(1) }, false},
		"scan's failure alone":  {func(r *Report) { r.About.ScanError = "x" }, false},
		"an order of reasons":   {func(r *Report) { r.Reasons = []string{ScanOld, SecurityListsOld} }, true},
		"no reasons, but level": {func(r *Report) { r.Reasons, r.Level = nil, messages.High }, true},
	} {
		if got := Changed(before, host(row.change), nil); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if !Changed(nil, before, nil) || !Changed(before, before, []messages.Transition{{}}) {
		t.Error("the first report, or a transition, is no change")
	}
}

// A condition that comes or goes is a change, a new detail alone is none, and since is when it came.
func TestDiff_of_conditions(t *testing.T) {
	report := func(conditions ...messages.Condition) *Report { return &Report{Conditions: conditions} }
	old, failing := messages.Condition{Code: ScanOld, Since: t0, Detail: "a"}, messages.Condition{Code: ScanFailing, Since: at(-3)}
	for _, row := range []struct {
		name          string
		before, after *Report
		changed       bool
		since         string
	}{
		{"one comes", report(old), report(messages.Condition{Code: ScanOld}, messages.Condition{Code: ScanFailing}), true, "0 9"},
		{"one goes", report(old, failing), report(messages.Condition{Code: ScanFailing}), true, "-3"},
		{"a detail alone", report(old), report(messages.Condition{Code: ScanOld, Detail: "b"}), false, "0"},
		{"it was gone", report(), report(messages.Condition{Code: ScanOld}), true, "9"},
		{"the first report", nil, report(messages.Condition{Code: ScanOld}), true, "9"},
		{"of one that stood before there were conditions nobody knows since when", report(messages.Condition{Code: ScanOld}), report(messages.Condition{Code: ScanOld}), false, "9"},
	} {
		t.Run(row.name, func(t *testing.T) {
			transitions := Diff(row.before, row.after, at(9))
			if got := Changed(row.before, row.after, transitions); got != row.changed {
				t.Errorf("changed: %v", got)
			}
			var since []string
			for _, c := range row.after.Conditions {
				since = append(since, fmt.Sprint(c.Since.Sub(t0).Hours()))
			}
			if got := strings.Join(since, " "); got != row.since {
				t.Errorf("since %s, want %s", got, row.since)
			}
		})
	}
}

// Of a package in order a transition says no more than by what it is so.
func TestTransition_to_what_is_in_order_is_small(t *testing.T) {
	var packages []messages.Package
	for i := range 700 {
		packages = append(packages, pkg(fmt.Sprintf("libexample%d-dev", i), "1.2.3-4ubuntu5 security"), pkg(fmt.Sprintf("libother%d", i), "1.2.3-4ubuntu5 release", "1.2.3-4ubuntu6 updates"))
	}
	b := securityOnly(rules(filtered(messages.High, filter1("PRODUCT", "Ubuntu22.04"), filter1("PRIORITY", "Required", "Important", "Standard", "Optional", "Extra"))))
	r := judged(t, b, scan(0, packages...), override(1, "libother0.amd64", messages.Installed))
	for _, transition := range Diff(nil, r, at(1)) {
		reason := transition.Reason
		if transition.State != messages.Installed && transition.State != messages.InstalledOther {
			t.Fatalf("%+v", transition)
		}
		if reason.Code == "" || reason.Event != "" || reason.Compared != nil || reason.Stopped != nil || (reason.Override != nil) != (transition.Patch == "libother0.amd64") {
			t.Errorf("%s: %+v", transition.Patch, reason)
		}
		if (reason.Matched == nil) != (reason.Code == messages.BecauseNotApproved) {
			t.Errorf("%s: %+v", transition.Patch, reason)
		}
	}
	if r.Patches[0].Reason.Event == "" {
		t.Error("the report itself has lost its reasons")
	}
}
