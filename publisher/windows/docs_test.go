package windows

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What is read stands in the page and in the script, and what the script writes is read.
func TestPageScriptAndReaderSayTheSame(t *testing.T) {
	t.Parallel()
	page := text(t, "../../docs/windows.md")
	script := text(t, "../../docs/examples/windows/patchstream-wua.ps1")
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, file := range sources {
		if !strings.HasSuffix(file, "_test.go") {
			for _, m := range regexp.MustCompile(`field\("(\w+)"\)`).FindAllStringSubmatch(text(t, file), -1) {
				fields = append(fields, m[1])
			}
		}
	}
	if len(fields) < 50 {
		t.Fatalf("%d fields", len(fields))
	}
	for _, f := range fields {
		if !strings.Contains(page, "`"+f+"`") {
			t.Errorf("the page does not tell of %s", f)
		}
		if !regexp.MustCompile(`\b` + f + `\s+=`).MatchString(script) {
			t.Errorf("the script does not write %s", f)
		}
	}
	body := script[strings.Index(script, "ConvertTo-Category("):]
	for _, m := range regexp.MustCompile(`(?m)(?:^\s+|[{;] )([A-Z]\w+)\s+= `).FindAllStringSubmatch(body, -1) {
		if !slices.Contains(fields, m[1]) && m[1] != "ID" && m[1] != "FileDate" {
			t.Errorf("the script writes %s, which is not read", m[1])
		}
	}
	for _, s := range []string{`-Depth 10`, FormatName, "'IsInstalled=1', 'IsInstalled=0 and IsHidden=0', 'IsInstalled=0 and IsHidden=1'"} {
		if !strings.Contains(script, s) {
			t.Errorf("the script lacks %s", s)
		}
	}
}
