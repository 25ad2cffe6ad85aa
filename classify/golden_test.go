package classify

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/classify/classifytest"
)

// Each directory of testdata/classify is a host: its events, the baseline that judges it, and what must come
// out. -update writes report.json anew.
func TestGolden(t *testing.T) {
	cases, err := classifytest.Cases(os.DirFS("../testdata/classify"))
	if err != nil || len(cases) < 16 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			settings, err := ParseSettings(c.Settings)
			if err != nil {
				t.Fatal(err)
			}
			r, err := JudgeBy(c.Baseline, settings, c.Host(), factsOf(t, c.Events...), c.Now)
			if err != nil {
				t.Fatal(err)
			}
			Diff(nil, r, c.Now)
			wantGolden(t, filepath.Join("../testdata/classify", c.Name, "report.json"), indented(t, r))
		})
	}
}

func mustRead(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func indented(t *testing.T, v any) []byte {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func wantGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want := mustRead(t, file)
	if bytes.Equal(got, want) {
		return
	}
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("%s:%d\ngot  %s\nwant %s", file, i+1, g[i], w[i])
		}
	}
	t.Fatalf("%s has %d lines, want %d", file, len(g), len(w))
}
