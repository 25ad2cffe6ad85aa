package explain

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/classifytest"
	"github.com/patchstream/patchstream/messages"
)

var update = flag.Bool("update", false, "write the golden files anew")

// What people are told of the hosts of testdata/classify. -update writes explain.txt anew.
func TestGolden(t *testing.T) {
	cases, err := classifytest.Cases(os.DirFS("../../testdata/classify"))
	if err != nil || len(cases) < 16 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			settings, err := classify.ParseSettings(c.Settings)
			if err != nil {
				t.Fatal(err)
			}
			r, err := classify.JudgeBy(c.Baseline, settings, c.Host(), factsOf(c.Events...), c.Now)
			if err != nil {
				t.Fatal(err)
			}
			classify.Diff(nil, r, c.Now)
			wantGolden(t, filepath.Join("../../testdata/classify", c.Name, "explain.txt"), []byte(inWordsOf(r)))
		})
	}
}

func factsOf(events ...messages.Event) *classify.Facts {
	f := new(classify.Facts)
	for _, e := range events {
		f.Add(e, messages.ContentSum(e))
	}
	return f
}

// inWordsOf prints what people are told of a report.
func inWordsOf(r *classify.Report) string {
	var out strings.Builder
	fmt.Fprintln(&out, r)
	for _, c := range r.Conditions {
		e := Condition(r, c)
		fmt.Fprintf(&out, "\n%s\n", strings.Join(e.Sentences, "\n  "))
		if e.Next != "" {
			fmt.Fprintf(&out, "  next: %s\n", e.Next)
		}
	}
	for i := range r.Patches {
		item := &r.Patches[i]
		e := Item(r, item)
		fmt.Fprintf(&out, "\n%s  %s  %s\n", item.Patch, item.State, Words(item))
		for _, s := range e.Sentences {
			fmt.Fprintf(&out, "  %s\n", s)
		}
		if e.Next != "" {
			fmt.Fprintf(&out, "  next: %s\n", e.Next)
		}
		for _, s := range e.WouldChange {
			fmt.Fprintf(&out, "  changes when: %s\n", s)
		}
	}
	return out.String()
}

func wantGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
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
