package classify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// Each directory of testdata/classify is a host: its events, the baseline that judges it, and what must come
// out, as JSON and in words. -update writes both anew.
func TestGolden(t *testing.T) {
	dirs, err := filepath.Glob("../testdata/classify/*/baseline.json")
	if err != nil || len(dirs) < 16 {
		t.Fatalf("%d cases, %v", len(dirs), err)
	}
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			r := goldenReport(t, dir)
			wantGolden(t, filepath.Join(dir, "report.json"), indented(t, r))
			wantGolden(t, filepath.Join(dir, "explain.txt"), []byte(inWordsOf(r)))
		})
	}
}

func goldenReport(t *testing.T, dir string) *Report {
	t.Helper()
	b := parsed(t, string(mustRead(t, filepath.Join(dir, "baseline.json"))))
	terms := struct {
		Now      time.Time
		Settings json.RawMessage
	}{at(1), json.RawMessage(`{}`)}
	if text, err := os.ReadFile(filepath.Join(dir, "case.json")); err == nil {
		if err := json.Unmarshal(text, &terms); err != nil {
			t.Fatal(err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	settings, err := ParseSettings(terms.Settings)
	if err != nil {
		t.Fatal(err)
	}
	events := goldenEvents(t, dir)
	facts := factsOf(t, events...)
	choice, err := ChooseGiven(b, facts)
	if err != nil {
		t.Fatal(err)
	}
	r := Classify(events[0].HostName(), facts, choice, settings, terms.Now)
	Diff(nil, r, terms.Now)
	return r
}

func goldenEvents(t *testing.T, dir string) []messages.Event {
	t.Helper()
	var events []messages.Event
	for _, kind := range []messages.Kind{messages.KindScan, messages.KindRun, messages.KindOverride} {
		files, err := filepath.Glob(filepath.Join(dir, string(kind)+"*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text := mustRead(t, file)
			e, err := messages.Decode(kind, text, messages.Sniff(text))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			events = append(events, e)
		}
	}
	if len(events) == 0 {
		t.Fatalf("%s: no events", dir)
	}
	return events
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

// inWordsOf prints what people are told of a report.
func inWordsOf(r *Report) string {
	var out strings.Builder
	fmt.Fprintln(&out, r)
	for i := range r.Patches {
		item := &r.Patches[i]
		e := r.Explain(item)
		fmt.Fprintf(&out, "\n%s  %s  %s\n", item.Patch, item.State, item.Words())
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
