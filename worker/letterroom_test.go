package worker_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
	"github.com/patchstream/patchstream/worker/workertest"
)

const (
	maxLetters     = 32
	maxLetterBytes = 16 << 20
)

// lettersOf returns how many dead letters of a host are in the stream, and their bytes as JetStream counts them for the
// whole stream, where there are no others.
func lettersOf(t *testing.T, js jetstream.JetStream, host string) (n, bytes int) {
	t.Helper()
	for _, m := range deadLetters(t, js) {
		if m.Subject == "patch.dead.scan."+host || m.Subject == "patch.dead.run."+host {
			n++
			whole := nats.Msg{Subject: m.Subject, Header: m.Header, Data: m.Data}
			bytes += whole.Size()
		}
	}
	return n, bytes
}

// future is an event that may be applied another time: its clock is ahead, its payload as large as is asked for.
func future(t *testing.T, host string, n, bytes int) *nats.Msg {
	t.Helper()
	s := workertest.Scan(host, n, workertest.Package("curl", "1"))
	random := rand.New(rand.NewPCG(1, uint64(n)))
	for range bytes / messages.MaxStringBytes {
		text := ""
		for len(text)+24 <= messages.MaxStringBytes {
			text += noise(random)
		}
		s.Packages[0].Advisories = append(s.Packages[0].Advisories, text)
	}
	s.ID, s.TakenAt = fmt.Sprintf("future-%d", n), time.Now().Add(time.Hour)
	return workertest.Encode(t, s)
}

// One host's letters, of all kinds together, are few and take little, whoever of the workers writes them; the newest stay,
// and so do those of the others.
func TestDeadLettersOfOneHostFillNoDisk(t *testing.T) {
	s := workertest.Server(t, func(o *server.Options) { o.MaxPayload = 8 << 20 })
	js := workertest.JetStream(t, s)
	start(t, s)
	start(t, s)
	workertest.Send(t, js, with(future(t, "web-1", 0, 0), "X", "honest"))
	for n := range 5 { // four of them fit
		workertest.Send(t, js, future(t, "bad", n, 4<<20))
	}
	workertest.Applied(t, js)
	if n, bytes := lettersOf(t, js, "bad"); n == 0 || n > 4 || bytes > maxLetterBytes {
		t.Errorf("the host has %d large letters of %d bytes", n, bytes)
	}
	for n := range 2 * maxLetters {
		kind := []messages.Kind{messages.KindScan, messages.KindRun}[n%2]
		workertest.Send(t, js, &nats.Msg{Subject: kind.Subject("bad"), Data: fmt.Appendf(nil, "letter %d", n), Header: nats.Header{"X": {fmt.Sprint(n)}}})
		if n%8 == 0 {
			workertest.Applied(t, js)
		}
	}
	workertest.Applied(t, js)
	n, bytes := lettersOf(t, js, "bad")
	if n < maxLetters-1 || n > maxLetters || bytes > maxLetterBytes {
		t.Errorf("the host has %d letters of %d bytes", n, bytes)
	}
	if n, _ := lettersOf(t, js, "web-1"); n != 1 {
		t.Errorf("another host has %d letters, not its one", n)
	}
	kept := make(map[string]bool)
	for _, m := range deadLetters(t, js) {
		kept[m.Header.Get("X")] = true
	}
	if !kept[fmt.Sprint(2*maxLetters-1)] || kept["0"] {
		t.Errorf("kept are %v", kept)
	}
}

// Of what no replay can mend only the beginning is kept; what a replay may mend is whole.
func TestADeadLetterThatNoReplayMendsIsCut(t *testing.T) {
	const large, left = 200 << 10, 64 << 10
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	hopeless := make([]byte, large)
	newer := altered(t, workertest.Scan("newer", 0, workertest.Package("curl", "1")), func(f map[string]any) {
		f["v"], f["more"] = 2, string(make([]byte, 1000))
	})
	for _, m := range []*nats.Msg{
		{Subject: "patch.scan.bad", Data: hopeless},
		{Subject: "patch.scan.bad!host", Data: hopeless},
		future(t, "early", 0, large),
		newer,
	} {
		workertest.Send(t, js, m)
	}
	workertest.Applied(t, js)
	whole := 0
	for _, m := range deadLetters(t, js) {
		cut := m.Header.Get(messages.HeaderDeadTruncated)
		switch m.Subject {
		case "patch.dead.scan.bad", "patch.dead.scan._":
			if len(m.Data) != left || cut != fmt.Sprint(large) {
				t.Errorf("%s keeps %d bytes, truncated %q", m.Subject, len(m.Data), cut)
			}
		default:
			if whole++; cut != "" || m.Subject == "patch.dead.scan.newer" && len(m.Data) != len(newer.Data) {
				t.Errorf("%s keeps %d bytes, truncated %q", m.Subject, len(m.Data), cut)
			}
		}
	}
	if whole != 2 {
		t.Errorf("%d whole letters", whole)
	}
}

// A worker with the permissions of an older version may not remove letters. It stores them all the same.
func TestADeadLetterIsStoredWhereNoRoomCanBeMade(t *testing.T) {
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	prepare(t, js)
	dead, err := js.Stream(t.Context(), messages.StreamDead)
	if err != nil {
		t.Fatal(err)
	}
	cfg := dead.CachedInfo().Config
	cfg.DenyPurge = true
	if _, err := js.UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	start(t, s)
	for n := range maxLetters + 3 {
		workertest.Send(t, js, &nats.Msg{Subject: "patch.scan.bad", Data: fmt.Appendf(nil, "letter %d", n)})
	}
	workertest.Applied(t, js)
	if n, _ := lettersOf(t, js, "bad"); n != maxLetters+3 {
		t.Errorf("%d letters are stored", n)
	}
}

func TestTheStreamOfDeadLettersIsBounded(t *testing.T) {
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	if _, err := streams.Ensure(t.Context(), js, streams.Config{}); err != nil {
		t.Fatal(err)
	}
	dead, err := js.Stream(t.Context(), messages.StreamDead)
	if err != nil {
		t.Fatal(err)
	}
	if c := dead.CachedInfo().Config; c.MaxBytes <= 0 || c.Discard != jetstream.DiscardOld {
		t.Errorf("it keeps %d bytes and discards the %s", c.MaxBytes, c.Discard)
	}
}

// Where room could not be made for a while, a host keeps to its bounds once it can, though no letter follows.
func TestAHostForWhichNoRoomCouldBeMadeIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	users := func(deny ...string) []*server.User {
		worker := &server.Permissions{Publish: &server.SubjectPermission{Allow: []string{">"}, Deny: deny}}
		return []*server.User{{Username: "worker", Password: "w", Permissions: worker}, {Username: "admin", Password: "a"}}
	}
	var options *server.Options
	s := workertest.Server(t, func(o *server.Options) {
		o.Users, options = users("$JS.API.STREAM.PURGE."+messages.StreamDead), o
	})
	admin := workertest.Connect(t, s, nats.UserInfo("admin", "a"))
	js, err := jetstream.New(admin)
	if err != nil {
		t.Fatal(err)
	}
	w := launchOn(t, workertest.Connect(t, s, nats.UserInfo("worker", "w")))
	workertest.Wait(t, "that it consumes", w.Started())
	for n := range maxLetters + 1 {
		workertest.Send(t, js, &nats.Msg{Subject: "patch.scan.bad", Data: fmt.Appendf(nil, "letter %d", n)})
	}
	workertest.Applied(t, js)
	if n, _ := lettersOf(t, js, "bad"); n != maxLetters+1 {
		t.Fatalf("%d letters are stored", n)
	}
	allowed := options.Clone()
	allowed.Users, allowed.Port = users(), server.RANDOM_PORT
	if err := s.ReloadOptions(allowed); err != nil {
		t.Fatal(err)
	}
	workertest.Eventually(t, "the oldest letter is removed", func() bool {
		return workertest.State(t, js, messages.StreamDead).Msgs == maxLetters
	})
}
