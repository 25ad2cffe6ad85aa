package mac

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"howett.net/plist"
)

func TestPageScriptAndReaderSayTheSame(t *testing.T) {
	t.Parallel()
	page, script := text(t, "../../docs/macos.md"), text(t, "../../docs/examples/macos/patchstream-mac.sh")
	for _, file := range dumpFiles {
		if !strings.Contains(page, "`"+file+"`") {
			t.Errorf("the page does not tell of %s", file)
		}
		if !strings.Contains(script, file) {
			t.Errorf("the script does not write %s", file)
		}
	}
}

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The script, run with tools that say what a Mac's say, makes a dump that is whole.
func TestTheScriptMakesADump(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tools := filepath.Join(dir, "bin")
	if err := os.Mkdir(tools, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, says := range map[string]string{
		"sw_vers":         "cat " + abs(t, dumps+"/tahoe/sw_vers.txt"),
		"uname":           "echo arm64",
		"hostname":        "echo studio-9",
		"sysctl":          `case "$2" in kern.boottime) echo "{ sec = 1700000000, usec = 0 }";; *) echo 0B9E6E5C-63B5-4C5E-8A57-1D2C3B4A5F60;; esac`,
		"ioreg":           `printf '    "IOPlatformUUID" = "5E1C7C0A-3B6B-5D0F-9B0E-7F1A2C3D4E5F"\n'`,
		"softwareupdate":  `[ "$*" = "--list --no-scan" ] && cat ` + abs(t, dumps+"/tahoe/softwareupdate.txt") + " >&2",
		"system_profiler": "cat " + abs(t, dumps+"/system-profiler/SPInstallHistoryDataType.json"),
	} {
		if err := os.WriteFile(filepath.Join(tools, name), []byte("#!/bin/sh\n"+says+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	script := filepath.Join(dir, "script.sh")
	own := strings.Replace(text(t, "../../docs/examples/macos/patchstream-mac.sh"), "PATH=/usr/bin", "PATH="+tools+":/usr/bin", 1)
	if err := os.WriteFile(script, []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second replaces the first
		if out, err := exec.Command("sh", script, filepath.Join(dir, "dump")).CombinedOutput(); err != nil || len(out) > 0 {
			t.Fatalf("%v %s", err, out)
		}
	}
	d, err := ReadDir(filepath.Join(dir, "dump"))
	if err != nil {
		t.Fatal(err)
	}
	s := d.Scan()
	if !s.Complete || d.Host != "studio-9" || s.BootedAt.IsZero() || s.BootID == "" || s.Machine == "" || s.OS.Version != "26.6" || len(s.Packages) < 7 {
		t.Errorf("%q %+v", s.Error, s)
	}
}

func abs(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheJobOfLaunchdIsAPropertyList(t *testing.T) {
	t.Parallel()
	var job struct {
		Label            string
		ProgramArguments []string
		StartInterval    int
	}
	if _, err := plist.Unmarshal([]byte(text(t, "../../docs/examples/macos/org.patchstream.scan.plist")), &job); err != nil {
		t.Fatal(err)
	}
	if job.Label != "org.patchstream.scan" || job.StartInterval != 6*60*60 || len(job.ProgramArguments) < 2 || job.ProgramArguments[1] != "scan" {
		t.Errorf("%+v", job)
	}
}
