package fleet_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/cmd/patchstream/bench/fleet"
	"github.com/patchstream/patchstream/messages"
)

var built = time.Date(2026, 11, 1, 4, 0, 0, 0, time.UTC)

func newFleet(t testing.TB, cfg fleet.Config) *fleet.Fleet {
	t.Helper()
	cfg.Built = built
	f, err := fleet.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func at(minute int) time.Time { return built.Add(time.Duration(minute) * time.Minute) }

func TestASeedMakesTheSameFleetEachTimeAndAnotherSeedAnother(t *testing.T) {
	scan := func(seed uint64) *messages.Scan {
		return newFleet(t, fleet.Config{Seed: seed, Hosts: 10, Packages: 300}).Host(3).Scan(at(1), 2)
	}
	if diff := cmp.Diff(scan(1), scan(1)); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(scan(1).Packages, scan(2).Packages) {
		t.Error("two seeds make the same packages")
	}
}

// installed returns what is installed, and what could be, by name.
func installed(s *messages.Scan) map[string][2]string {
	all := make(map[string][2]string)
	for _, p := range s.Packages {
		all[p.Name] = [2]string{*p.Installed, p.Candidate}
	}
	return all
}

func TestEveryRoundChangesTheStateOfAsManyPackagesAndEveryEventIsOfTheContract(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		packages := rapid.SampledFrom([]int{fleet.MinPackages, 100, 700, 2000}).Draw(t, "packages")
		changed := rapid.IntRange(1, 20).Draw(t, "changed")
		f, err := fleet.New(fleet.Config{Seed: rapid.Uint64().Draw(t, "seed"), Hosts: 1000, Packages: packages, Changed: changed, Built: built})
		if err != nil {
			t.Fatal(err)
		}
		h, round := f.Host(rapid.IntRange(0, 999).Draw(t, "host")), rapid.IntRange(0, 300).Draw(t, "round")
		before, after := h.Scan(at(0), round), h.Scan(at(1), round+1)
		older, newer := installed(before), installed(after)
		if len(older) != packages || len(newer) != packages {
			t.Fatalf("%d and %d packages, want %d", len(older), len(newer), packages)
		}
		moved := 0
		for name, now := range newer {
			was, known := older[name]
			switch {
			case !known:
				t.Fatalf("%s is new", name)
			case version.CompareDeb(now[0], now[1]) > 0 || version.CompareDeb(was[0], now[0]) > 0 || version.CompareDeb(was[1], now[1]) > 0:
				t.Fatalf("%s goes back, from %v to %v", name, was, now)
			case (was[0] == was[1]) != (now[0] == now[1]):
				moved++
			}
		}
		if moved != changed {
			t.Fatalf("%d packages changed, want %d", moved, changed)
		}
		for _, e := range []messages.Event{before, after, h.Unchanged(at(2), round), h.Run(at(3), round, 20), h.Recheck("r", 1)} {
			m, err := fleet.Message(e)
			if err != nil {
				t.Fatal(err)
			}
			back, err := messages.Decode(e.Kind(), m.Data, messages.EncodingOf(m.Header))
			if err != nil {
				t.Fatal(err)
			}
			if back.HostName() != h.Name || m.Subject != e.Kind().Subject(h.Name) {
				t.Fatalf("%s of %s is of %s", m.Subject, h.Name, back.HostName())
			}
		}
	})
}

func TestARoundChangesTheReportByAsMuch(t *testing.T) {
	h := newFleet(t, fleet.Config{Hosts: 4, Packages: 700}).Host(1)
	library, facts := new(classify.Library), new(classify.Facts)
	var last *classify.Report
	for round := range 3 {
		s := h.Scan(at(10*round), round)
		facts.Add(s, messages.ContentSum(s))
		report := library.Judge(h.Name, facts, at(10*round+1))
		if transitions := classify.Diff(last, report, at(10*round+1)); round > 0 && len(transitions) != 5 {
			t.Errorf("round %d: %d transitions: %+v", round, len(transitions), transitions)
		}
		if report.Counts["MISSING"] < 50 || report.Counts["INSTALLED"] < 20 || report.Status != messages.NonCompliant {
			t.Errorf("round %d: %s, %v", round, report.Status, report.Counts)
		}
		last = report
	}
	run := h.Run(at(40), 2, 20)
	facts.Add(run, messages.ContentSum(run))
	report := library.Judge(h.Name, facts, at(41))
	if n := len(classify.Diff(last, report, at(41))); n != 20 || report.Counts["FAILED"] != 1 {
		t.Errorf("a run of 20 made %d transitions, %v", n, report.Counts)
	}
}

func TestHostsShareWhatHostsOfOneFleetShare(t *testing.T) {
	f := newFleet(t, fleet.Config{Hosts: 1000, Packages: 700})
	same := func(a, b int) (names, all int) {
		x, y := installed(f.Host(a).Scan(at(0), 0)), installed(f.Host(b).Scan(at(0), 0))
		for name, v := range x {
			if w, has := y[name]; has {
				names++
				if v == w {
					all++
				}
			}
		}
		return names, all
	}
	for _, row := range []struct {
		of              string
		a, b            int
		names, versions int // at least
	}{
		{"one kind and one ring", 0, 32, 690, 660},
		{"one kind", 0, 8, 690, 500},
		{"two kinds", 0, 1, 420, 300},
	} {
		names, versions := same(row.a, row.b)
		if names < row.names || versions < row.versions || names == 700 {
			t.Errorf("two hosts of %s have %d packages in common, %d of them alike; want at least %d and %d", row.of, names, versions, row.names, row.versions)
		}
	}
	seen := make(map[string]int)
	for i := range f.Len() {
		seen[f.Host(i).Name]++
	}
	if len(seen) != 1000 {
		t.Errorf("%d names for 1000 hosts", len(seen))
	}
	groups := make(map[string]bool)
	for i := range f.Len() {
		groups[f.Host(i).Group()] = true
	}
	if len(groups) != 32 {
		t.Errorf("%d groups: %v", len(groups), groups)
	}
}

func TestASizeOutOfBoundsIsRefused(t *testing.T) {
	for _, cfg := range []fleet.Config{
		{Hosts: 0, Packages: 700}, {Hosts: 1, Packages: fleet.MinPackages - 1}, {Hosts: 1, Packages: fleet.MaxPackages + 1},
		{Hosts: 1, Packages: 100, Changed: 101}, {Hosts: 1, Packages: 100, Changed: -1},
	} {
		if _, err := fleet.New(cfg); err == nil {
			t.Errorf("%+v is no error", cfg)
		}
	}
	largest := newFleet(t, fleet.Config{Hosts: 9, Packages: fleet.MaxPackages}).Host(8).Scan(at(0), 1)
	if n := len(installed(largest)); n != fleet.MaxPackages {
		t.Errorf("the largest host has %d packages", n)
	}
}

// BenchmarkMessage is what the sender of a benchmark computes for each full scan.
func BenchmarkMessage(b *testing.B) {
	for _, packages := range []int{100, 700, 2000} {
		b.Run(fmt.Sprint(packages), func(b *testing.B) {
			f := newFleet(b, fleet.Config{Hosts: 1000, Packages: packages})
			bytes := 0
			for i := 0; b.Loop(); i++ {
				m, err := fleet.Message(f.Host(i%1000).Scan(at(0), i/1000))
				if err != nil {
					b.Fatal(err)
				}
				bytes = len(m.Data)
			}
			b.ReportMetric(float64(bytes), "B/event")
		})
	}
}
