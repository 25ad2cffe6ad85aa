package host

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

const recordings = "../../testdata/os-release"

var update = flag.Bool("update", false, "write the golden files anew")

func diff(t testing.TB, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// osReleases returns the recorded files by name.
func osReleases(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(recordings, "*"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, path := range paths {
		if strings.HasSuffix(path, ".golden") || strings.HasSuffix(path, ".md") {
			continue
		}
		if files[path], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if len(files) < 5 {
		t.Fatalf("%d recordings in %s", len(files), recordings)
	}
	return files
}

func TestParseOSRelease(t *testing.T) {
	for path, text := range osReleases(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			facts, err := parseOSRelease(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprintf("%+v\n", osFrom(facts))
			if *update {
				if err := os.WriteFile(path+".golden", []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path + ".golden")
			if err != nil {
				t.Fatal(err)
			}
			diff(t, path, string(want), got)
		})
	}
}

func FuzzParseOSRelease(f *testing.F) {
	for _, text := range osReleases(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		facts, _ := parseOSRelease(bytes.NewReader(text))
		system := osFrom(facts)
		if (system.System == "") != (facts["ID"] == "") || !utf8.ValidString(system.Product) {
			t.Errorf("%+v", system)
		}
	})
}
