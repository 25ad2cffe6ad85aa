package record

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/classifytest"
	"github.com/patchstream/patchstream/messages"
)

// lightly reads a record as a worker does, which decodes no more than it needs.
func lightly(t *rapid.T, text []byte) *Record {
	r, err := Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What a judging keeps of a report stays in the record as bytes, and comes back as if all had been judged and written anew.
func TestWhatIsKeptOfAReportComesBackAsJudgedAnew(t *testing.T) {
	inPart := 0 // scans of which only some packages were read
	defer func() {
		if inPart == 0 {
			t.Error("every scan was read whole")
		}
	}()
	rapid.Check(t, func(t *rapid.T) {
		p := classifytest.Pick(func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "n") })
		events, _ := p.AnyHost()
		more, _ := p.AnyHost()
		events = append(events, more...)
		library, now := new(classify.Library), classifytest.Start
		text, err := new(Record).Encode()
		if err != nil {
			t.Fatal(err)
		}
		scans := text // where the newest full scan is
		var last *classify.Report
		var facts classify.Facts
		for i, e := range events {
			r := lightly(t, text.Text)
			if scan, ok := e.(*messages.Scan); ok && scan.Complete && facts.Full != nil {
				e = following(p, facts.Full, scan, time.Duration(1+i)*time.Hour)
			}
			now = now.Add(time.Hour)
			before := r.Before()
			var opened *messages.OpenedScan
			if scan, ok := e.(*messages.Scan); ok {
				padded := *scan // so that it compresses well
				padded.Tags = map[string]string{"padding": strings.Repeat("x", p(2)*messages.MaxStringBytes)}
				e = &padded
				text, err := messages.Encode(e, messages.MsgPack)
				if err != nil {
					t.Fatal(err)
				}
				opened = addSent(t, r, compress(text), stored)
				defer opened.Release()
			} else {
				r.Facts.Add(e, messages.ContentSum(e))
			}
			if before, err = r.Compare(before, r.Basis, scans.read); err != nil {
				t.Fatal(err)
			}
			facts.Add(e, messages.ContentSum(e))
			judging := library.Begin("web-1", &r.Facts, now, before)
			if err := r.Provide(judging.Needs(), scans.read); err != nil {
				t.Fatal(err)
			}
			report := judging.Report()
			if report == nil {
				if err := r.Provide(judging.NeedsAll(), scans.read); err != nil {
					t.Fatal(err)
				}
				report = judging.Report()
			}
			classify.Diff(r.Report, report, now)
			if opened != nil && r.Facts.Full != nil && opened.Scan == r.Facts.Full.Scan && !opened.Whole() {
				inPart++
			}
			r.Report = report
			if text, err = r.Encode(); err != nil {
				t.Fatal(err)
			}
			if text.Scan != nil {
				scans = text
			}
			want := library.Judge("web-1", &facts, now)
			classify.Diff(last, want, now)
			last = want
			got := lightly(t, text.Text)
			if err := got.Provide(classify.Needs{Items: true}, scans.read); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got.Report, same); diff != "" {
				t.Fatalf("after event %d (-judged anew +kept):\n%s", i, diff)
			}
			var listed Listed
			listed.Reported, err = decodeReport(text.Text, scans.read, listed.provide)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(forListing(want.Patches), forListing(listed.Report.Patches), same); diff != "" {
				t.Fatalf("the list after event %d (-judged anew +listed):\n%s", i, diff)
			}
			if diff := cmp.Diff(sortedInstalled(installed(want.Patches)), sortedInstalled(listed.Installed), same); diff != "" {
				t.Fatalf("what is installed after event %d (-judged anew +listed):\n%s", i, diff)
			}
			listed.Release()
			if diff := cmp.Diff(Summarise(want), r.summary, same); diff != "" {
				t.Fatalf("the summary after event %d (-judged anew +kept):\n%s", i, diff)
			}
			if again := lightly(t, text.Text); again.Report != nil && again.Facts.Full != nil && len(again.Facts.Full.Scan.Packages) > 0 {
				t.Fatal("the packages were decoded, and nobody asked for them")
			}
		}
	})
}

// forListing leaves of patches those that a listing must have.
func forListing(patches []classify.Item) (list []classify.Item) {
	for _, p := range patches {
		if p.State != messages.Installed && p.State != messages.InstalledOther || p.Reason.Override != nil || p.Installed == "" {
			list = append(list, p)
		}
	}
	classify.SortItems(list)
	return list
}

// sortedInstalled leaves out what is none.
func sortedInstalled(list []messages.Installation) []messages.Installation {
	list = slices.DeleteFunc(list, func(i messages.Installation) bool { return i.Version == "" })
	slices.SortFunc(list, func(a, b messages.Installation) int { return strings.Compare(a.Patch, b.Patch) })
	return list
}

// following makes of most scans such as follow the newest full one: that confirm it, or say of a few packages something else.
func following(p classifytest.Pick, full *classify.ScanFact, scan *messages.Scan, later time.Duration) messages.Event {
	switch p(4) {
	case 0:
		return scan
	case 1:
		again := *scan
		again.TakenAt, again.Unchanged, again.Packages, again.Advisories, again.Hash = full.At.Add(later), true, nil, nil, full.Scan.Hash
		return &again
	}
	next := p.Resembling(full.Scan, later)
	if next.Validate() != nil {
		return scan
	}
	return next
}

// A host that no baseline is for has no patches, however its list of packages shrinks.
func TestAHostWithoutPatchesMayListFewerPackages(t *testing.T) {
	var scans *Encoded
	text, err := new(Record).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for i, names := range [][]string{{"a", "b", "c"}, {"a"}, {"d"}} {
		r, err := Decode(text.Text)
		if err != nil {
			t.Fatal(err)
		}
		scan := &messages.Scan{ID: "s" + strings.Join(names, ""), Host: "web-1", TakenAt: now.Add(time.Duration(i) * time.Hour), Complete: true, OS: messages.OS{System: "FREEBSD"}}
		for _, name := range names {
			scan.Packages = append(scan.Packages, messages.Package{Name: name, Arch: "amd64", Installed: new("1")})
		}
		before := r.Before()
		payload, err := messages.Encode(scan, messages.MsgPack)
		if err != nil {
			t.Fatal(err)
		}
		defer addSent(t, r, compress(payload), stored).Release()
		if i > 0 {
			if before, err = r.Compare(before, r.Basis, scans.read); err != nil {
				t.Fatal(err)
			}
		}
		judging := new(classify.Library).Begin("web-1", &r.Facts, now, before)
		if err := r.Provide(judging.Needs(), nil); err != nil {
			t.Fatal(err)
		}
		r.Report = judging.Report()
		if text, err = r.Encode(); err != nil {
			t.Fatal(err)
		}
		if scans = text; scans.Scan == nil {
			t.Fatal("the scan is not stored")
		}
		if reported, err := decodeReport(text.Text, scans.read, wholly); err != nil || len(reported.Report.Patches) > 0 {
			t.Fatalf("scan %d: %v, %+v", i, err, reported.Report)
		}
	}
}

// A judging that asked for some packages may turn out to need them all.
func TestAScanOfWhichSomePackagesWereReadIsReadWholeWhenAllAreAskedFor(t *testing.T) {
	scan := manyPackages()
	written := new(Record)
	add(&written.Facts, scan)
	text, err := written.Encode()
	if err != nil {
		t.Fatal(err)
	}
	r, err := Decode(text.Text)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Provide(classify.Needs{Packages: true, Only: new(classify.Selection)}, text.read); err != nil {
		t.Fatal(err)
	}
	outline := *scan
	outline.Packages = nil
	for _, p := range scan.Packages {
		outline.Packages = append(outline.Packages, messages.Package{Name: p.Name, Arch: p.Arch})
	}
	if diff := cmp.Diff(&outline, r.Facts.Full.Scan, same); diff != "" {
		t.Errorf("none selected (-sent +read):\n%s", diff)
	}
	if err := r.Provide(classify.Needs{Packages: true}, text.read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(scan, r.Facts.Full.Scan, same); diff != "" {
		t.Errorf("all asked for (-sent +read):\n%s", diff)
	}
}
