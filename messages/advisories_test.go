package messages

import (
	"strings"
	"testing"
)

func TestAReferenceIsToANoticeOfTheScan(t *testing.T) {
	t.Parallel()
	ofPackage := func(s *Scan) { s.Packages[1].Advisories = []string{"RHSA-2024:0461", "RHSA-0:0"} }
	ofVersion := func(s *Scan) { s.Packages[1].Versions[0].Advisories[1] = "RHSA-0:0" }
	for _, row := range []struct {
		name  string
		scan  *Scan
		edit  func(*Scan)
		field string // empty: it is taken
	}{
		{"all of them are there", goldenRPM(), func(*Scan) {}, ""},
		{"a package's", goldenRPM(), ofPackage, "packages[1].advisories[1]"},
		{"a version's", goldenRPM(), ofVersion, "packages[1].versions[0].advisories[1]"},
		{"no table at all", goldenRPM(), func(s *Scan) { s.Advisories = nil }, "packages[0].advisories[0]"},
		{"apt, without a table, as before there was one", goldenScan(), func(s *Scan) { s.Packages[1].Advisories = []string{"USN-1"} }, ""},
		{"apt, with one", goldenScan(), func(s *Scan) {
			s.Packages[1].Advisories, s.Advisories = []string{"USN-1"}, []Advisory{{ID: "USN-2"}}
		}, "packages[1].advisories[0]"},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.edit(row.scan)
			err := row.scan.Validate()
			if row.field == "" && err != nil {
				t.Error(err)
			}
			if row.field != "" {
				refused(t, err, row.field, "is none of the scan's advisories")
			}
		})
	}
	long := goldenRPM()
	for i := range MaxNamedBytes / MaxStringBytes {
		long.Advisories[0].Aliases = append(long.Advisories[0].Aliases, strings.Repeat("x", MaxStringBytes-i%2))
	}
	long.Advisories[0].Aliases = append(long.Advisories[0].Aliases, long.Advisories[0].Aliases...)
	refused(t, long.Validate(), "advisories", "ids and aliases come to")
	unchanged := &Scan{ID: "s", Host: "h", TakenAt: OldestTime(), Complete: true, Unchanged: true, OS: OS{System: "SUSE"}, Advisories: []Advisory{{ID: "a"}}}
	refused(t, unchanged.Validate(), "advisories", "an unchanged scan carries none")
}

// What stood behind the list of a package before the fields came is passed where it is of another kind, whole or in part.
func TestAListThatWentOnBeforeTheFieldsCame(t *testing.T) {
	t.Parallel()
	head := `{"v":1,"id":"s","host":"h","taken_at":"2026-01-02T03:04:05Z","complete":true,"os":{"system":"SUSE"},"packages":[["bash","x86_64","1-1",null,null,null,null,null,null,null,null,null`
	for tail, want := range map[string]Package{
		`,["0-1"],true,"m:1"`:       {Others: []string{"0-1"}, SideBySide: true, Module: "m:1"},
		`,["0-1",{}],"yes",{"m":1}`: {},
		`,"extra"`:                  {},
		`,null,null,7`:              {},
	} {
		e, err := Decode(KindScan, []byte(head+tail+"]]}"), Encoding{ContentType: "application/json"})
		if err != nil {
			t.Error(tail, err)
			continue
		}
		got := e.(*Scan).Packages[0]
		if len(got.Others) != len(want.Others) || got.SideBySide != want.SideBySide || got.Module != want.Module {
			t.Errorf("%s: %+v", tail, got)
		}
	}
}
