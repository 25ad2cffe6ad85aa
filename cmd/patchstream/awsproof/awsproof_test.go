package awsproof

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// python is Debian's, which has boto3.
const python = "/usr/bin/python3"

// Every theme has a server of its own, so that what one writes no other sees.
func TestDebiansClientsGetWhatTheyAskFor(t *testing.T) {
	t.Parallel()
	binary := build(t)
	themes, err := filepath.Glob("testdata/*.py")
	if err != nil {
		t.Fatal(err)
	}
	if len(themes) < 2 {
		t.Fatalf("the themes are %v", themes)
	}
	for _, file := range themes {
		theme := strings.TrimSuffix(filepath.Base(file), ".py")
		if theme == "proof" {
			continue
		}
		t.Run(theme, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, binary)
			w.tellStory(t)
			if theme == "pages" {
				w.addMany(t)
			}
			w.settle(t)
			about, err := json.Marshal(w.about(theme))
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), python, "-B", file)
			cmd.Env = append(os.Environ(), "PROOF="+string(about), "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null")
			out, err := cmd.CombinedOutput()
			if t.Logf("%s", out); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// build makes the program.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "patchstream")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "..").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}
