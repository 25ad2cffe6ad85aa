package print

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// printed returns what print prints on a terminal of so many columns; 0: on a pipe.
func printed(columns int, print func(p *Printer)) string {
	var out bytes.Buffer
	p := New(&out, &out)
	p.Columns = columns
	print(p)
	return out.String()
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

// widest returns the longest line.
func widest(text string) (longest string) {
	for line := range strings.Lines(escapes.ReplaceAllString(text, "")) {
		if line = strings.TrimRight(line, "\n"); utf8.RuneCountInString(line) > utf8.RuneCountInString(longest) {
			longest = line
		}
	}
	return longest
}

// Whatever hosts and packages are called, no line is longer than the terminal; on a pipe nothing is cut or left out.
func TestNoLineIsLongerThanTheTerminal(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for _, length := range []int{5, 36, 60, 200} {
		host := strings.Repeat("w", length)
		gone := &classify.Retirement{At: now, By: "ops", Reason: strings.Repeat("replaced by another one, ", 8)}
		r := &classify.Report{Host: host, Status: messages.NonCompliant, Level: messages.Critical, Counts: messages.Counts{}}
		for i, s := range messages.States() {
			r.Counts[string(s)] = 100 + i
			r.Patches = append(r.Patches, classify.Item{Patch: fmt.Sprintf("%s-%d.amd64", host, i), State: s, Level: messages.Unspecified, Version: "3.0.22-1~deb12u2", Installed: "3.0.20-1~deb12u2"})
		}
		r.About.LastRun = &classify.RunFact{Error: strings.Repeat("it failed, ", 30)}
		r.Conditions = []messages.Condition{{Code: classify.RunFailed, Since: now, Detail: strings.Repeat("and so on ", 30)}}
		for name, print := range map[string]func(p *Printer){
			"hosts": func(p *Printer) {
				p.Hosts([]query.HostView{{Host: host, Status: messages.Retired, Group: "a group of hosts", HeardAt: &now, Retired: gone}}, now)
			},
			"hosts, none retired": func(p *Printer) {
				p.Hosts([]query.HostView{{Host: host, Status: messages.NonCompliant, Group: "a group of hosts", HeardAt: &now, ScanAt: &now}}, now)
			},
			"a host": func(p *Printer) { p.Report(r, View{Now: now}) },
			"patches of a retired host": func(p *Printer) {
				p.Patches(&classify.Report{Host: host, Status: messages.Retired, About: classify.About{Retired: gone}})
			},
		} {
			text := printed(80, print)
			if line := widest(text); utf8.RuneCountInString(line) > 80 && !strings.HasPrefix(line, host+" ") {
				t.Errorf("%s of %d letters: %q", name, length, line)
			}
			if piped := printed(0, print); !strings.Contains(piped, host) || strings.Contains(piped, "too narrow") {
				t.Errorf("%s of %d letters, on a pipe:\n%s", name, length, piped)
			}
		}
	}
}

func TestHelpIsAsWideAsTheTerminal(t *testing.T) {
	t.Parallel()
	const text = `Says something that was broken where the source is broken, at more than eighty columns of it,
and goes on.

Usage:
  patchstream thing [flags]

Examples:
  patchstream thing --reason "it is what it is, and was so before" --silent-for 30d --yes
  patchstream thing                                                      # what it does, in a few words

Flags:
      --server URL   URL of the NATS server ($NATS_URL) (default "nats://127.0.0.1:4222")
`
	const want = `Says something that was broken where the source is broken, at
more than eighty columns of it, and goes on.

Usage:
  patchstream thing [flags]

Examples:
  patchstream thing --reason \
      "it is what it is, and was so before" --silent-for 30d \
      --yes
  # what it does, in a few words
  patchstream thing

Flags:
      --server URL   URL of the NATS server ($NATS_URL) (default
                     "nats://127.0.0.1:4222")
`
	if got := (&Printer{Columns: 64}).Help(text); got != want {
		t.Errorf("on a terminal of 64 columns:\n%s", got)
	}
	if got := new(Printer).Help(text); got != text {
		t.Errorf("on a pipe:\n%s", got)
	}
}

// At 80 columns each command stands whole on a line of its own; on a pipe it stands in its row, and no name is cut.
func TestNextStepsAreWholeHoweverNarrowTheTerminal(t *testing.T) {
	t.Parallel()
	long := "linux-headers-5.15.0-101-generic-with-a-name-that-no-table-of-eighty-columns-can-hold"
	r := &classify.Report{Host: "web-1", Status: messages.NonCompliant, About: classify.About{OS: messages.OS{System: "UBUNTU"}}}
	for _, name := range []string{"openssl", long} {
		r.Patches = append(r.Patches, classify.Item{Patch: name + ".amd64", Name: name, Arch: "amd64", State: messages.Missing, Level: messages.High, Installed: "3.0.2-0ubuntu1.15", Version: "3.0.2-0ubuntu1.18"})
	}
	command := "apt-get install --only-upgrade --mark-auto " + long + "=3.0.2-0ubuntu1.18"
	for _, columns := range []int{0, 80, 120} {
		var out bytes.Buffer
		p := New(&out, nil)
		p.Columns = columns
		p.Report(r, View{})
		alone := strings.Contains(out.String(), "\n    "+command+"\n")
		if alone != (columns > 0) || !strings.Contains(out.String(), command) {
			t.Errorf("at %d columns:\n%s", columns, out.String())
		}
		table, _, _ := strings.Cut(out.String(), "Next steps")
		if cut := strings.Contains(table, "…"); cut != (columns > 0) {
			t.Errorf("at %d columns a name is cut: %v\n%s", columns, cut, table)
		}
		for line := range strings.Lines(table) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); columns > 0 && n > columns {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	}
}

func TestWhoLacksAPackageFitsIntoATerminalWithWholeCommands(t *testing.T) {
	t.Parallel()
	s := &query.Survey{Question: query.Question{Missing: "openssl"}, Asked: 1, Known: 1, Rows: make([]query.Row, 1)}
	s.Matches = []query.Match{{Host: "web-17.production.eu-west-1.example.org", OS: messages.OS{System: "UBUNTU"}, Item: classify.Item{
		Patch: "openssl.amd64", Name: "openssl", Arch: "amd64", State: messages.Missing, Level: messages.Critical, Installed: "3.0.2-0ubuntu1.15", Version: "3.0.2-0ubuntu1.18",
	}}}
	for _, columns := range []int{0, 80} {
		got := printed(columns, func(p *Printer) { p.Matches(s, time.Time{}) })
		command := "apt-get install --only-upgrade --mark-auto openssl=3.0.2-0ubuntu1.18"
		if !strings.Contains(got, command) || strings.Contains(got, "\n    "+command+"\n") != (columns > 0) {
			t.Errorf("at %d columns:\n%s", columns, got)
		}
		for line := range strings.Lines(got) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); columns > 0 && n > columns {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	}
}
