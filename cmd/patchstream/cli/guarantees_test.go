package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	guarantees  = filepath.Join("..", "..", "..", "docs", "guarantees.md")
	namedTest   = regexp.MustCompile("`(Test\\w+)`")
	declaration = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
)

// declaredTests returns the names of all tests below a directory.
func declaredTests(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		names = append(names, captured(declaration, string(text))...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "TestMain" })
}

// captured returns what the group of a pattern matches, match by match.
func captured(pattern *regexp.Regexp, text string) []string {
	var all []string
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

// Every test that the page of guarantees names is there.
func TestTheGuaranteesNameTestsThatExist(t *testing.T) {
	t.Parallel()
	declared := declaredTests(t, filepath.Join("..", "..", ".."))
	named := captured(namedTest, readFile(t, guarantees))
	if len(named) < 20 {
		t.Errorf("only %d tests are named", len(named))
	}
	for _, name := range named {
		if !slices.Contains(declared, name) {
			t.Errorf("no test is called %s", name)
		}
	}
}

// The page says which proof runs what, as the Makefile does; and between them they run every test of package chaos.
func TestTheGuaranteesSayWhichProofRunsWhat(t *testing.T) {
	t.Parallel()
	makefile, page := readFile(t, filepath.Join("..", "..", "..", "Makefile")), readFile(t, guarantees)
	left := declaredTests(t, filepath.Join("..", "chaos"))
	targets := regexp.MustCompile(`(?m)^([a-z]+): ##.*\n\t\$\(PROOF\) -(run|skip) '([^']+)'`).FindAllStringSubmatch(makefile, -1)
	slices.SortFunc(targets, func(a, b []string) int { return strings.Compare(a[2], b[2]) }) // the one that skips comes last
	for _, target := range targets {
		pattern, skips := regexp.MustCompile(target[3]), target[2] == "skip"
		var runs []string
		left = slices.DeleteFunc(left, func(name string) bool {
			if pattern.MatchString(name) == skips {
				return false
			}
			runs = append(runs, name)
			return true
		})
		row := regexp.MustCompile("(?m)^\\| `make " + target[1] + "` \\|.*").FindString(page)
		says := captured(namedTest, row)
		slices.Sort(runs)
		slices.Sort(says)
		if diff := cmp.Diff(runs, says); diff != "" {
			t.Errorf("make %s (-Makefile +page):\n%s", target[1], diff)
		}
		if !regexp.MustCompile(`(?m)^prove:.*\b` + target[1] + `\b`).MatchString(makefile) {
			t.Errorf("make prove does not run %s", target[1])
		}
	}
	if len(left) != 0 || len(targets) == 0 {
		t.Errorf("%d proofs run all but %q", len(targets), left)
	}
}
