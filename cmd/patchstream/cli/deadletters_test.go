package cli

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
)

// jetstream returns what any client may use.
func (s *server) jetstream(t *testing.T) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect(s.nats, nats.Timeout(patience))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// bad publishes an event as any client could.
func (s *server) bad(t *testing.T, subject string, header nats.Header, payload []byte) {
	t.Helper()
	if _, err := s.jetstream(t).PublishMsg(t.Context(), &nats.Msg{Subject: subject, Header: header, Data: payload}); err != nil {
		t.Fatal(err)
	}
}

type letterJSON struct {
	Sequence                    int
	Kind, Host, Reason, Subject string
	Headers                     map[string][]string
	Payload                     []byte
}

func (s *server) letters(t *testing.T, args ...string) []letterJSON {
	t.Helper()
	var list []letterJSON
	decode(t, must(t, s.ask(t, append([]string{"dead-letters", "list", "-o", "json"}, args...)...)), &list)
	return list
}

func TestDeadLettersAreSeenPutBackAndRemoved(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	if got := must(t, s.ask(t, "dead-letters", "list")); got != "There is no dead letter.\n" {
		t.Errorf("at first: %s", got)
	}
	good := []byte(readFile(t, fresh(t, "scan.json", "", time.Hour)))
	asJSON := nats.Header{"Content-Type": {"application/json"}, "X-Trace": {"t-1"}, nats.MsgIdHdr: {"scan/" + host + "/01KAJ5W0Q4N2"}}
	s.bad(t, messages.KindScan.Subject(host), nil, []byte("no MessagePack"))
	eventually(t, func() bool { return len(s.letters(t)) == 1 }, "it is the first dead letter")
	s.bad(t, messages.KindScan.Subject("db-1"), asJSON, good) // speaks for another host
	eventually(t, func() bool { return len(s.letters(t)) == 2 }, "both are dead letters")

	list := s.letters(t, "db-1")
	if len(list) != 1 || list[0].Kind != "scan" || list[0].Host != "db-1" || !strings.Contains(list[0].Reason, "host: ") {
		t.Fatalf("letters of db-1: %+v", list)
	}
	var shown letterJSON
	decode(t, must(t, s.ask(t, "dead-letters", "show", "2", "-o", "json")), &shown)
	if string(shown.Payload) != string(good) || shown.Headers["X-Trace"][0] != "t-1" || shown.Headers["Patch-Original-Nats-Msg-Id"] == nil {
		t.Errorf("the letter is not the event as it came: %+v", shown.Headers)
	}
	if got := must(t, s.ask(t, "dead-letters", "show", "1")); !strings.Contains(got, "no MessagePack") {
		t.Errorf("show: %s", got)
	}

	if got := must(t, s.ask(t, "dead-letters", "show", "2")); !strings.Contains(got, "\n  \"host\": \""+host+"\"") {
		t.Errorf("show does not say what the event says: %s", got)
	}

	s.ask(t, "status", "db-1").wants(t, exitFailed, "db-1", "all that came of it is dead letters, 1 of them, the newest a scan of 20", "host: ", "dead-letters list db-1")
	s.ask(t, "dead-letters", "purge", "--all").wants(t, exitUsage, "nothing was removed", "--yes")

	// What is still wrong comes back as a new letter.
	if got := must(t, s.ask(t, "dead-letters", "replay", "2")); got != "1 dead letter put back\n" {
		t.Errorf("replay: %s", got)
	}
	eventually(t, func() bool { l := s.letters(t); return len(l) == 2 && l[1].Sequence == 3 }, "it is a new letter")
	if got := must(t, s.ask(t, "dead-letters", "purge", "--all", "--host", "db-1", "--yes")); got != "1 dead letter removed\n" {
		t.Errorf("purge: %s", got)
	}
	if left := s.letters(t); len(left) != 1 || left[0].Host != host {
		t.Errorf("left: %+v", left)
	}
	must(t, s.ask(t, "dead-letters", "purge", "1"))
	s.ask(t, "dead-letters", "show", "1").wants(t, exitFailed, "1: no such dead letter: \"patchstream dead-letters list\" shows those there are")
	s.ask(t, "dead-letters", "replay").wants(t, exitUsage, "--all")
	s.ask(t, "dead-letters", "purge", "--all", "--host", "a b").wants(t, exitUsage, "--host", "a b")
	s.ask(t, "dead-letters", "show", "first").wants(t, exitUsage, "dead-letters list")
	s.stop(t, os.Interrupt)
}

// An event that came too early, by its host's clock, is good when it is put back later: the stamp is that of the
// replay.
func TestReplayedEventThatIsGoodNowIsApplied(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	seen := s.follow(t)
	early := []byte(readFile(t, fresh(t, "override.json", "", 0)))
	asJSON := nats.Header{"Content-Type": {"application/json"}, "Nats-Schedule-TTL": {"5m"}}
	s.bad(t, messages.KindOverride.Subject(host), asJSON, early)
	eventually(t, func() bool { return len(s.letters(t)) == 1 }, "the header is refused")
	if got := must(t, s.ask(t, "dead-letters", "replay", "--all", "--wait", "30s")); got != "1 dead letter put back\nof these 1: 1 applied, 0 dead letters again, 0 still waiting for a worker\n" {
		t.Errorf("replay: %s", got)
	}
	seen.lineWith(t, host, "(the host)", "UNKNOWN")
	if left := s.letters(t); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
	s.stop(t, os.Interrupt)
}

func TestReplayOfAllSaysWhatIsStillWrong(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	s.bad(t, messages.KindScan.Subject("web-1"), nil, []byte("no MessagePack"))
	eventually(t, func() bool { return len(s.letters(t)) == 1 }, "it is a dead letter")
	if got := must(t, s.ask(t, "dead-letters", "replay", "--all", "--wait", "30s")); !containsAll(got, []string{"1 dead letter put back", "0 applied, 1 dead letters again", "2  scan of web-1: "}) {
		t.Errorf("replay: %s", got)
	}
}
