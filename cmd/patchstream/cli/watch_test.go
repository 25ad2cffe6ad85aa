package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

func TestAFirstScanIsFoldedAndWhatIsKeptIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	must(t, s.ask(t, "publish", "scan", write(t, "scan.json", compliantScan("web-1", time.Now()))))
	s.knows(t, 1)
	read := must(t, s.ask(t, "watch", "--all", "--no-follow"))
	if strings.Contains(read, "bash") || !containsAll(read, []string{"web-1", "(the host)", "COMPLIANT", "and 1 package in order"}) || strings.Count(read, "\n") != 2 {
		t.Errorf("folded:\n%s", read)
	}
	if asked := must(t, s.ask(t, "watch", "--all", "--no-follow", "--state", "INSTALLED,INSTALLED_OTHER")); !strings.Contains(asked, "bash.amd64") {
		t.Errorf("asked for:\n%s", asked)
	}
	if before := must(t, s.ask(t, "watch", "--all", "--until", "1h")); before != "" {
		t.Errorf("until an hour ago: %s", before)
	}
	if r := s.ask(t, "watch", "--since", "1h", "--no-follow", "--host", "web-2"); r.code != exitDone || r.stdout != "" || !strings.Contains(r.stderr, "web-2 is not known: no event of it was ever taken (did you mean web-1?)") {
		t.Errorf("unknown host: %+v", r)
	}
}

func TestDurableConsumersAreListedAndRemoved(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	if got := must(t, s.ask(t, "watch", "--list")); !strings.Contains(got, "no durable consumer") {
		t.Errorf("none: %s", got)
	}
	must(t, s.ask(t, "watch", "--durable", "siem", "--create", "--host", "web-1", "--all"))
	must(t, s.ask(t, "publish", "scan", write(t, "scan.json", compliantScan("web-1", time.Now()))))
	s.knows(t, 1)
	var list []struct {
		Name     string
		Subjects []string
		Waiting  int
	}
	eventually(t, func() bool {
		decode(t, must(t, s.ask(t, "watch", "--list", "-o", "json")), &list)
		return len(list) == 1 && list[0].Waiting == 1
	}, "a change waits for it")
	if list[0].Name != "siem" || len(list[0].Subjects) != 1 || list[0].Subjects[0] != messages.ChangedSubject("web-1") {
		t.Errorf("%+v", list)
	}
	must(t, s.ask(t, "watch", "--durable", "siem", "--remove"))
	s.ask(t, "watch", "--durable", "siem", "--remove").wants(t, exitFailed, "siem: there is no such consumer", "--list")
}

func TestACommandTakesEachChangeAndIsTriedAgain(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	dir := t.TempDir()
	taken, tried := filepath.Join(dir, "taken"), filepath.Join(dir, "tried")
	must(t, s.ask(t, "watch", "--durable", "tickets", "--create", "--all"))
	must(t, s.ask(t, "publish", "scan", write(t, "scan.json", compliantScan("web-1", time.Now()))))
	s.knows(t, 1)

	// It fails once, and takes the change then.
	p := start(t, "watch", "--server", s.nats, "--durable", "tickets", "--exec", "cat >>"+taken+"; test -e "+tried+" || { touch "+tried+"; exit 3; }")
	p.says(t, "exit status 3; trying again in 1s")
	eventually(t, func() bool { text, _ := os.ReadFile(taken); return strings.Count(string(text), "\n") == 2 }, "it was given twice")
	if text := readFile(t, taken); !strings.Contains(text, `"host":"web-1"`) || !strings.Contains(text, `"revision":1`) {
		t.Errorf("given: %s", text)
	}
	unacknowledged := func() (n int) {
		var list []struct{ Waiting, Unacked int }
		decode(t, must(t, s.ask(t, "watch", "--list", "-o", "json")), &list)
		return list[0].Waiting + list[0].Unacked
	}
	eventually(t, func() bool { return unacknowledged() == 0 }, "it is acknowledged")
	p.stop(t, os.Interrupt)

	// It never takes the next one, which stays.
	must(t, s.ask(t, "override", "set", "web-1", "bash", "MISSING", "--reason", "CHG-8"))
	r := s.ask(t, "watch", "--durable", "tickets", "--exec", "exit 4", "--retries", "0")
	if r.code != exitFailed || !containsAll(r.stderr, []string{`change 2 of web-1 was not taken by "exit 4", tried once: exit status 4`, "it comes again"}) {
		t.Errorf("%+v", r)
	}
	if n := unacknowledged(); n != 1 {
		t.Errorf("%d are left", n)
	}
	s.ask(t, "watch", "--exec", "true").wants(t, exitUsage, "--durable")
	s.ask(t, "watch", "--no-follow").wants(t, exitUsage, "--since or --all")
}
