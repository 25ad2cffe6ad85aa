package cli

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The demo is the first thing a new user sees: it shows every transition that matters.
func TestDemoShowsTheMainJob(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	cmd := exec.Command(binary, "demo")
	cmd.Env = append(os.Environ(), "TMPDIR="+temp)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	shown := strings.Join(strings.Fields(string(out)), " ")
	for _, want := range []string{
		"openssl.amd64 MISSING → INSTALLED",
		"linux-image-amd64.amd64 MISSING → FAILED",
		"linux-image-amd64.amd64 FAILED → INSTALLED",
		"INSTALLED_PENDING_REBOOT → INSTALLED",
		"snapd.amd64 INSTALLED_REJECTED",
		"falcon-sensor NOT_APPLICABLE",
		"db-1 (the host) NON_COMPLIANT +run_failed",
		"web-1 (the host) NON_COMPLIANT → COMPLIANT -reboot_required",
		"held: apt-mark unhold curl",
		"mail-1 UNKNOWN",
		"win-1 KB5068787 MISSING → FAILED",
		"KB5069001 AVAILABLE_SECURITY_UPDATE",
		"mac-1 macOS Tahoe MISSING",
		"el-1 nginx.x86_64 MISSING",
		"el-1 acme-pre.noarch MISSING → FAILED",
		"sles-1 kernel-core.x86_64 MISSING → INSTALLED_PENDING_REBOOT",
		"8 hosts: 5 NON_COMPLIANT, 1 UNKNOWN, 2 COMPLIANT.",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("the demo does not show %q", want)
		}
	}
	left, err := os.ReadDir(temp)
	if err != nil || len(left) > 0 {
		t.Errorf("the demo left behind %v, %v", left, err)
	}
	again, err := exec.Command(binary, "demo").Output()
	if err != nil || string(again) != string(out) {
		t.Errorf("a second demo shows something else, or failed: %v", err)
	}
}

// What the README shows of the demo is what it prints.
func TestReadmeShowsTheDemoAsItIs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(text), "<!-- demo -->\n```\n")
	block, _, closed := strings.Cut(block, "```")
	if !found || !closed {
		t.Fatal("the README has no block of the demo")
	}
	out, err := exec.Command(binary, "demo").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for line := range strings.Lines(block) {
		line = strings.TrimRight(line, "\n")
		if line == "" || line == "[…]" {
			continue
		}
		lines++
		if !strings.Contains(string(out), line+"\n") {
			t.Errorf("the demo does not print this line of the README: %s", line)
		}
	}
	if lines < 20 {
		t.Errorf("the README shows %d lines of the demo", lines)
	}
}
