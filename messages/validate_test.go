package messages

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What Decode refuses while it reads, publishers are refused before they send.
func TestValidateHoldsTheBoundsBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	long, longVersion := strings.Repeat("x", MaxStringBytes+1), strings.Repeat("1", MaxVersionBytes+1)
	for field, edit := range map[string]func(*Scan){
		"id":                     func(s *Scan) { s.ID = strings.Repeat("x", MaxIDBytes+1) },
		"os.kernel":              func(s *Scan) { s.OS.Kernel = long },
		"tags":                   func(s *Scan) { s.Tags[long] = "" },
		"reboot_packages[1]":     func(s *Scan) { s.RebootPackages = []string{"", long} },
		"reboot_packages":        func(s *Scan) { s.RebootPackages = make([]string, MaxListItems+1) },
		"origins":                func(s *Scan) { s.Origins = make([]Origin, MaxOrigins+1) },
		"origins[1].label":       func(s *Scan) { s.Origins[1].Label = long },
		"packages":               func(s *Scan) { s.Packages = make([]Package, MaxPackages+1) },
		"packages[1].source":     func(s *Scan) { s.Packages[1].Source = long },
		"packages[0].candidate":  func(s *Scan) { s.Packages[0].Candidate = longVersion },
		"packages[0].versions":   func(s *Scan) { s.Packages[0].Versions = make([]Version, MaxPackageVersions+1) },
		"packages[1].advisories": func(s *Scan) { s.Packages[1].Advisories = make([]string, MaxListItems+1) },
		"packages[3125].versions": func(s *Scan) {
			s.Packages = append(fullPackages(), Package{Name: "more", Arch: "all", Versions: make([]Version, 1)})
		},
		"packages[1].versions[1].origins": func(s *Scan) {
			s.Packages[1].Versions[1].Origins = make([]int, MaxListItems+1)
		},
		"packages[1].versions[0].section": func(s *Scan) { s.Packages[1].Versions[0].Section = long },
	} {
		t.Run(field, func(t *testing.T) {
			s := goldenScan()
			edit(s)
			refused(t, s.Validate(), field, "")
			_, err := Encode(s, MsgPack)
			refused(t, err, field, "")
		})
	}
	if err := (&Scan{ID: "s", Host: "h", TakenAt: OldestTime(), OS: OS{System: "X"}, Packages: fullPackages()}).Validate(); err != nil {
		t.Error("as many versions as may be:", err)
	}

	run := &Run{ID: "r", Host: "h", RunID: "n", Operation: OperationScan, StartedAt: OldestTime(), FinishedAt: OldestTime()}
	run.Outcomes = make([]Outcome, MaxOutcomes+1)
	refused(t, run.Validate(), "outcomes", "the bound is 50000")
	refused(t, (&Recheck{ID: "c", Host: "h", BaselinesSeq: math.MaxUint64}).Validate(), "baselines_seq", "is out of range")
	refused(t, (&Override{ID: "o", Host: "h", Patch: long, Withdraw: true, At: OldestTime()}).Validate(), "patch", "is longer")
}

// fullPackages returns packages with as many versions as a scan may have.
func fullPackages() []Package {
	pkgs := make([]Package, MaxVersions/MaxPackageVersions)
	for i := range pkgs {
		pkgs[i] = Package{Name: strconv.Itoa(i), Arch: "all"}
		for v := range MaxPackageVersions {
			pkgs[i].Versions = append(pkgs[i].Versions, Version{Version: strconv.Itoa(v)})
		}
	}
	return pkgs
}

func TestWritesWhatIsNotUTF8AsItWillBeRead(t *testing.T) {
	t.Parallel()
	for format := range Format(2) {
		payload, err := Encode(&Recheck{ID: "c", Host: "h", Cause: "a\xff\xfeb"}, format)
		if err != nil {
			t.Fatal(err)
		}
		event, err := Decode(KindRecheck, payload, Encoding{ContentType: format.ContentType()})
		if err != nil || event.(*Recheck).Cause != "a\uFFFD\uFFFDb" {
			t.Errorf("%q: %v, %v", payload, event, err)
		}
	}
}

func TestEventsSayWhoseTheyAreAndWhen(t *testing.T) {
	t.Parallel()
	when := OldestTime()
	for _, tt := range []struct {
		event Event
		kind  Kind
		time  time.Time
	}{
		{&Scan{ID: "i", Host: "h", TakenAt: when}, KindScan, when},
		{&Run{ID: "i", Host: "h", StartedAt: when.Add(-1), FinishedAt: when}, KindRun, when},
		{&Override{ID: "i", Host: "h", At: when}, KindOverride, when},
		{&Recheck{ID: "i", Host: "h"}, KindRecheck, time.Time{}},
		{&Retire{ID: "i", Host: "h", At: when}, KindRetire, when},
	} {
		e := tt.event
		if e.Kind() != tt.kind || e.EventID() != "i" || e.HostName() != "h" || !e.Time().Equal(tt.time) {
			t.Errorf("%T: %v %q %q %v", e, e.Kind(), e.EventID(), e.HostName(), e.Time())
		}
	}
}

func TestNamesThatStandBesideManyVersionsAreBoundedTogether(t *testing.T) {
	scan := func(nameBytes int) *Scan {
		s := &Scan{ID: "s", Host: "h", TakenAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Complete: true, OS: OS{System: "DEBIAN"}}
		for i := range 1000 {
			p := Package{Name: fmt.Sprintf("%0*d", nameBytes, i), Arch: "amd64", Installed: new("1")}
			for v := range 8 {
				p.Versions = append(p.Versions, Version{Version: fmt.Sprint(v)})
			}
			s.Packages = append(s.Packages, p)
		}
		return s
	}
	if err := scan(MaxNamedBytes/8000 - 10).Validate(); err != nil {
		t.Error(err)
	}
	var field *FieldError
	if err := scan(MaxNamedBytes / 8000).Validate(); !errors.As(err, &field) || field.Field != "packages" {
		t.Errorf("Validate: %v", err)
	}
}
