package classify

import (
	"cmp"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

func TestFull_scan_the_newest_counts(t *testing.T) {
	older, newer := scan(0, pkg("p", "1.0", "1.1 security")), scan(1, pkg("p", "1.1 security"))
	wantState(t, judged(t, securityOnly(), older, newer), "p.amd64", messages.Installed)
	wantState(t, judged(t, securityOnly(), newer, older), "p.amd64", messages.Installed)
	t.Run("by its own time, then the event id", func(t *testing.T) {
		a, b := scan(0, pkg("p", "1.0", "1.1 security")), scan(0, pkg("p", "1.1 security"))
		a.ID, b.ID = "a", "b"
		wantState(t, judged(t, securityOnly(), a, b), "p.amd64", messages.Installed)
		wantState(t, judged(t, securityOnly(), b, a), "p.amd64", messages.Installed)
	})
	t.Run("then the greater SHA-256 of the content", func(t *testing.T) {
		f, g := new(Facts), new(Facts)
		a, b := scan(0, pkg("p", "1.0", "1.1 security")), scan(0, pkg("p", "1.1 security"))
		low, high := [32]byte{1, 255}, [32]byte{2}
		f.Add(a, low)
		f.Add(b, high)
		g.Add(b, high)
		g.Add(a, low)
		if f.Full.Scan != b || g.Full.Scan != b {
			t.Error("the smaller sum won")
		}
	})
	t.Run("a package that is gone from it has no item", func(t *testing.T) {
		wantItem(t, judged(t, securityOnly(), older, scan(1)), "p.amd64", "")
	})
}

// Facts of one sort are ordered by time, then event id, then the greater sum.
func TestStamp(t *testing.T) {
	low, high := [32]byte{1, 255}, [32]byte{2}
	ordered := []Stamp{{at(0), "b", high}, {at(1), "a", low}, {at(1), "a", high}, {at(1), "b", low}, {at(2), "a", low}}
	for i, a := range ordered {
		for j, b := range ordered {
			if got, want := a.compare(b), cmp.Compare(i, j); got != want {
				t.Errorf("%v and %v: got %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestUnchanged_scan(t *testing.T) {
	p := but(pkg("p", "1.0", "1.1 security"), func(p *messages.Package) { p.InstalledAt = at(-1) })
	full := func(hash string) *messages.Scan {
		s := booted(asking(scan(0, p), true, "p"), at(-5), "A")
		s.Hash, s.IndexAt = hash, at(-3)
		s.Origins[2].ValidUntil = at(100)
		return s
	}
	later := func(hash string) *messages.Scan {
		s := booted(asking(unchanged(2, hash), false), at(1), "B")
		s.IndexAt = at(1.5)
		return s
	}
	t.Run("confirms: the full scan with its time, boot and reboot facts and index_at", func(t *testing.T) {
		f := factsOf(t, full("h"), later("h"))
		got := f.scan()
		if !got.At.Equal(at(2)) || got.ID != "scan-at-2" || !got.Scan.TakenAt.Equal(at(2)) || !got.Scan.BootedAt.Equal(at(1)) || got.Scan.BootID != "B" ||
			*got.Scan.RebootRequired || len(got.Scan.RebootPackages) != 0 || !got.Scan.IndexAt.Equal(at(1.5)) {
			t.Errorf("got %+v", got.Scan)
		}
		if len(got.Scan.Packages) != 2 || got.Scan.OS.Product != "Ubuntu22.04" || !got.Scan.Origins[2].Date.Equal(at(-1)) || f.NeedsFullScan() {
			t.Errorf("packages %v, origins %v", got.Scan.Packages, got.Scan.Origins)
		}
		about := judged(t, securityOnly(), full("h"), later("h")).About
		if !about.ScanAt.Equal(at(2)) || !about.FullScanAt.Equal(t0) || !about.IndexAt.Equal(at(1.5)) || about.RebootRequired {
			t.Errorf("about %+v", about)
		}
	})
	t.Run("what it does not say of these is not known any more, save when the lists were asked for", func(t *testing.T) {
		got := factsOf(t, full("h"), unchanged(2, "h")).scan().Scan
		if got.RebootRequired != nil || got.BootID != "" || !got.BootedAt.IsZero() || !got.IndexAt.Equal(at(-3)) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("the dates of its origins, where it gives any, to the same origins and no others", func(t *testing.T) {
		x := later("h")
		o := ubuntuOrigins()
		x.Origins = []messages.Origin{{Archive: "more-security", Trusted: true, Date: at(9)}, o[2], o[2], o[1], o[0]}
		x.Origins[1].Date, x.Origins[2].Date, x.Origins[3].Date, x.Origins[4].Date = at(1.2), at(1.1), time.Time{}, at(1)
		x.Origins[3].ValidUntil = at(50)
		for i, change := range []func(*messages.Origin){
			func(o *messages.Origin) { o.Archive = "x" }, func(o *messages.Origin) { o.Site = "x" }, func(o *messages.Origin) { o.Component = "x" },
			func(o *messages.Origin) { o.Label = "x" }, func(o *messages.Origin) { o.Codename = "x" },
		} {
			other := o[i%3]
			other.Date = at(8)
			change(&other)
			x.Origins = append(x.Origins, other)
		}
		f := full("h")
		f.Origins[0].Origin, f.Origins[0].Trusted = "Other", false // neither makes it another one
		got := factsOf(t, f, x).scan().Scan.Origins
		if len(got) != 3 || !got[0].Date.Equal(at(1)) || !got[1].Date.Equal(at(-1)) || !got[2].Date.Equal(at(1.2)) || got[2].Archive != "jammy-security" ||
			!got[1].ValidUntil.Equal(at(50)) || !got[2].ValidUntil.Equal(at(100)) || got[0].Trusted {
			t.Errorf("got %+v", got)
		}
		if !f.Origins[0].Date.Equal(at(-1)) {
			t.Error("the full scan itself was changed")
		}
	})
	for _, row := range []struct {
		name        string
		full, later *messages.Scan
		needsFull   bool
	}{
		{"another hash", full("h"), later("other"), true},
		{"no hash equals nothing", full(""), later(""), true},
		{"older than the full scan", full("h"), unchanged(-1, "h"), false},
		{"older, and of another hash", full("h"), unchanged(-1, "other"), false},
	} {
		t.Run("does not confirm: "+row.name, func(t *testing.T) {
			f := factsOf(t, row.full, row.later)
			if got := f.scan(); got != f.Full {
				t.Errorf("got %+v", got.Scan)
			}
			if f.NeedsFullScan() != row.needsFull {
				t.Errorf("NeedsFullScan: %v", f.NeedsFullScan())
			}
		})
	}
	t.Run("one that does not confirm gives its boot facts alone", func(t *testing.T) {
		f := factsOf(t, full("h"), later("other"))
		if f.Boot == nil || f.Boot.BootID != "B" || !f.BootedAt.Equal(at(1)) {
			t.Errorf("boot %+v, %s", f.Boot, f.BootedAt)
		}
	})
	t.Run("a full scan after it needs no other", func(t *testing.T) {
		if factsOf(t, full("h"), later("other"), scan(3)).NeedsFullScan() {
			t.Error("needs one")
		}
	})
	t.Run("without any full scan one is needed", func(t *testing.T) {
		if f := factsOf(t, later("h")); !f.NeedsFullScan() || f.scan() != nil {
			t.Errorf("scan %+v", f.scan())
		}
	})
	t.Run("only the newest one is asked", func(t *testing.T) {
		f := factsOf(t, full("h"), later("h"), unchanged(3, "other"))
		if f.scan() != f.Full || !f.NeedsFullScan() {
			t.Error("an older one confirmed")
		}
	})
	t.Run("it makes a run before it old, and the scan young", func(t *testing.T) {
		r := judgedBy(t, securityOnly(), Settings{}, at(days(7)+1), full("h"), run(1, "p 1.1 installed"), later("h"))
		wantItem(t, r, "p.amd64", "MISSING 1.1 UNSPECIFIED Security")
	})
}

func TestIncomplete_scan(t *testing.T) {
	full := scan(0, pkg("p", "1.0", "1.1 security"))
	failed := booted(failedScan(1), at(0.5), "B")
	failed.Packages, failed.Origins = []messages.Package{pkg("p", "1.1 security"), pkg("q", "1.0")}, ubuntuOrigins()
	r := judged(t, securityOnly(), full, failed)
	wantItem(t, r, "p.amd64", "MISSING 1.1 UNSPECIFIED Security")
	wantItem(t, r, "q.amd64", "")
	f := factsOf(t, full, failed)
	if f.Boot.BootID != "B" || !f.BootedAt.Equal(at(0.5)) || f.Incomplete.Scan.Packages != nil || f.Incomplete.Scan.Origins != nil || f.Incomplete.Scan.Error != "dpkg runs" {
		t.Errorf("facts %+v", f)
	}
	if len(failed.Packages) != 2 {
		t.Error("the event itself was changed")
	}
	if r.About.ScanError != "dpkg runs" || !r.About.ScanFailedAt.Equal(at(1)) || !r.About.ScanAt.Equal(t0) {
		t.Errorf("about %+v", r.About)
	}
	t.Run("incomplete and unchanged is incomplete", func(t *testing.T) {
		both := unchanged(1, "h")
		both.Complete = false
		if f := factsOf(t, full, both); f.Unchanged != nil || f.Incomplete == nil {
			t.Errorf("facts %+v", f)
		}
	})
}

func TestRun_without_outcomes(t *testing.T) {
	empty := run(1)
	empty.Error, empty.ExitCode, empty.Operation = "could not get lock", new(100), messages.OperationScan
	full := scan(0, pkg("p", "1.0", "1.1 security"))
	r := judged(t, securityOnly(), full, empty, run(0.5, "q 1.0 installed"))
	wantJSON(t, item(r, "p.amd64"), item(judged(t, securityOnly(), full), "p.amd64"))
	last := r.About.LastRun
	if last == nil || last.Error != "could not get lock" || *last.ExitCode != 100 || last.Outcomes != 0 || last.RunID != "nightly" || last.Operation != "scan" {
		t.Errorf("last run %+v", last)
	}
	t.Run("an older run does not take its place", func(t *testing.T) {
		if got := judged(t, securityOnly(), full, empty, run(2, "q 1.0 installed")).About.LastRun; got.Outcomes != 1 {
			t.Errorf("last run %+v", got)
		}
	})
}

func TestRecheck_is_no_fact(t *testing.T) {
	f := factsOf(t, scan(0))
	if f.Add(&messages.Recheck{ID: "r", Host: "web-1"}, [32]byte{9}) {
		t.Error("it changed the facts")
	}
}

// Add tells whether anything changed: a second time nothing does, nor with an event older than what is held.
func TestAdd_reports_a_change(t *testing.T) {
	events := []messages.Event{
		booted(scan(0, pkg("p", "1.0")), at(-1), "A"), unchanged(1, "h"), failedScan(1), rebooting(run(1, "p 1.1 installed", "p 1.2 failed")),
		override(1, "p.amd64", messages.Failed),
	}
	f := new(Facts)
	for _, e := range events {
		if !f.Add(e, messages.ContentSum(e)) {
			t.Errorf("%s: no change", e.EventID())
		}
	}
	for _, e := range events {
		if f.Add(e, messages.ContentSum(e)) {
			t.Errorf("%s: changed twice", e.EventID())
		}
	}
	for _, e := range []messages.Event{scan(-1), unchanged(-1, "h"), run(-1, "p 1.0 installed"), override(-1, "p.amd64", messages.Failed)} {
		if f.Add(e, messages.ContentSum(e)) {
			t.Errorf("%s: an older one changed something", e.EventID())
		}
	}
	if old := booted(scan(-1), at(-2), "B"); f.Add(old, messages.ContentSum(old)) {
		t.Error("an older boot changed something")
	}
	if old := booted(failedScan(-1), at(-0.5), "B"); !f.Add(old, messages.ContentSum(old)) || !f.BootedAt.Equal(at(-0.5)) || f.Boot.BootID != "A" {
		t.Errorf("the greatest boot time counts, whatever event told it: %s, %+v", f.BootedAt, f.Boot)
	}
}
