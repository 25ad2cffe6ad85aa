package baseline

import (
	"slices"
	"strings"
	"testing"
)

// What has no effect on Windows and macOS is a warning.
func TestWarningsOfWindowsAndMacOS(t *testing.T) {
	const body = `"ApprovalRules":{"PatchRules":[{"PatchFilterGroup":{"PatchFilters":[{"Key":"CLASSIFICATION","Values":["x"]}]},"ApproveAfterDays":7,"EnableNonSecurity":true},` +
		`{"PatchFilterGroup":{"PatchFilters":[{"Key":"PATCH_SET","Values":["OS"]}]},"ApproveUntilDate":"2026-11-30"}]},` +
		`"ApprovedPatches":["KB1","KB*"],"ApprovedPatchesEnableNonSecurity":true,"RejectedPatches":["a[1]"]`
	for system, want := range map[string][]string{
		"WINDOWS": {
			"ApprovalRules.PatchRules[0].EnableNonSecurity: has no effect on Windows, as at AWS",
			"ApprovedPatchesEnableNonSecurity: has no effect on Windows",
			"ApprovedPatches[1]: has a wildcard, and entries are whole names on Windows",
			"RejectedPatches[0]: has a wildcard",
		},
		"MACOS": {
			"ApprovalRules.PatchRules[0].ApproveAfterDays: has no effect on macOS, since its updates come without a release date",
			"ApprovalRules.PatchRules[1].PatchFilterGroup.PatchFilters[0].Key: PATCH_SET has no effect on macOS",
			"ApprovalRules.PatchRules[1].ApproveUntilDate: has no effect on macOS",
			"ApprovedPatches[1]: has a wildcard, and entries are whole names on macOS",
			"RejectedPatches[0]: has a wildcard",
		},
		"SUSE": {"ApprovalRules.PatchRules[1].PatchFilterGroup.PatchFilters[0].Key: PATCH_SET has no effect on systems of rpm"},
	} {
		b := parsed(t, `{"OperatingSystem":"`+system+`",`+body+`}`)
		if !slices.EqualFunc(b.Warnings, want, strings.HasPrefix) {
			t.Errorf("%s:\n%s", system, strings.Join(b.Warnings, "\n"))
		}
	}
}

func TestBuiltinsOfWindowsAndMacOS(t *testing.T) {
	rules := func(name string) string {
		b, lines := Builtin(name), []string{}
		for _, r := range b.ApprovalRules.PatchRules {
			line := ""
			for _, f := range r.PatchFilterGroup.PatchFilters {
				line += f.Key + "=" + strings.Join(f.Values, ",") + " "
			}
			if r.ApproveAfterDays != nil && *r.ApproveAfterDays == 7 {
				line += "7 days "
			}
			if r.EnableNonSecurity {
				line += "nonsecurity "
			}
			lines = append(lines, strings.TrimSpace(line)+" "+string(r.ComplianceLevel))
		}
		return b.OperatingSystem + ": " + strings.Join(lines, "; ")
	}
	const serious = "WINDOWS: PRODUCT=* CLASSIFICATION=CriticalUpdates,SecurityUpdates MSRC_SEVERITY=Critical,Important 7 days UNSPECIFIED"
	for name, want := range map[string]string{
		"AWS-DefaultPatchBaseline":                           serious,
		"AWS-WindowsPredefinedPatchBaseline-OS":              serious,
		"AWS-WindowsPredefinedPatchBaseline-OS-Applications": serious + "; PRODUCT=* PATCH_SET=APPLICATION 7 days UNSPECIFIED",
		"AWS-MacOSDefaultPatchBaseline":                      "MACOS: PRODUCT=* CLASSIFICATION=Security UNSPECIFIED; PRODUCT=* nonsecurity UNSPECIFIED",
	} {
		if got := rules(name); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", name, got, want)
		}
	}
	if name := Default("WINDOWS").Name; name != "AWS-DefaultPatchBaseline" {
		t.Error(name)
	}
}
