package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// shellLines are the commands in the blocks of a page that are marked as a shell's.
func shellLines(page string) (lines []string) {
	in := false
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		switch {
		case line == "```sh":
			in = true
		case strings.HasPrefix(line, "```"):
			in = false
		case in && line != "":
			lines = append(lines, line)
		}
	}
	return lines
}

// shell runs lines of a shell, in which patchstream is the binary under test and talks to a server.
func (s *server) shell(t *testing.T, line string) (string, error) {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(binary, filepath.Join(bin, "patchstream")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", line)
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "NATS_URL="+s.nats, "PATCHSTREAM_SPOOL="+t.TempDir(), "PATCHSTREAM_STATE="+t.TempDir())
	cmd.Dir = "../../.."
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Every command on the page of a role works, on the fleet that the demo leaves, and says something.
func TestTheCommandsOfEachRoleWork(t *testing.T) {
	t.Parallel()
	s := keptDemo(t)
	for _, role := range []string{"host-owners", "operators", "subscribers", "auditors"} {
		lines := shellLines(readFile(t, "../../../docs/for-"+role+".md"))
		if len(lines) < 5 {
			t.Errorf("the page for %s has %d commands", role, len(lines))
		}
		for _, line := range lines {
			if out, err := s.shell(t, line); err != nil || out == "" {
				t.Errorf("%s: %s: %v: %s", role, line, err, out)
			}
		}
	}
}
