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
	"github.com/patchstream/patchstream/worker/deadletters"
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
			if line := widest(text); utf8.RuneCountInString(line) > 80 && strings.TrimSpace(line) != host && !strings.HasPrefix(line, host+" ") {
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

// Of each table nothing is wider than the terminal, however long the names in it; changes keep their columns, and say on a pipe all that they know.
func TestTablesOfEveryKindFitIntoTheTerminal(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	host, name, reason := "web-17.production.eu-west-1.example.org", "linux-headers-5.15.0-101-generic.amd64", "vendor build, needed until the vendor ships another one, CHG-1182"
	change := &messages.Changed{Head: messages.Head{
		Host: host, At: at, Status: messages.StatusChange{From: messages.Compliant, To: messages.NonCompliant}, ConditionsFrom: []string{classify.RebootRequired},
		Conditions: []messages.Condition{{Code: classify.SecurityListsOld}},
	}}
	for _, from := range messages.States() {
		for _, to := range messages.States() {
			change.Transitions = append(change.Transitions, messages.Transition{From: from, Item: messages.Item{
				Patch: name, State: to, Level: messages.Unspecified, Installed: "1:1.22.1-3.module+el9.2.0+100+aaaaaaaa", Version: "1:1.22.1-4.module+el9.3.0+110+bbbbbbbb",
			}})
		}
	}
	code := 100
	past := query.PastView{Host: host, Status: messages.NonCompliant, Level: messages.Unspecified, Counts: messages.Counts{}, Conditions: []messages.Condition{{Code: classify.SecurityListsOld}}}
	past.Patches = []query.PastPatch{{Patch: name, State: messages.InstalledPendingReboot, Level: messages.Unspecified, Since: &at, Installed: "3.0.2-0ubuntu1.15", Version: "3.0.2-0ubuntu1.18"}}
	for kind, print := range map[string]func(p *Printer){
		"changes": func(p *Printer) { _ = p.Change(Table, change, nil) },
		"overrides": func(p *Printer) {
			p.Overrides([]query.OverrideView{{Host: host, Patch: name, State: messages.InstalledPendingReboot, Standing: "in_force", ExpiresAt: &at, By: "operator-alice", Reason: reason}})
		},
		"audit": func(p *Printer) {
			p.Audit([]query.AuditEntry{{At: at, By: "operator-alice (claims to be bob)", About: "retirement", Name: host + " " + name, Value: reason}})
		},
		"baselines": func(p *Printer) {
			p.Baselines([]query.BaselineView{{ID: "AWS-RedHatDefaultPatchBaseline", OS: "REDHAT_ENTERPRISE_LINUX", Builtin: true, Readable: true, Bound: []string{"group web on REDHAT_ENTERPRISE_LINUX"}}})
		},
		"a past host":  func(p *Printer) { p.Past(&past) },
		"a past fleet": func(p *Printer) { p.PastFleet([]query.PastView{past}, at, 3) },
		"runs": func(p *Printer) {
			p.Runs([]query.RunEntry{{Host: host, FinishedAt: at, RunSummary: messages.RunSummary{RunID: "wua-e51f42edeb886aa814e193de868432bf", ExitCode: &code, Failed: 3, Error: reason}}})
		},
		"patches": func(p *Printer) {
			p.FleetPatches([]query.FleetPatch{{Patch: name, Level: messages.Unspecified, Hosts: 12345, States: map[messages.State]int{messages.Missing: 9000, messages.InstalledPendingReboot: 3345}, Oldest: &at, Notices: []string{"RHSA-2024:0901"}}}, 9, at)
		},
		"a preview": func(p *Printer) {
			p.Preview(&query.PreviewView{Hosts: 1, Changed: []query.PreviewHost{{Host: host, From: messages.Compliant, To: messages.NonCompliant, Transitions: []query.PreviewTransition{{Patch: name, To: messages.InstalledRejected}}}}})
		},
		"hosts that never spoke": func(p *Printer) {
			p.NeverHeard([]query.NeverHeard{{Host: host + "." + host, Group: "a group of hosts"}})
		},
	} {
		for _, columns := range []int{80, 100, 120, 200} {
			if line := widest(printed(columns, print)); utf8.RuneCountInString(line) > columns {
				t.Errorf("%s at %d columns, %d: %s", kind, columns, utf8.RuneCountInString(line), line)
			}
		}
		if piped := printed(0, print); strings.Contains(piped, "…") || !strings.Contains(piped, host) && !strings.Contains(piped, name) && kind != "baselines" {
			t.Errorf("%s on a pipe: %s", kind, piped)
		}
	}
}

// Each line of changes has its columns where the others have them, on a terminal and on a pipe.
func TestTheColumnsOfChangesStandStill(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	change := func(host string, patches ...string) *messages.Changed {
		m := &messages.Changed{Head: messages.Head{Host: host, At: at}}
		for _, name := range patches {
			m.Transitions = append(m.Transitions, messages.Transition{Item: messages.Item{Patch: name, State: messages.Missing, Version: "1-1", Level: messages.High}})
		}
		return m
	}
	for _, columns := range []int{0, 80, 120, 200} {
		text := printed(columns, func(p *Printer) {
			for _, m := range []*messages.Changed{change("web-1", "curl.amd64", "linux-image-6.1.0-56-amd64.amd64"), change("a-host-with-a-longer-name", "tar.amd64")} {
				_ = p.Change(Table, m, nil)
			}
		})
		of := make(map[int]int)
		for line := range strings.Lines(text) {
			if before, _, found := strings.Cut(line, string(messages.Missing)); found {
				of[utf8.RuneCountInString(before)]++
			}
		}
		if want := map[int]int{0: 2, 80: 1, 120: 1, 200: 1}[columns]; len(of) != want { // on a pipe a longer name of a host makes room for itself from then on
			t.Errorf("at %d columns states begin at %v:\n%s", columns, of, text)
		}
	}
}

// On a pipe the columns of usual names, states and versions are wide enough from the first line on.
func TestUsualChangesStandStillOnAPipe(t *testing.T) {
	t.Parallel()
	text := printed(0, func(p *Printer) {
		for _, m := range []messages.Transition{
			{Item: messages.Item{Patch: "curl.amd64", State: messages.Missing, Version: "1-1"}},
			{From: messages.InstalledPendingReboot, Item: messages.Item{Patch: "linux-image-6.1.0-56-amd64.amd64", State: messages.InstalledOther, Installed: "5.14.0-427.13.1.el9_4", Version: "5.14.0-427.20.1.el9_4"}},
		} {
			m.Level = messages.High
			_ = p.Change(Table, &messages.Changed{Head: messages.Head{Host: "web-17.example.org"}, Transitions: []messages.Transition{m}}, nil)
		}
	})
	lines := strings.Split(text, "\n")
	at := func(line string) int {
		return utf8.RuneCountInString(line[:strings.Index(line, string(messages.High))])
	}
	if len(lines) != 3 || at(lines[0]) != at(lines[1]) {
		t.Errorf("the level moves:\n%s", text)
	}
}

func TestTheCommandThatShutsAHostOutStandsOnItsOwnLine(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{0, 80, 120} {
		var out bytes.Buffer
		p := New(&out, nil)
		p.Columns = columns
		p.DeadLetters([]*deadletters.Letter{{Sequence: 1, Kind: "scan", Host: "web-1", Reason: "payload: must be a map"}})
		if !strings.Contains(out.String(), "\n  patchstream auth revoke HOST\n") {
			t.Errorf("at %d columns:\n%s", columns, out.String())
		}
	}
}

func TestWhereNothingIsToBeDoneThereAreNoNextSteps(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := New(&out, nil)
	p.Columns = 80
	g := &grid{head: []string{"PATCH", "MEANING", "NEXT STEP"}}
	g.add("openssl.amd64", strings.Repeat("long ", 20), OrNone(""))
	p.gridAndSteps(g, []step{{about: "openssl.amd64"}})
	if strings.Contains(out.String(), "Next steps") {
		t.Errorf("%s", out.String())
	}
}
