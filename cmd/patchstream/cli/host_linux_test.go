package cli

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal opens a pseudo terminal of 80 columns.
func terminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 25, Col: 80}); err != nil {
		t.Fatal(err)
	}
	if slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = slave.Close() })
	return master, slave
}

// answer is ask where somebody types the answer on a terminal.
func (s *server) answer(t *testing.T, typed string, args ...string) result {
	t.Helper()
	master, slave := terminal(t)
	if _, err := master.WriteString(typed); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := Main(t.Context(), append(args, "--server", s.nats), slave, &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

func TestHostsThatAreSilentAreShownBeforeTheyAreRetired(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	seen := s.follow(t)
	old := time.Now().Add(-40 * 24 * time.Hour)
	must(t, s.ask(t, "publish", "scan", write(t, "scans.json", compliantScan("old-1", old)+compliantScan("old-2", old.Add(time.Hour))+compliantScan("new-1", time.Now()))))
	s.knows(t, 3)
	if got := must(t, s.ask(t, "host", "retire", "--silent-for", "30d", "--yes")); got != "no host is silent for 30d\n" { // their clocks say so, and they spoke just now
		t.Errorf("30d: %q", got)
	}
	s.heardAt(t, "old-1", old)
	s.heardAt(t, "old-2", old.Add(time.Hour))
	if got := must(t, s.answer(t, "", "host", "retire", "--silent-for", "60d")); got != "no host is silent for 60d\n" {
		t.Errorf("60d: %q", got)
	}
	for _, answer := range []string{"", "n\n", "y\n"} { // a script must say --yes
		s.askWith(t, answer, "host", "retire", "--silent-for", "30d").wants(t, exitUsage, "nothing was retired", "no terminal", "give --yes")
	}
	for _, answer := range []string{"\n", "n\n", "no, wait\n"} {
		got := must(t, s.answer(t, answer, "host", "retire", "--silent-for", "30d"))
		if !containsAll(got, []string{"old-1", "old-2", "40 d", "Retire 2 hosts? [y/N] ", "nothing was retired\n"}) || strings.Contains(got, "new-1") {
			t.Errorf("answered %q:\n%s", answer, got)
		}
	}
	const endOfFile = "\x04"
	if r := s.answer(t, endOfFile, "host", "retire", "--silent-for", "30d"); r.code != exitFailed || !containsAll(r.stderr, []string{"nothing was retired", "no answer", "--yes"}) {
		t.Errorf("no answer: %+v", r)
	}
	if got := must(t, s.answer(t, "y\n", "host", "retire", "--silent-for", "30d")); !strings.Contains(got, "retired old-1\nretired old-2\n") {
		t.Errorf("answered y:\n%s", got)
	}
	eventually(t, func() bool { all := s.hosts(t); return all["old-1"].Retired != nil && all["old-2"].Retired != nil }, "both are retired")
	if got := must(t, s.ask(t, "host", "retire", "--silent-for", "30d", "--yes", "-o", "json")); strings.TrimSpace(got) != "[]" {
		t.Errorf("those that are retired are silent again: %s", got)
	}
	if got := must(t, s.askWith(t, "new-1\n\nnew-1\n", "host", "retire", "-", "-o", "json")); !containsAll(got, []string{`"kind": "retire"`, `"host": "new-1"`}) {
		t.Errorf("from a list: %s", got)
	}
	seen.lineWith(t, "new-1", "COMPLIANT → RETIRED")
	if got := must(t, s.ask(t, "status")); !strings.Contains(got, "Every host is retired") {
		t.Errorf("status: %s", got)
	}
	order := []string{}
	for _, l := range slices.Collect(strings.Lines(must(t, s.ask(t, "host", "list"))))[2:] {
		order = append(order, strings.Fields(l)[0])
	}
	if !slices.Equal(order, []string{"old-1", "old-2", "new-1"}) {
		t.Errorf("host list: %v", order)
	}
}
