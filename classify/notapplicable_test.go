package classify

import (
	"testing"

	"github.com/patchstream/patchstream/messages"
)

func patches(r *Report, s messages.State) []string {
	var names []string
	for _, i := range r.Patches {
		if i.State == s {
			names = append(names, i.Patch)
		}
	}
	return names
}

// A listed package that is not installed, and that an entry of ApprovedPatches names.
func TestNOT_APPLICABLE_of_a_listed_package(t *testing.T) {
	absent := pkg("p", "", "1.1 release", "1.2 security")
	removed := but(pkg("p", "0.9", "1.1 release"), state("config-files"))
	for _, row := range []struct {
		name  string
		pkg   messages.Package
		entry string
		want  bool
	}{
		{"by name", absent, "P", true},
		{"by name and architecture", absent, "p.amd64", true},
		{"by a known version", absent, "p-1.2", true},
		{"by a known version alone", absent, "1.1", true},
		{"by another version", absent, "p-1.3", false},
		{"by another architecture", absent, "p.i386", false},
		{"by the version beside its state", removed, "p-0.9", true},
		{"by a pattern", absent, "p.amd64:1.*", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judged(t, securityOnly(approved("other", row.entry)), scan(0, row.pkg))
			if row.want {
				wantItem(t, r, "p.amd64", "NOT_APPLICABLE UNSPECIFIED")
				wantTexts(t, patches(r, messages.NotApplicable), "other", "p.amd64")
				got := item(r, "p.amd64").Reason
				wantJSON(t, got.Matched, messages.Matched{Entry: new(1), Text: row.entry})
				if got.Code != messages.BecauseNotInstalled {
					t.Errorf("code %s", got.Code)
				}
			} else {
				wantItem(t, r, "p.amd64", "")
				wantTexts(t, patches(r, messages.NotApplicable), "other", row.entry)
			}
		})
	}
	t.Run("it is neither compliant nor non-compliant", func(t *testing.T) {
		wantStatus(t, judged(t, securityOnly(approved("p")), scan(0, absent)), messages.Compliant)
	})
	t.Run("it shows no version and nothing installed", func(t *testing.T) {
		if got := item(judged(t, securityOnly(approved("p")), scan(0, removed)), "p.amd64"); got.Version != "" || got.Installed != "" || got.Name != "p" || got.Arch != "amd64" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a rule alone makes no item", func(t *testing.T) {
		wantItem(t, judged(t, securityOnly(everything), scan(0, absent)), "p.amd64", "")
	})
}

// An entry of ApprovedPatches that fits nothing is listed under its own text.
func TestNOT_APPLICABLE_of_an_entry(t *testing.T) {
	p := pkg("p", "1.0 release", "1.1 security")
	for _, row := range []struct {
		name    string
		entries []string
		events  []messages.Event
		want    []string
	}{
		{"fits nothing", []string{"falcon-sensor"}, []messages.Event{scan(0, p)}, []string{"falcon-sensor"}},
		{"under its own text", []string{"Falcon-*"}, []messages.Event{scan(0, p)}, []string{"Falcon-*"}},
		{"once, whatever the case: the first text", []string{"Falcon", "falcon", "FALCON"}, []messages.Event{scan(0, p)}, []string{"Falcon"}},
		{"an empty entry is none", []string{""}, []messages.Event{scan(0, p)}, nil},
		{"fits by name", []string{"P"}, []messages.Event{scan(0, p)}, nil},
		{"fits by name twice, in two cases", []string{"p", "P"}, []messages.Event{scan(0, p)}, nil},
		{"fits by name and architecture", []string{"p.amd64"}, []messages.Event{scan(0, p)}, nil},
		{"fits by the installed version", []string{"p-1.0"}, []messages.Event{scan(0, p)}, nil},
		{"fits by an available version", []string{"1.1"}, []messages.Event{scan(0, p)}, nil},
		{"fits by a pattern", []string{"p*"}, []messages.Event{scan(0, p)}, nil},
		{"two patterns of one text", []string{"p*", "P*"}, []messages.Event{scan(0, p)}, nil},
		{"does not fit by another version", []string{"p-1.2"}, []messages.Event{scan(0, p)}, []string{"p-1.2"}},
		{"fits by the effective version", []string{"p-1.2"}, []messages.Event{scan(0, p), run(1, "p 1.2 installed")}, nil},
		{"fits by the scan's version though a run changed it", []string{"p-1.0"}, []messages.Event{scan(0, p), run(1, "p 1.1 installed")}, nil},
		{"fits by the tried version of a FAILED item", []string{"p-1.2"}, []messages.Event{scan(0, p), run(1, "p 1.2 failed unpack")}, nil},
		{"does not fit by a tried version that is history", []string{"p-0.9"}, []messages.Event{scan(0, p), run(1, "p 0.9 failed unpack")}, []string{"p-0.9"}},
		{"does not fit by a version below the installed one", []string{"p-0.9"}, []messages.Event{scan(0, pkg("p", "1.0", "0.9 security"))}, []string{"p-0.9"}},
		{"fits an outcome that is an item", []string{"new-2.0", "new"}, []messages.Event{scan(0), run(1, "new 2.0 installed")}, nil},
		{"fits a failed outcome that is an item", []string{"new.amd64:2.0"}, []messages.Event{scan(0), run(1, "new 2.0 failed unpack")}, nil},
		{"does not fit an outcome before the scan", []string{"new"}, []messages.Event{scan(0), run(-1, "new 2.0 installed")}, []string{"new"}},
		{"does not fit a version that compares with nothing", []string{"p-1.0-"}, []messages.Event{scan(0, pkg("p", "1.0-"))}, []string{"p-1.0-"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := judged(t, securityOnly(approved(row.entries...)), row.events...)
			wantTexts(t, patches(r, messages.NotApplicable), row.want...)
			for _, patch := range row.want {
				got := item(r, patch)
				if got.Reason.Code != messages.BecauseNoSuchPackage || got.Name != patch || got.Arch+got.Version+got.Installed != "" || got.Level != messages.Unspecified {
					t.Errorf("got %+v", got)
				}
			}
		})
	}
	t.Run("rejected entries are not listed", func(t *testing.T) {
		if r := judged(t, securityOnly(rejected("BLOCK", "absent")), scan(0, p)); len(r.Patches) != 2 {
			t.Errorf("got %v", r.Patches)
		}
	})
	t.Run("the reason names the entry", func(t *testing.T) {
		got := item(judged(t, securityOnly(approved("p", "absent")), scan(0, p)), "absent").Reason
		wantJSON(t, got.Matched, messages.Matched{Entry: new(1), Text: "absent"})
		if got.Event != "scan-at-0" {
			t.Errorf("event %s", got.Event)
		}
	})
}
