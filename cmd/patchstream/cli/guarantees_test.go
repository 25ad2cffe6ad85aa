package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Every test that the page of guarantees names is there.
func TestTheGuaranteesNameTestsThatExist(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	declared := make(map[string]bool)
	declaration := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declaration.FindAllSubmatch(text, -1) {
			declared[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(readFile(t, filepath.Join(root, "docs", "guarantees.md")), -1)
	if len(named) < 20 {
		t.Errorf("only %d tests are named", len(named))
	}
	for _, m := range named {
		if !declared[m[1]] {
			t.Errorf("no test is called %s", m[1])
		}
	}
}
