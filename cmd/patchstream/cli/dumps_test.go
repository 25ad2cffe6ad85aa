package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// dumpRows is what becomes of the dumps in testdata by AWS's own baselines, at the time at which they were taken. What is
// INSTALLED_OTHER is left out.
var dumpRows = []struct {
	system, dump, baseline string
	status                 string
	patches                map[string]string
}{
	{"windows", "server2022.json", "AWS-DefaultPatchBaseline", "NON_COMPLIANT", map[string]string{
		"KB5066782": "INSTALLED",
		"KB5068787": "FAILED", // the history says that it was aborted
		"KB5069500": "MISSING hidden",
		"KB5069001": "AVAILABLE_SECURITY_UPDATE", // Moderate
		"KB5002800": "AVAILABLE_SECURITY_UPDATE", // of Office
	}},
	{"windows", "server2022.json", "AWS-WindowsPredefinedPatchBaseline-OS-Applications", "NON_COMPLIANT", map[string]string{
		"KB5066782": "INSTALLED", "KB5068787": "FAILED", "KB5069500": "MISSING hidden", "KB5069001": "AVAILABLE_SECURITY_UPDATE",
		"KB5002800": "FAILED",
	}},
	{"windows", "two-updates.json", "AWS-DefaultPatchBaseline", "NON_COMPLIANT", map[string]string{"KB5066747": "MISSING"}},
	{"windows", "numbers.json", "AWS-DefaultPatchBaseline", "NON_COMPLIANT", map[string]string{"KB5011048": "MISSING", "KB5012170": "MISSING"}},
	{"windows", "reboot.json", "AWS-DefaultPatchBaseline", "NON_COMPLIANT", map[string]string{"KB5066782": "INSTALLED", "KB5068787": "INSTALLED_PENDING_REBOOT"}},
	{"windows", "offline.json", "AWS-DefaultPatchBaseline", "NON_COMPLIANT", map[string]string{"KB5066782": "INSTALLED", "KB5068787": "MISSING"}},
	{"windows", "german.json", "AWS-DefaultPatchBaseline", "NON_COMPLIANT", map[string]string{"KB5068787": "MISSING"}},
	{"windows", "empty.json", "AWS-DefaultPatchBaseline", "COMPLIANT", map[string]string{}},
	{"windows", "failed-search.json", "AWS-DefaultPatchBaseline", "UNKNOWN", map[string]string{}},
	{"windows", "never-searched.json", "AWS-DefaultPatchBaseline", "UNKNOWN", map[string]string{}},
	{"mac", "tahoe", "AWS-MacOSDefaultPatchBaseline", "NON_COMPLIANT", map[string]string{
		"Command Line Tools for Xcode": "MISSING", "Safari": "MISSING", "macOS Tahoe": "MISSING", // and not macOS 27
		"XProtectPlistConfigData": "INSTALLED",
	}},
	{"mac", "response", "AWS-MacOSDefaultPatchBaseline", "NON_COMPLIANT", map[string]string{"macOS Tahoe": "MISSING"}},
	{"mac", "nothing-new", "AWS-MacOSDefaultPatchBaseline", "COMPLIANT", map[string]string{"macOS Tahoe": "INSTALLED"}},
	{"mac", "mojave", "AWS-MacOSDefaultPatchBaseline", "NON_COMPLIANT", map[string]string{
		"Command Line Tools (macOS Mojave version 10.14) for Xcode": "MISSING", "Security Update": "MISSING", "macOS Mojave": "INSTALLED",
	}},
	{"mac", "no-network", "AWS-MacOSDefaultPatchBaseline", "UNKNOWN", map[string]string{}},
	{"mac", "neither", "AWS-MacOSDefaultPatchBaseline", "UNKNOWN", map[string]string{}},
}

func TestDumpsAreClassified(t *testing.T) {
	t.Parallel()
	for _, row := range dumpRows {
		t.Run(row.dump+" "+row.baseline, func(t *testing.T) {
			t.Parallel()
			scan := call(t, "scan", "--from", dumpPath(row.system, row.dump), "--print").stdout
			args := []string{"classify", "--baseline", row.baseline, "--now", "2026-11-20T12:00:00Z", "-o", "json", "--scan", write(t, "scan.json", scan)}
			if runs := must(t, call(t, "scan", "--from", dumpPath(row.system, row.dump), "--print", "--runs")); strings.TrimSpace(runs) != "[]" {
				args = append(args, "--run", write(t, "runs.json", runs))
			}
			var report struct {
				Status  string
				Patches []struct{ Patch, State, Blocked string }
			}
			if err := json.Unmarshal([]byte(must(t, call(t, args...))), &report); err != nil {
				t.Fatal(err)
			}
			got := make(map[string]string)
			for _, p := range report.Patches {
				if p.State != "INSTALLED_OTHER" {
					got[p.Patch] = strings.TrimSpace(p.State + " " + p.Blocked)
				}
			}
			if diff := cmp.Diff(row.patches, got); diff != "" || report.Status != row.status {
				t.Errorf("%s, want %s: %s", report.Status, row.status, diff)
			}
		})
	}
}
