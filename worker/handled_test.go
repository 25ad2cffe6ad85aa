package worker_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/workertest"
)

// What looks odd and is no fault of anybody is applied, and dead-letters nothing.

func noDeadLetters(t *testing.T, js jetstream.JetStream) {
	t.Helper()
	for _, letter := range deadLetters(t, js) {
		t.Errorf("dead letter on %s: %s", letter.Subject, letter.Header.Get("Patch-Dead-Reason"))
	}
}

func TestAnOutcomeOfAPackageThatNobodyKnowsIsApplied(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	events := []messages.Event{
		workertest.Run("web-1", 1, workertest.Outcome("early", "1", messages.ResultFailed)),
		story("web-1")[0],
		workertest.Run("web-1", 2, workertest.Outcome("linux-image-6", "6.1", messages.ResultInstalled), workertest.Outcome("libnew", "1.0-", messages.ResultInstalled)),
	}
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	published := workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	noDeadLetters(t, js)
	if c := published.Changed[0]; c.Status.To != messages.Unknown || len(c.Status.Reasons) != 1 {
		t.Errorf("before any scan the host is %+v", c.Status)
	}
}

func TestAnExpiredOverrideIsKeptAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	expired := workertest.Override("web-1", 2, "openssl.amd64", messages.Installed)
	expired.ExpiresAt = workertest.At(3)
	events := []messages.Event{story("web-1")[0], expired}
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	published := workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	noDeadLetters(t, js)
	if len(published.Changed) != 1 || len(workertest.Stored(t, js, "web-1").Facts.Overrides) != 1 {
		t.Errorf("revisions %d", published.Revisions())
	}
}

func TestAnOverrideEndsWithTheFirstEventAfterItsTime(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	clock := new(ahead)
	start(t, s, func(c *worker.Config) { c.Now = clock.now })
	override := workertest.Override("web-1", 2, "openssl.amd64", messages.InstalledOther)
	override.ExpiresAt = time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	events := []messages.Event{story("web-1")[0], override}
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, clock.now(), events...)
	clock.move(2 * time.Hour)
	workertest.Publish(t, js, events[0])
	workertest.Applied(t, js)
	published := workertest.CheckHost(t, js, "web-1", builtin, clock.now(), events...)
	if last := published.Changed[len(published.Changed)-1]; len(published.Changed) != 3 || len(last.Transitions) != 1 || last.Transitions[0].State != messages.Missing {
		t.Errorf("the last of %d changes is %+v", len(published.Changed), last)
	}
}

func TestARecheckOfAHostThatNobodyKnowsLeavesNothing(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	workertest.Publish(t, js, workertest.Recheck("nobody", "r1", 0), workertest.Recheck("nobody", "r2", 1_000_000))
	workertest.Applied(t, js)
	noDeadLetters(t, js)
	if record := workertest.Stored(t, js, "nobody"); record != nil {
		t.Errorf("record %+v", record)
	}
	if published := workertest.ReadChanges(t, js); len(published) != 0 {
		t.Errorf("published %v", published)
	}
}

func TestWhatFellDueIsHandledLikeARecheckWhateverItSays(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	clock := new(ahead)
	start(t, s, func(c *worker.Config) { c.Now = clock.now })
	events := story("web.example.org")
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	clock.move(8 * 24 * time.Hour) // the scan is old now
	sequence := workertest.Send(t, js, &nats.Msg{Subject: "patch.due.web.example.org", Data: []byte("no recheck")})
	workertest.NoneDue(t, js)
	published := workertest.CheckHost(t, js, "web.example.org", builtin, clock.now(), events...)
	if last := published.Changed[len(published.Changed)-1]; last.Status.To != messages.Unknown || last.Cause.Kind != messages.KindDue || last.Cause.ID != fmt.Sprintf("due/%d", sequence) {
		t.Errorf("the last change is %+v", last.Head)
	}
}

func unchangedScan(of *messages.Scan, minute int) *messages.Scan {
	u := *of
	u.ID, u.TakenAt, u.Unchanged, u.Packages = "unchanged", workertest.At(minute), true, nil
	return &u
}

func resendAsked(t *testing.T, js jetstream.JetStream) []string {
	t.Helper()
	var subjects []string
	for _, m := range workertest.ReadAll(t, js, messages.StreamResend) {
		subjects = append(subjects, m.Subject)
	}
	return subjects
}

func TestAnUnchangedScanThatRestsOnNothingHasAFullOneAskedFor(t *testing.T) {
	t.Parallel()
	full := story("web-1")[0].(*messages.Scan)
	other := workertest.Scan("web-1", 1, workertest.Package("bash", "1"))
	for name, before := range map[string][]messages.Event{
		"no scan is kept":           nil,
		"another one is kept":       {other},
		"only a failed one is kept": {func() messages.Event { s := workertest.Scan("web-1", 0); s.Complete, s.Hash = false, ""; return s }()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := workertest.Server(t)
			js := workertest.JetStream(t, s)
			w := start(t, s)
			events := append(before, unchangedScan(full, 2))
			workertest.Publish(t, js, events...)
			workertest.Applied(t, js)
			workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
			if got := resendAsked(t, js); len(got) != 1 || got[0] != "patch.resend.web-1" {
				t.Fatalf("asked for: %q", got)
			}
			w.end(t)
			start(t, s) // another worker knows of the request too
			late := *full
			late.ID, late.TakenAt = "full", workertest.At(3)
			events = append(events, &late)
			workertest.Publish(t, js, &late)
			workertest.Applied(t, js)
			workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
			if got := resendAsked(t, js); len(got) != 0 {
				t.Errorf("still asked for after the full scan: %q", got)
			}
			noDeadLetters(t, js)
		})
	}
}

func TestAnUnchangedScanThatConfirmsAsksForNothingAndIsNoChange(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	full := story("web-1")[0].(*messages.Scan)
	events := []messages.Event{full, unchangedScan(full, 2)}
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	published := workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	if len(published.Changed) != 1 || len(resendAsked(t, js)) != 0 {
		t.Errorf("revisions %d, asked for %q", published.Revisions(), resendAsked(t, js))
	}
	if at := workertest.Stored(t, js, "web-1").Report.About.ScanAt; !at.Equal(workertest.At(2)) {
		t.Errorf("the scan is of %s", at)
	}
}

// An operator may ask too, or the record that knew of it was lost.
func TestAFullScanSettlesARequestOfAnybody(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	prepare(t, js)
	for _, host := range []string{"web-1", "web-2"} {
		if _, err := js.Publish(t.Context(), messages.ResendSubject(host), nil); err != nil {
			t.Fatal(err)
		}
	}
	start(t, s)
	workertest.Publish(t, js, story("web-1")[0])
	workertest.Applied(t, js)
	if got := resendAsked(t, js); len(got) != 1 || got[0] != "patch.resend.web-2" {
		t.Errorf("asked for: %q", got)
	}
}

func TestNoEventWaitsForARequestThatCannotBeSettled(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	log := new(lines)
	start(t, s, log.config)
	scan := story("web-1")[0]
	unchanged := unchangedScan(scan.(*messages.Scan), 0)
	workertest.Publish(t, js, unchanged)
	workertest.Applied(t, js)
	if err := js.DeleteStream(t.Context(), messages.StreamResend); err != nil {
		t.Fatal(err)
	}
	workertest.Publish(t, js, scan)
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), unchanged, scan)
	all := log.read(t)
	if !slices.ContainsFunc(all, func(l map[string]any) bool {
		return strings.Contains(fmt.Sprint(l["error"]), "settle the request for a full scan of web-1")
	}) {
		t.Errorf("log: %v", all)
	}
}

func TestAnOlderFullScanDoesNotSettleTheRequest(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	older := workertest.Scan("web-1", 1, workertest.Package("bash", "1"))
	workertest.Publish(t, js, unchangedScan(story("web-1")[0].(*messages.Scan), 2), older)
	workertest.Applied(t, js)
	if got := resendAsked(t, js); len(got) != 1 {
		t.Errorf("asked for: %q", got)
	}
}

// Who is asked while a worker runs is known to it a moment later, and no full scan asks the server.
func TestARequestThatAnotherMakesMeanwhileIsSettled(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	events := story("web-1")
	for _, e := range []messages.Event{events[0], events[2]} {
		if _, err := js.Publish(t.Context(), messages.ResendSubject("web-1"), nil); err != nil {
			t.Fatal(err)
		}
		settled := func(e messages.Event) bool {
			workertest.Publish(t, js, e)
			workertest.Applied(t, js)
			return len(resendAsked(t, js)) == 0
		}
		scan := *e.(*messages.Scan)
		workertest.Eventually(t, "that the request is settled by the scan, or the one after it", func() bool {
			scan.ID, scan.TakenAt = scan.ID+"+", scan.TakenAt.Add(time.Millisecond)
			next := scan
			return settled(&next)
		})
	}
	if n := workertest.State(t, js, messages.StreamResend).LastSeq; n != 2 {
		t.Errorf("%d requests were made", n)
	}
}
