package classify

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// light takes from facts what stands beside them until somebody asks for it, and returns what puts it back.
func light(f *Facts) (whole func()) {
	if f.Full == nil {
		return func() {}
	}
	scan := f.Full.Scan
	head := *scan
	head.Packages, head.Advisories = nil, nil
	f.Full.Scan = &head
	return func() { f.Full.Scan = scan }
}

// again makes the next report from the one before, and gives it no more than it asks for.
func again(f *Facts, choice Choice, s Settings, now time.Time, before *Before) (*Report, *Judging) {
	whole := func() {}
	listedBefore := f
	if before != nil && before.Facts.Full != nil {
		listedBefore = &Facts{Full: &ScanFact{Scan: before.Facts.Full.Scan}}
	} else if f.Full != nil {
		listedBefore = &Facts{Full: &ScanFact{Scan: f.Full.Scan}}
	}
	var opened *messages.OpenedScan
	if before != nil && before.Facts.Full != f.Full {
		if opened, before.Lists = openedAfter(before.Facts, f); opened != nil {
			defer func(scan *messages.Scan) { f.Full.Scan = scan }(f.Full.Scan)
			f.Full.Scan = opened.Scan
		}
		defer light(before.Facts)()
	} else {
		whole = light(f)
		defer whole()
	}
	j := begin("web-1", f, choice, s, now, before)
	needs := j.Needs()
	switch {
	case opened == nil && needs.Packages:
		whole()
	case opened != nil && needs.Packages:
		must(read(opened, needs))
	}
	var items []Item
	if before != nil && before.Report != nil {
		if items = before.Report.Patches; !needs.Items {
			before.Report.Patches = nil
		}
		needs.Narrow(before.Report, listedBefore)
	}
	r := j.Report()
	if r == nil {
		if all := j.NeedsAll(); opened != nil {
			must(read(opened, all))
		}
		before.Report.Patches, before.Report.Rest = items, nil
		r = j.Report()
	}
	Diff(lastOf(before), r, now)
	if before != nil && before.Report != nil {
		before.Report.Patches, before.Report.Rest = items, nil
		r.Join(items)
	}
	return r, j
}

// Nobody can tell by a report what was judged for it, and what was kept of the report before.
func TestJudging_what_changed_gives_what_judging_everything_gives(t *testing.T) {
	kept, some, compared := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		events, choices := randomHost(p)
		more, _ := randomHost(p)
		choice, settings, now := choices(), randomSettings(p), t0
		f := new(Facts)
		var before *Before
		for i, e := range append(events, more...) {
			if i >= len(events) {
				e = following(p, f, e, i)
			}
			if now = now.Add(randomStep(p)); p(10) == 0 {
				choice, before = choices(), nil
			}
			f.Add(e, messages.ContentSum(e))
			want := Classify("web-1", f, choice, settings, now)
			got, j := again(f, choice, settings, now, before)
			needs := j.Needs()
			if j.was != nil && j.lists != nil {
				compared++
			}
			if !needs.Packages && f.Full != nil {
				kept++
			} else if before != nil && needs.Items {
				some++
			}
			Diff(lastOf(before), want, now)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("got  %s\n%+v\nwant %s\n%+v", inJSON(got), got.Frame, inJSON(want), want.Frame)
			}
			before = &Before{Facts: f.Fork(), Report: got}
		}
	})
	if kept < 100 || some < 100 || compared < 100 {
		t.Errorf("only %d reports kept all items, and %d some; %d lists were compared", kept, some, compared)
	}
}

// wanted is what a judging needs, of whichever packages, and with or without reasons.
func wanted(j *Judging) Needs {
	needs := j.Needs()
	needs.Only, needs.Bare = nil, false
	return needs
}

func lastOf(b *Before) *Report {
	if b == nil {
		return nil
	}
	return b.Report
}

func randomStep(p pick) time.Duration {
	return []time.Duration{0, time.Second, time.Hour, 24 * time.Hour, 24 * time.Hour * 8, -time.Hour}[p(6)]
}

// following makes of most scans such as follow the newest full one: that confirm it, or say of a few packages something else.
func following(p pick, f *Facts, e messages.Event, i int) messages.Event {
	scan, ok := e.(*messages.Scan)
	if !ok || !scan.Complete || f.Full == nil {
		return e
	}
	later := time.Duration(1+i) * time.Hour
	switch p(4) {
	case 0:
		return e
	case 1:
		if f.Full.Scan.Hash == "" {
			return e
		}
		again := *scan
		again.TakenAt = f.Full.At.Add(later)
		again.Unchanged, again.Packages, again.Advisories, again.Hash = true, nil, nil, f.Full.Scan.Hash
		return &again
	}
	next := p.Resembling(f.Full.Scan, later)
	if next.Validate() != nil {
		return e
	}
	return next
}

// openedAfter opens the newest full scan and compares it with the one before, as a worker does.
func openedAfter(before, now *Facts) (*messages.OpenedScan, *messages.ListChanges) {
	if before.Full == nil || now.Full == nil {
		return nil, nil
	}
	var payloads [2][]byte
	for i, f := range []*Facts{before, now} {
		var err error
		payloads[i], err = messages.Encode(f.Full.Scan, messages.MsgPack)
		must(err)
	}
	earlier, err := messages.OpenTaken(payloads[0], messages.Encoding{})
	must(err)
	later, err := messages.OpenScan(payloads[1], messages.Encoding{})
	must(err)
	lists, err := later.Compare(earlier)
	must(err)
	if AsksAllPackages(now.Full.Scan.OS.System) {
		must(later.Packages())
	}
	return later, lists
}

// read reads of a scan that was compared what is needed of it.
func read(o *messages.OpenedScan, needs Needs) error {
	if needs.Only == nil {
		return o.Packages()
	}
	return o.Read(needs.Only.Has)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// confirming is a scan that says so many hours after another one that the packages are as they were.
func confirming(s *messages.Scan, hours int) *messages.Scan {
	again := *s
	again.ID, again.TakenAt = fmt.Sprint("confirming-", hours), s.TakenAt.Add(time.Duration(hours)*time.Hour)
	again.Unchanged, again.Packages, again.Advisories = true, nil, nil
	return &again
}

// Histories in which something is left out that must not be, or need not be judged.
func TestJudging_what_changed(t *testing.T) {
	const running, newer = "5.15.0-100-generic", "5.15.0-101-generic"
	kernels := scan(0, pkg("linux-image-"+running, "1"), pkg("linux-image-"+newer, "1"))
	kernels.OS.Kernel, kernels.Hash = running, "h"
	esm := scan(0, pkg("curl", "1.0", "1.1 security"))
	esm.Hash, esm.Origins[2].Archive, esm.Origins[2].Codename = "h", "esm", "jammy-infra-security"
	supportOver := time.Date(2027, time.June, 2, 0, 0, 0, 0, time.UTC).Sub(t0).Hours()
	hashed := func(packages ...messages.Package) *messages.Scan {
		s := scan(0, packages...)
		s.Hash = "h"
		return s
	}
	curl := pkg("curl", "1.0", "1.1 security")
	delayed := rhel(rpmPkg("one.x86_64", "1-1", "2-1 RHSA-2024:0811"), rpmPkg("two.x86_64", "2-1 RHSA-2024:0903"))
	delayed.OS.Arch = "x86_64"
	landed := &messages.Run{
		ID: "landed", Host: "db-1", RunID: "r", Operation: messages.OperationInstall, StartedAt: scanned, FinishedAt: scanned.Add(time.Hour),
		Outcomes: []messages.Outcome{{Name: "two", Arch: "x86_64", To: new("1-1"), Result: messages.ResultInstalled}},
	}
	// hours later db-1 says the same but for what changes
	db := func(hours int, change func(*messages.Scan), packages ...messages.Package) *messages.Scan {
		s := rhel(packages...)
		s.ID, s.TakenAt, s.OS.Arch = fmt.Sprint("db-", hours), scanned.Add(time.Duration(hours)*time.Hour), "x86_64"
		if change != nil {
			change(s)
		}
		return s
	}
	unread := func(s *messages.Scan) { s.Origins[2].Unread = true }
	withoutCVEs := func(s *messages.Scan) { s.Advisories[0].CVEs = nil }
	noarch, twin := rpmPkg("tool.noarch", "1-1", "2-1 arch=x86_64"), rpmPkg("tool.x86_64", "5-1")
	offered := rpmPkg("tool.x86_64", "1-1", "2-1 in=untrusted")
	tool := rpmPkg("tool.x86_64", "1-1", "2-1 RHSA-2024:0811")
	failing := func(hours float64, version string) *messages.Run { return run(hours, "curl "+version+" failed") }
	offline := kbScan("KB1 installed SecurityUpdates Critical 30d")
	offline.Hash, offline.Origins = "h", []messages.Origin{{Archive: messages.ArchiveNotOffline, Origin: "Microsoft", Unread: true}}
	namesKB1 := ruled([]string{"CLASSIFICATION=SecurityUpdates"}, approved("KB1"))
	nothing, all := Needs{}, Needs{Items: true, Packages: true}
	for _, row := range []struct {
		name     string
		baseline *baseline.Baseline
		events   []messages.Event
		want     []Needs
	}{
		{"a host that stays as it is", securityOnly(), []messages.Event{hashed(curl), unchanged(1, "h"), unchanged(2, "h"), failedScan(3)}, []Needs{all, nothing, nothing, nothing}},
		{"a kernel that waits, until the host boots", securityOnly(), []messages.Event{kernels, unchanged(1, "h"), booted(failedScan(3), at(2.5), "B")}, []Needs{all, nothing, all}},
		{"an origin that becomes the system's own", securityOnly(), []messages.Event{esm, unchanged(1, "h"), unchanged(supportOver+1, "h")}, []Needs{all, nothing, all}},
		{
			"an outcome, until a scan was taken after it", securityOnly(),
			[]messages.Event{hashed(curl), run(1, "curl 1.1 installed", "new 1 installed"), unchanged(2, "h"), unchanged(3, "h")}, []Needs{all, all, all, nothing},
		},
		{
			"the last package that an entry fits", securityOnly(approved("1.0", "curl-1.1")),
			[]messages.Event{hashed(pkg("curl", "1.0")), run(1, "curl 1.1 installed"), unchanged(2, "h")}, []Needs{all, all, all},
		},
		{"an override that hides what changes", securityOnly(), []messages.Event{hashed(curl), override(1, "curl.amd64", messages.Installed), run(2, "curl 1.1 installed")}, []Needs{all, all, all}},
		{"what the host says of a boot", securityOnly(), []messages.Event{asking(hashed(curl), true, "curl"), asking(unchanged(1, "h"), true, "curl"), asking(unchanged(2, "h"), true)}, []Needs{all, nothing, all}},
		{"a package that another one stood in for", ruled(nil, approved("tool-2-1.x86_64")), []messages.Event{db(0, nil, noarch), db(1, nil, noarch, twin), db(2, nil, noarch)}, []Needs{all, all, all}},
		{"an archive that is read no more", ruled([]string{"nonsecurity"}), []messages.Event{db(0, nil, offered), db(1, unread, offered)}, []Needs{all, all}},
		{"a notice that an entry named", ruled(nil, approved("CVE-2023-42465")), []messages.Event{db(0, nil, tool), db(1, withoutCVEs, tool)}, []Needs{all, all}},
		{
			"a failure at a version that is listed no more", securityOnly(),
			[]messages.Event{hashed(curl), failing(1, "1.2"), unchanged(2, "h"), scan(3, curl)}, []Needs{all, all, all, all},
		},
		{"the same list once more", securityOnly(), []messages.Event{hashed(curl), scan(1, curl)}, []Needs{all, nothing}},
		{"a KB that is approved and listed, of the offline file", namesKB1, []messages.Event{offline, confirming(offline, 1)}, []Needs{all, nothing}},
		{"the delay that is over first", ruled([]string{"CLASSIFICATION=Security days=90"}), []messages.Event{delayed, landed}, []Needs{all, all}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var before *Before
			f, choice := new(Facts), Choice{Baseline: row.baseline}
			for i, e := range row.events {
				f.Add(e, messages.ContentSum(e))
				now := e.Time()
				want := Classify("web-1", f, choice, Settings{}, now)
				got, j := again(f, choice, Settings{}, now, before)
				if needs := wanted(j); needs != row.want[i] {
					t.Errorf("event %d: needs %+v, want %+v", i, needs, row.want[i])
				}
				Diff(lastOf(before), want, now)
				if !reflect.DeepEqual(got, want) {
					t.Errorf("event %d: got  %s\nwant %s", i, inJSON(got), inJSON(want))
				}
				before = &Before{Facts: f.Fork(), Report: got}
			}
		})
	}
}
