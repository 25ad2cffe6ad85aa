package baseline

import (
	"strings"
	"testing"
)

// What has an effect depends on the system.
func TestWarningsOfRPM(t *testing.T) {
	const rule = `{"PatchFilterGroup":{"PatchFilters":[{"Key":"PRIORITY","Values":["*"]},{"Key":"SEVERITY","Values":["Critical"]}]},"ApproveAfterDays":7}`
	for system, want := range map[string]string{
		"SUSE":    "PatchFilters[0].Key: PRIORITY has no effect on systems of rpm, whose keys are PRODUCT CLASSIFICATION SEVERITY",
		"UBUNTU":  "PatchFilters[1].Key: SEVERITY has no effect on Debian and Ubuntu, whose keys are PRODUCT PRIORITY SECTION",
		"WINDOWS": "PatchFilters[1].Key: SEVERITY has no effect on Windows, whose keys are PRODUCT PRODUCT_FAMILY CLASSIFICATION MSRC_SEVERITY PATCH_SET",
		"MACOS":   "PatchFilters[1].Key: SEVERITY has no effect on macOS, whose keys are PRODUCT CLASSIFICATION",
	} {
		b, err := Parse([]byte(`{"OperatingSystem":"` + system + `","ApprovalRules":{"PatchRules":[` + rule + `]}}`))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(b.Warnings, "\n")
		undated := system == "UBUNTU" || system == "MACOS"
		if !strings.Contains(text, want) || strings.Contains(text, "ApproveAfterDays: has no effect") != undated {
			t.Errorf("%s:\n%s", system, text)
		}
	}
}

func TestApproveUntilDateIsADate(t *testing.T) {
	for date, good := range map[string]bool{"": true, "2026-11-30": true, "2026-11-31": false, "30.11.2026": false, "soon": false} {
		_, err := Parse([]byte(`{"ApprovalRules":{"PatchRules":[{"PatchFilterGroup":{"PatchFilters":[]},"ApproveUntilDate":"` + date + `"}]}}`))
		if (err == nil) != good || err != nil && !strings.Contains(err.Error(), "ApprovalRules.PatchRules[0].ApproveUntilDate") {
			t.Errorf("%q: %v", date, err)
		}
	}
}

// Every system that is judged has a default, under AWS's own name.
func TestEverySystemHasADefault(t *testing.T) {
	for _, f := range families {
		for _, system := range f.Systems {
			b := Default(system)
			if b == nil || FamilyOf(system) != f || !strings.HasPrefix(b.Name, "AWS-") || Builtin(b.Name).OperatingSystem != system {
				t.Errorf("%s: %v", system, b)
			}
			if b != nil && b.validate() != nil || len(b.warnings()) > 0 {
				t.Errorf("%s: %v %v", system, b.validate(), b.warnings())
			}
		}
	}
	if FamilyOf("FREEBSD") != nil || Default("FREEBSD") != nil {
		t.Error("AWS knows no such system")
	}
}
