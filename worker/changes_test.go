package worker_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/workertest"
)

func TestChangesAreCloudEventsWithoutAnIdForDeduplication(t *testing.T) {
	t.Parallel()
	for name, format := range map[string]messages.Format{"application/msgpack": messages.MsgPack, "application/json": messages.JSON} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := workertest.Server(t)
			js := workertest.JetStream(t, s)
			set := prepare(t, js)
			start(t, s, func(c *worker.Config) { c.Changes = format })
			workertest.Publish(t, js, story("web.example.org")[0])
			workertest.Applied(t, js)
			published := workertest.ReadChanges(t, js)["web.example.org"]
			if len(published.Messages) != 2 {
				t.Fatalf("%d messages", len(published.Messages))
			}
			id := set.Incarnation + "/web.example.org/1"
			for i, want := range []map[string]string{
				{"ce-id": id, "ce-type": "patchstream.patch.changed.v1"},
				{"ce-id": id + "/status", "ce-type": "patchstream.host.status.v1"},
			} {
				m := published.Messages[i]
				want["ce-specversion"], want["ce-source"], want["ce-subject"] = "1.0", "/patchstream/"+set.Incarnation, "web.example.org"
				want["Content-Type"], want["ce-datacontenttype"], want["Patch-Revision"] = name, name, "1"
				for header, value := range want {
					if got := m.Header[header]; len(got) != 1 || got[0] != value {
						t.Errorf("%s: %s: %q, want %q", m.Subject, header, got, value)
					}
				}
				if at, err := time.Parse(time.RFC3339Nano, m.Header.Get("ce-time")); err != nil || !at.Equal(published.Changed[0].At) {
					t.Errorf("ce-time %q, at %s", m.Header.Get("ce-time"), published.Changed[0].At)
				}
				if id, there := m.Header["Nats-Msg-Id"]; there {
					t.Errorf("%s has the Nats-Msg-Id %q", m.Subject, id)
				}
				if json := format == messages.JSON; json != strings.HasPrefix(string(m.Data), "{") {
					t.Errorf("%s begins with %q", m.Subject, m.Data[:1])
				}
			}
			if published.Changed[0].ID != id || published.Status[0].ID != id+"/status" {
				t.Errorf("ids %s and %s", published.Changed[0].ID, published.Status[0].ID)
			}
		})
	}
}

func TestTheFirstChangesOfAHostAreItsStory(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	events := []messages.Event{
		workertest.Run("web-1", 1, workertest.Outcome("curl", "7.1", messages.ResultFailed)),
		workertest.Scan("web-1", 2, workertest.Package("openssl", "3.0.1", "3.0.2"), workertest.Package("bash", "5.1")),
		workertest.Scan("web-1", 3, workertest.Package("openssl", "3.0.2")),
		workertest.Scan("web-1", 4, workertest.Package("openssl", "3.0.2"), workertest.Package("zsh", "5.8")),
	}
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	published := workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	type seen struct {
		Revision   uint64
		Initial    bool
		Cause      messages.Cause
		Status     messages.StatusChange
		Level      messages.LevelChange
		Due        int
		Transition string
	}
	var got []seen
	for _, c := range published.Changed {
		line := ""
		for _, transition := range c.Transitions {
			line += fmt.Sprintf("%s %s>%s %s; ", transition.Patch, transition.From, transition.State, transition.Version)
		}
		got = append(got, seen{c.Revision, c.Initial, c.Cause, c.Status, c.Level, c.Counts[string(messages.Missing)], line})
	}
	cause := func(i int, kind messages.Kind) messages.Cause {
		return messages.Cause{Kind: kind, ID: events[i].EventID(), OccurredAt: events[i].Time()}
	}
	want := []seen{
		{1, true, cause(0, messages.KindRun), messages.StatusChange{From: "", To: messages.Unknown, Reasons: []string{"no_complete_scan"}}, messages.LevelChange{}, 0, ""},
		{2, true, cause(1, messages.KindScan), messages.StatusChange{From: messages.Unknown, To: messages.NonCompliant}, messages.LevelChange{To: messages.Unspecified}, 1,
			"bash.amd64 >INSTALLED 5.1; openssl.amd64 >MISSING 3.0.2; "},
		{3, false, cause(2, messages.KindScan), messages.StatusChange{From: messages.NonCompliant, To: messages.Compliant}, messages.LevelChange{From: messages.Unspecified}, 0,
			"bash.amd64 INSTALLED> 5.1; openssl.amd64 MISSING>INSTALLED 3.0.2; "},
		{4, false, cause(3, messages.KindScan), messages.StatusChange{From: messages.Compliant, To: messages.Compliant}, messages.LevelChange{}, 0, "zsh.amd64 >INSTALLED 5.8; "},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +published):\n%s", diff)
	}
	for _, key := range append([]string{messages.CriticalNonCompliant, messages.SecurityNonCompliant, messages.OtherNonCompliant}, names(messages.States())...) {
		if _, there := published.Changed[0].Counts[key]; !there {
			t.Errorf("counts lack %s", key)
		}
	}
	var status []uint64
	for _, m := range published.Status {
		status = append(status, m.Revision)
	}
	if diff := cmp.Diff([]uint64{1, 2, 3}, status); diff != "" {
		t.Errorf("status messages:\n%s", diff)
	}
	if diff := cmp.Diff(published.Changed[1].Head, published.Status[1].Head, cmpopts.IgnoreFields(messages.Head{}, "ID")); diff != "" {
		t.Errorf("the heads of revision 2:\n%s", diff)
	}
}

func names(states []messages.State) []string {
	var all []string
	for _, s := range states {
		all = append(all, string(s))
	}
	return all
}

func TestSinceBeginsWithTheEventThatBroughtTheState(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	events := []messages.Event{
		workertest.Scan("web-1", 1, workertest.Package("curl", "1")),
		workertest.Scan("web-1", 2, workertest.Package("curl", "1", "2")),
		workertest.Scan("web-1", 3, workertest.Package("curl", "1", "2", "3")),
		workertest.Run("web-1", 4, workertest.Outcome("curl", "3", messages.ResultFailed)),
		workertest.Scan("web-1", 5, workertest.Package("curl", "1", "2", "4")),
		workertest.Scan("web-1", 6, workertest.Package("curl", "4")),
	}
	for _, e := range events {
		workertest.Publish(t, js, e)
		workertest.Applied(t, js)
	}
	published := workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	want := []string{"INSTALLED 1 since 1", "MISSING 2 since 2", "MISSING 3 since 2", "FAILED 3 since 2", "MISSING 4 since 2", "INSTALLED 4 since 6"}
	var got []string
	for _, c := range published.Changed {
		transition := c.Transitions[0]
		got = append(got, fmt.Sprintf("%s %s since %.0f", transition.State, transition.Version, transition.Since.Sub(workertest.At(0)).Minutes()))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +published):\n%s", diff)
	}
	if since := workertest.Stored(t, js, "web-1").Report.Patches[0].Since; !since.Equal(workertest.At(6)) {
		t.Errorf("the record says since %s", since)
	}
}

// A clock that was years behind, or an event that was kept for long, makes no patch look overdue for as long.
func TestSinceIsNotLongBeforeTheEventCame(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	old := workertest.Scan("web-1", 1, workertest.Package("curl", "1", "2"))
	old.TakenAt = time.Now().Add(-400 * 24 * time.Hour)
	workertest.Publish(t, js, old)
	workertest.Applied(t, js)
	c := workertest.CheckHost(t, js, "web-1", builtin, time.Now(), old).Changed[0]
	if age := time.Since(c.Transitions[0].Since); age < 30*24*time.Hour || age > 31*24*time.Hour || !c.Cause.OccurredAt.Equal(old.TakenAt) {
		t.Errorf("it is so since %s, by an event of %s", c.Transitions[0].Since, c.Cause.OccurredAt)
	}
	for _, condition := range c.Conditions {
		if age := time.Since(condition.Since); age < 30*24*time.Hour || age > 31*24*time.Hour {
			t.Errorf("%+v", condition)
		}
	}
	if len(c.Conditions) == 0 {
		t.Error("no condition stands")
	}
}

// A condition that comes or goes is published once, with those before, and a status message with it.
func TestAConditionThatComesOrGoesIsPublished(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	failing := func(minute int, why string) *messages.Scan {
		scan := workertest.Scan("web-1", minute, workertest.Package("curl", "1"))
		scan.Complete, scan.Error, scan.Packages = false, why, nil
		return scan
	}
	events := []messages.Event{
		workertest.Scan("web-1", 1, workertest.Package("curl", "1")),
		failing(2, "dpkg runs"), failing(3, "dpkg runs still"),
		workertest.Scan("web-1", 4, workertest.Package("curl", "1")),
	}
	for _, e := range events {
		workertest.Publish(t, js, e)
		workertest.Applied(t, js)
	}
	published := workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	var got []string
	for _, m := range published.Status {
		text := fmt.Sprintf("%d: %s from %q:", m.Revision, m.Status.To, m.ConditionsFrom)
		for _, c := range m.Conditions {
			text += fmt.Sprintf(" %s since %.0f %s", c.Code, c.Since.Sub(workertest.At(0)).Minutes(), c.Detail)
		}
		got = append(got, text)
	}
	want := []string{`1: COMPLIANT from []:`, `2: COMPLIANT from []: scan_failing since 2 dpkg runs`, `3: COMPLIANT from ["scan_failing"]:`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +published):\n%s", diff)
	}
}

// What a run did as a whole is said beside what it changed, and only there.
func TestAChangeSaysOfTheRunThatCausedItHowItEnded(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	failed := workertest.Run("web-1", 2,
		workertest.Outcome("curl", "2", messages.ResultInstalled), workertest.Outcome("openssl", "2", messages.ResultFailed),
		workertest.Outcome("bash", "2", messages.ResultFailed), workertest.Outcome("zsh", "2", messages.ResultSkipped),
		workertest.Outcome("vim", "2", messages.ResultNotAttempted))
	failed.ExitCode, failed.Succeeded, failed.Error = new(100), new(false), "the disk is full"
	failed.Removed = []messages.Removal{{Name: "nano", Arch: "amd64", From: "7.2"}}
	bare := workertest.Run("web-1", 3)
	events := []messages.Event{workertest.Scan("web-1", 1, workertest.Package("curl", "1", "2"), workertest.Package("openssl", "1", "2")), failed, bare}
	for _, e := range events {
		workertest.Publish(t, js, e)
		workertest.Applied(t, js)
	}
	published := workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	want := []*messages.RunSummary{nil, {
		RunID: "r2", Operation: "install", ExitCode: new(100), Succeeded: new(false), Error: "the disk is full",
		Installed: 1, Failed: 2, Skipped: 1, NotAttempted: 1, Removed: 1,
	}, {RunID: "r3", Operation: "install"}}
	var changed, status []*messages.RunSummary
	for _, m := range published.Changed {
		changed = append(changed, m.Run)
	}
	for _, m := range published.Status {
		status = append(status, m.Run)
	}
	if diff := cmp.Diff(want, changed); diff != "" {
		t.Errorf("the changes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, status); diff != "" {
		t.Errorf("the status messages (-want +got):\n%s", diff)
	}
}

func TestWhatChangesNothingIsNotPublished(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	again := story("web-1")[0].(*messages.Scan)
	later := *again
	later.ID, later.TakenAt = "scan-later", workertest.At(30)
	events := []messages.Event{again, &later, workertest.Run("web-1", 40)}
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	published := workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	if len(published.Changed) != 1 {
		t.Errorf("revisions %d", published.Revisions())
	}
	if at := workertest.Stored(t, js, "web-1").Report.About.ScanAt; !at.Equal(workertest.At(30)) {
		t.Errorf("the report rests on a scan of %s", at)
	}
}

func TestTheStreamIsLookedAtOnlyWhereTheRecordCannotTell(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	looks := asked(t, js, "$JS.API.STREAM.MSG.GET."+messages.StreamChanges)
	events := history("web-1")
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	if err := hostsBucket(t, js).Delete(t.Context(), "web-1"); err != nil {
		t.Fatal(err)
	}
	workertest.Publish(t, js, workertest.Override("web-1", 30, "curl.amd64", messages.Failed))
	workertest.Applied(t, js)
	if err := js.Conn().Flush(); err != nil {
		t.Fatal(err)
	}
	// Once for each of the two subjects when there is no record.
	if published := workertest.ReadChanges(t, js)["web-1"]; len(looks) != 4 || len(published.Changed) < 5 {
		t.Errorf("%d looks for revisions %d", len(looks), published.Revisions())
	}
}

func TestALargeChangeIsCompressed(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	random := rand.New(rand.NewPCG(3, 4))
	var packages []messages.Package
	for range 4000 {
		packages = append(packages, workertest.Package(noise(random), "1", "2"))
	}
	large := workertest.Scan("web-1", 1, packages...)
	workertest.Publish(t, js, large)
	workertest.Applied(t, js)
	published := workertest.ReadChanges(t, js)["web-1"]
	workertest.CheckNumbers(t, published)
	if n := len(published.Items()); n != len(packages) {
		t.Errorf("%d of %d packages were published", n, len(packages))
	}
	if got := published.Messages[0].Header.Get("Content-Encoding"); got != "zstd" {
		t.Errorf("%d bytes with the Content-Encoding %q", len(published.Messages[0].Data), got)
	}
	if got := published.Messages[1].Header.Get("Content-Encoding"); got != "" {
		t.Errorf("the status has the Content-Encoding %q", got)
	}
	if packed, _ := workertest.Stored(t, js, "web-1").Outbox.Compressed(); !bytes.Equal(packed, published.Messages[0].Data) {
		t.Error("what is stored and what is published are not the same bytes")
	}
}

// The first change of a host is nearly all packages in order, of which hardly more than the name is worth its place.
func TestTheFirstChangeOfAHostOf700PackagesHas30KB(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../cmd/patchstream/demo/testdata/scan-debian-before.json") // of a real host
	if err != nil {
		t.Fatal(err)
	}
	e, err := messages.Decode(messages.KindScan, text, messages.Sniff(text))
	if err != nil {
		t.Fatal(err)
	}
	scan := e.(*messages.Scan)
	recorded := scan.Packages
	random := rand.New(rand.NewPCG(7, 8))
	for i := 0; len(scan.Packages) < 700; i++ {
		p := recorded[i%len(recorded)]
		p.Name += fmt.Sprintf("-%x", random.Uint32())
		scan.Packages = append(scan.Packages, p)
	}
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	workertest.Publish(t, js, scan)
	workertest.Applied(t, js)
	published := workertest.ReadChanges(t, js)[scan.Host]
	if n, size := len(published.Items()), len(published.Messages[0].Data); n < 600 || size > 30_000 {
		t.Errorf("%d patches in %d bytes", n, size)
	}
}

func TestWhatIsPublishedAreTheBytesOfTheOutbox(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	workertest.Publish(t, js, story("web-1")[0])
	workertest.Applied(t, js)
	text, err := workertest.Stored(t, js, "web-1").Outbox.Text()
	if err != nil {
		t.Fatal(err)
	}
	if published := workertest.ReadChanges(t, js)["web-1"]; !bytes.Equal(text, published.Messages[0].Data) {
		t.Error("what is stored and what is published are not the same bytes")
	}
}

// Workers that publish in different formats read each other's outboxes.
func TestAWorkerOfAnotherFormatPublishesWhatADeadOneHadCommitted(t *testing.T) {
	t.Parallel()
	for name, formats := range map[string][2]messages.Format{"JSON after MessagePack": {messages.MsgPack, messages.JSON}, "MessagePack after JSON": {messages.JSON, messages.MsgPack}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := workertest.Server(t)
			js := workertest.JetStream(t, s)
			dead := startMortal(t, s, worker.StepCommitted, 1, func(c *worker.Config) { c.Changes = formats[0] })
			events := story("web-1")
			workertest.Publish(t, js, events[0])
			dead.wait(t)
			start(t, s, func(c *worker.Config) { c.Changes = formats[1] })
			workertest.Applied(t, js)
			published := workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events[0])
			for _, m := range published.Messages {
				if got := m.Header.Get("Content-Type"); got != formats[1].ContentType() {
					t.Errorf("%s has the Content-Type %s", m.Subject, got)
				}
			}
			if len(published.Messages) != 2 {
				t.Errorf("%d messages", len(published.Messages))
			}
		})
	}
}
