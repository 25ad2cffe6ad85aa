package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
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
	lines := strings.Split(strings.TrimRight(asMade(string(out)), "\n"), "\n")
	if len(lines) > 60 {
		t.Errorf("the story has %d lines", len(lines))
	}
	for _, line := range lines {
		if utf8.RuneCountInString(line) > 100 {
			t.Errorf("more than 100 columns: %s", line)
		}
	}
	shown := strings.Join(strings.Fields(string(out)), " ")
	for _, want := range []string{
		"web-1 Debian12 NON_COMPLIANT 26 missing, 163 in order",
		"db-1 linux-image-amd64 MISSING → FAILED",
		"db-1 linux-image-6.1.0-56-amd64 FAILED → INSTALLED_PENDING_REBOOT",
		"db-1 linux-image-6.1.0-56-amd64 INSTALLED_PENDING_REBOOT → INSTALLED",
		"app-1 snapd INSTALLED_REJECTED → INSTALLED_OTHER",
		"web-1 (the host) NON_COMPLIANT → COMPLIANT -reboot_required",
		"mail-1 DEBIAN UNKNOWN no_complete_scan, scan_failing",
		"win-1 KB5068787 MISSING → FAILED",
		"mac-1 macOS26.6 NON_COMPLIANT 3 missing",
		"el-1 acme-pre MISSING → FAILED",
		"sles-1 kernel-core MISSING → INSTALLED_PENDING_REBOOT",
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

// What the README shows is what is printed: of the demo all, and of a command that its last lines suggest but for the times.
func TestReadmeShowsTheDemoAsItIs(t *testing.T) {
	t.Parallel()
	out, err := exec.Command(binary, "demo").Output()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(asMade(string(out)), readmeBlock(t, "demo")); diff != "" {
		t.Errorf("the README shows another demo:\n%s", diff)
	}
	s := keptDemo(t)
	command, shown, _ := strings.Cut(readmeBlock(t, "explain"), "\n")
	words := strings.Fields(command)
	if len(words) < 3 || words[0] != "$" || words[1] != "./patchstream" {
		t.Fatalf("the block begins with %q", command)
	}
	if diff := cmp.Diff(timeless(must(t, s.ask(t, words[2:]...))), timeless(shown)); diff != "" {
		t.Errorf("the README shows another explanation:\n%s", diff)
	}
}

// The lines at the demo's end work as they stand.
func TestWhatTheDemoSaysToTryNextWorks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tries := func(text string) (commands []string) {
		_, end, _ := strings.Cut(asMade(text), "Try next\n")
		for line := range strings.Lines(end) {
			command, _, _ := strings.Cut(line, "#")
			commands = append(commands, strings.TrimSpace(command))
		}
		return commands
	}
	run := func(args ...string) string {
		cmd := exec.Command(binary, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v: %s", args, err, out)
		}
		return string(out)
	}
	first := tries(run("demo"))
	if len(first) != 3 || first[0] != "./patchstream demo --keep ./demo" || first[1] != "./patchstream serve --store ./demo &" {
		t.Fatalf("%q", first)
	}
	kept := tries(run(strings.Fields(first[0])[1:]...))
	if len(kept) != 3 || kept[0] != first[1] || kept[2] != first[2] {
		t.Fatalf("%q", kept)
	}
	s := serve(t, filepath.Join(dir, "demo"))
	for _, c := range kept[1:] {
		if got := must(t, s.ask(t, strings.Fields(c)[1:]...)); strings.Count(got, "\n") < 4 {
			t.Errorf("%s: %s", c, got)
		}
	}
	again := exec.Command(binary, "demo", "--keep", "./demo")
	again.Dir = dir
	if out, err := again.CombinedOutput(); err == nil || !strings.Contains(string(out), "--keep ./demo: it is not empty") {
		t.Errorf("a second story in one store: %v: %s", err, out)
	}
}

// asMade is what a binary prints that is called as "make demo" does.
func asMade(text string) string { return strings.ReplaceAll(text, binary, "./patchstream") }

// keptDemo is a server on what a demo has left, whose story ended just now.
func keptDemo(t *testing.T) *server {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "demo")
	if out, err := exec.Command(binary, "demo", "--keep", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return serve(t, dir)
}

func readmeBlock(t *testing.T, name string) string {
	t.Helper()
	_, block, found := strings.Cut(readFile(t, "../../../README.md"), "<!-- "+name+" -->\n```\n")
	block, _, closed := strings.Cut(block, "```")
	if !found || !closed {
		t.Fatalf("the README has no block of the %s", name)
	}
	return block
}

var clocks = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ`)

func timeless(text string) string { return clocks.ReplaceAllString(text, "TIME") }
