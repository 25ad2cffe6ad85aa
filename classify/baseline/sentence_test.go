package baseline

import (
	"slices"
	"testing"
)

func TestRulesAreSentences(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"apt", printed, []string{
			"Rule 1 approves security and other updates whose PRIORITY is Required or Important, at level CRITICAL.",
			"ApprovedPatches approves security and other updates that it names, falcon-sensor, at level HIGH.",
			"RejectedPatches keeps out telnetd*: where it is installed it is INSTALLED_REJECTED.",
		}},
		{"a delay means nothing to apt", `{"OperatingSystem":"DEBIAN","ApprovalRules":{"PatchRules":[{"ApproveAfterDays":3,"PatchFilterGroup":{"PatchFilters":[]}}]}}`, []string{
			"Rule 1 approves security updates, at level UNSPECIFIED.",
		}},
		{"rpm", `{"OperatingSystem":"ROCKY_LINUX","GlobalFilters":{"PatchFilters":[{"Key":"PRODUCT","Values":["RockyLinux9"]}]},"ApprovedPatches":["CVE-2026-1"],
			"RejectedPatches":["a","b","c"],"ApprovalRules":{"PatchRules":[
			{"ComplianceLevel":"HIGH","ApproveAfterDays":7,"PatchFilterGroup":{"PatchFilters":[{"Key":"SEVERITY","Values":["Critical","Important"]},{"Key":"CLASSIFICATION","Values":["Security"]}]}},
			{"ApproveUntilDate":"2026-01-31","EnableNonSecurity":true,"PatchFilterGroup":{"PatchFilters":[{"Key":"SECTION","Values":["net"]}]}}]}}`, []string{
			"Only updates whose PRODUCT is RockyLinux9 are looked at, and those that ApprovedPatches names.",
			"Rule 1 approves updates with a notice whose SEVERITY is Critical or Important and whose CLASSIFICATION is Security, once they are 7 days old, at level HIGH.",
			"Rule 2 approves updates with or without a notice, if they are of 2026-01-31 or before, at level UNSPECIFIED.",
			"ApprovedPatches approves updates with a notice that it names, CVE-2026-1, at level UNSPECIFIED.",
			"RejectedPatches keeps out a, b or c: it is not approved, and where it is installed it may stay (INSTALLED_OTHER).",
		}},
		{"of two filters with one key the last counts", `{"OperatingSystem":"UBUNTU","ApprovalRules":{"PatchRules":[{"PatchFilterGroup":{"PatchFilters":[
			{"Key":"SECTION","Values":["net"]},{"Key":"SECTION","Values":["*"]}]}}]}}`, []string{"Rule 1 approves security updates, at level UNSPECIFIED."}},
		{"nothing", `{"OperatingSystem":"MACOS"}`, []string{"Nothing is approved."}},
	} {
		b, err := Parse([]byte(c.text))
		if err != nil {
			t.Fatal(c.name, err)
		}
		if got := b.Sentences(); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestTheBuiltInRulesAreSentences(t *testing.T) {
	for name, want := range map[string][]string{
		"AWS-DefaultPatchBaseline": {
			"Rule 1 approves updates of the operating system whose CLASSIFICATION is CriticalUpdates or SecurityUpdates and whose MSRC_SEVERITY is Critical or Important, once they are 7 days old, at level UNSPECIFIED.",
			"A security update that is available and not approved counts as NON_COMPLIANT.",
		},
		"AWS-MacOSDefaultPatchBaseline": {
			"Rule 1 approves security updates whose CLASSIFICATION is Security, at level UNSPECIFIED.",
			"Rule 2 approves security and other updates, at level UNSPECIFIED.",
		},
	} {
		if got := Builtin(name).Sentences(); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", name, got, want)
		}
	}
}
