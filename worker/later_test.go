package worker_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	scheduling "github.com/patchstream/patchstream/worker/schedule"
	"github.com/patchstream/patchstream/worker/workertest"
)

// accepted are the events of a host that is compliant until an override ends.
func accepted(host string, until time.Time) []messages.Event {
	o := workertest.Override(host, 2, "openssl.amd64", messages.Installed)
	o.ExpiresAt = until
	return []messages.Event{workertest.Scan(host, 1, workertest.Package("openssl", "3.0.1", "3.0.2")), o}
}

// soon is when overrides end in these tests: while the test runs, and not before the worker has seen them.
func soon() time.Time { return time.Now().Add(4 * time.Second).UTC() }

// isDue waits until that many hosts are queued that fell due.
func isDue(t *testing.T, js jetstream.JetStream, n int) {
	t.Helper()
	workertest.Eventually(t, fmt.Sprintf("%d that fell due", n), func() bool {
		return len(workertest.Later(t, js, messages.DueSubject(messages.AllHosts))) == n
	})
}

// becomes waits until the record of a host says a status.
func becomes(t *testing.T, js jetstream.JetStream, host string, status messages.HostStatus) {
	t.Helper()
	workertest.Eventually(t, string(status), func() bool {
		stored := workertest.Stored(t, js, host)
		return stored != nil && stored.Report.Status == status
	})
	workertest.NoneDue(t, js)
}

// oneSchedule checks that of a host one schedule stands, for when its scan becomes too old.
func oneSchedule(t *testing.T, js jetstream.JetStream, host string, scan messages.Event) {
	t.Helper()
	want := messages.LaterSubject(scan.Time().Add(7*24*time.Hour+time.Second), host)
	if all := workertest.Later(t, js, messages.LaterSubjectsOfAll); len(all) != 1 || all[want] != 1 {
		t.Errorf("schedules %v, want %s", all, want)
	}
	if got := messages.LaterSubject(workertest.Stored(t, js, host).Later, host); got != want {
		t.Errorf("the record names %s, want %s", got, want)
	}
}

func TestAnOverrideThatEndsIsPublishedWhenItEnds(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	events := accepted("web.example.org", soon())
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	ends := events[1].(*messages.Override).ExpiresAt
	if stored := workertest.Stored(t, js, "web.example.org"); stored.Report.Status != messages.Compliant || stored.Later.Before(ends) || stored.Later.After(ends.Add(time.Second)) {
		t.Fatalf("%s, a schedule for %s", stored.Report, stored.Later)
	}
	becomes(t, js, "web.example.org", messages.NonCompliant)
	published := workertest.CheckHost(t, js, "web.example.org", builtin, time.Now(), events...)
	last := published.Changed[len(published.Changed)-1]
	if c := last.Cause; c.Kind != messages.KindDue || c.ID != "due/3" || c.OccurredAt.Before(ends) || c.OccurredAt.After(time.Now()) {
		t.Errorf("cause %+v", c)
	}
	if len(last.Transitions) != 1 || last.Transitions[0].State != messages.Missing || !last.Transitions[0].Since.Equal(last.Cause.OccurredAt) {
		t.Errorf("transitions %+v", last.Transitions)
	}
	oneSchedule(t, js, "web.example.org", events[0])
}

func TestAHostThatFallsSilentIsPublishedAsUnknown(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	if err := openBaselines(t, js).PutSettings(t.Context(), classify.Settings{ScanMaxAge: classify.Age(2 * time.Second)}); err != nil {
		t.Fatal(err)
	}
	library, _ := libraryNow(t, js)
	scan := workertest.Scan("web-1", 1, workertest.Package("openssl", "3.0.2"))
	scan.TakenAt = time.Now().UTC()
	workertest.Publish(t, js, scan)
	becomes(t, js, "web-1", messages.Unknown)
	published := workertest.CheckHost(t, js, "web-1", library, time.Now(), scan)
	if last := published.Changed[len(published.Changed)-1]; !slices.Contains(last.Status.Reasons, classify.ScanOld) || last.Cause.Kind != messages.KindDue {
		t.Errorf("the last change is %+v", last.Head)
	}
	if all := workertest.Later(t, js, ">"); len(all) != 0 {
		t.Errorf("nothing will change any more, and there is %v", all)
	}
}

// Unchanged scans come every hour, and move the time on at which the host falls silent: none sets another schedule.
func TestAScanThatMovesTheTimeOnSetsNoOtherSchedule(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	first := workertest.Scan("web-1", 1, workertest.Package("openssl", "3.0.2"))
	workertest.Publish(t, js, first, unchangedScan(first, 2), workertest.Scan("web-1", 3, workertest.Package("openssl", "3.0.3")))
	workertest.Applied(t, js)
	oneSchedule(t, js, "web-1", first)
	if last := workertest.State(t, js, messages.StreamLater).LastSeq; last != 1 {
		t.Errorf("%d schedules were set", last)
	}
}

// A schedule too many, as a crash leaves it, finds nothing to do, and is the last of its kind.
func TestAScheduleTooManyDoesNothingAndSetsNoOther(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	scan := workertest.Scan("web-1", 1, workertest.Package("openssl", "3.0.2"))
	workertest.Publish(t, js, scan)
	workertest.Applied(t, js)
	workertest.Publish(t, js, unchangedScan(scan, 2))
	workertest.Applied(t, js)
	loseSchedules(t, js) // whatever the record names
	schedule(t, js, "web-1", time.Now().Add(-time.Hour))
	schedule(t, js, "nobody", time.Now().Add(-time.Hour))
	workertest.Eventually(t, "both have fired", func() bool {
		return workertest.State(t, js, messages.StreamLater).LastSeq >= 6 && len(workertest.Later(t, js, messages.LaterSubjectsOfAll)) == 1
	})
	workertest.NoneDue(t, js)
	oneSchedule(t, js, "web-1", scan)
	published := workertest.CheckHost(t, js, "web-1", builtin, time.Now(), scan, unchangedScan(scan, 2))
	if len(published.Changed) != 1 || workertest.Stored(t, js, "nobody") != nil {
		t.Errorf("revisions %d, and of nobody %v", published.Revisions(), workertest.Stored(t, js, "nobody"))
	}
}

// crashDue kills a worker at a step of handling a host that fell due, and lets a second one go on.
func crashDue(t *testing.T, at worker.Step) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	sets := start(t, s)
	events := accepted("web-1", soon())
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	sets.end(t)
	isDue(t, js, 1)
	startMortal(t, s, at, 1).wait(t)
	start(t, s)
	becomes(t, js, "web-1", messages.NonCompliant)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	oneSchedule(t, js, "web-1", events[0])
}

func TestWhatFellDueIsPublishedOnceWhenKilledBeforeLoading(t *testing.T) {
	crashDue(t, worker.StepLoad)
}

func TestWhatFellDueIsPublishedOnceWhenKilledBeforeMerging(t *testing.T) {
	crashDue(t, worker.StepMerge)
}

func TestWhatFellDueIsPublishedOnceWhenKilledBeforeSchedulingTheNext(t *testing.T) {
	crashDue(t, worker.StepSchedule)
}

func TestWhatFellDueIsPublishedOnceWhenKilledBetweenScheduleAndCommit(t *testing.T) {
	crashDue(t, worker.StepCommit)
}

func TestWhatFellDueIsPublishedOnceWhenKilledBetweenCommitAndPublish(t *testing.T) {
	crashDue(t, worker.StepCommitted)
}

func TestWhatFellDueIsPublishedOnceWhenKilledBeforeTheStatus(t *testing.T) {
	crashDue(t, worker.StepStatus)
}

func TestWhatFellDueIsPublishedOnceWhenKilledBeforeAcknowledging(t *testing.T) {
	crashDue(t, worker.StepAcknowledge)
}

func loseSchedules(t *testing.T, js jetstream.JetStream) {
	t.Helper()
	later, err := js.Stream(t.Context(), messages.StreamLater)
	if err == nil {
		err = later.Purge(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestALostScheduleIsFoundByTheSweep(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]time.Duration{"to come": time.Hour, "missed": 3 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := workertest.Server(t)
			js := workertest.JetStream(t, s)
			sets := start(t, s)
			until := time.Now().Add(ends).UTC()
			events := accepted("web-1", until)
			workertest.Publish(t, js, events...)
			workertest.Applied(t, js)
			sets.end(t)
			loseSchedules(t, js)
			if ends == time.Hour {
				start(t, s)
				want := messages.LaterSubject(workertest.Stored(t, js, "web-1").Later, "web-1")
				workertest.Eventually(t, "its schedule", func() bool { return workertest.Later(t, js, messages.LaterSubjectsOfAll)[want] == 1 })
				return
			}
			workertest.Eventually(t, "the end of the override", func() bool { return time.Now().After(until) })
			start(t, s)
			becomes(t, js, "web-1", messages.NonCompliant)
			workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
			oneSchedule(t, js, "web-1", events[0])
		})
	}
}

// A schedule that should have fired while the disk was full is gone. It is found once something can be written again.
func TestAScheduleThatIsLostWhileNothingCanBeStoredIsFoundAfterwards(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	log := new(lines)
	start(t, s, log.config)
	workertest.Publish(t, js, accepted("web-1", time.Now().Add(time.Hour).UTC())...)
	workertest.Applied(t, js)
	want := messages.LaterSubject(workertest.Stored(t, js, "web-1").Later, "web-1")
	cure := refusing(t, js, "KV_"+messages.BucketAttempts)
	loseSchedules(t, js)
	workertest.Eventually(t, "a failure that is noticed", func() bool { return len(log.read(t)) > 0 })
	cure()
	workertest.Eventually(t, "its schedule", func() bool { return workertest.Later(t, js, messages.LaterSubjectsOfAll)[want] == 1 })
}

func TestAWorkerWhoseClockIsBehindLosesNothingThatFallsDue(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	behind := new(ahead)
	behind.move(-30 * time.Minute)
	start(t, s, func(c *worker.Config) { c.Now = behind.now })
	events := accepted("web-1", soon())
	workertest.Publish(t, js, events...)
	becomes(t, js, "web-1", messages.Compliant)
	becomes(t, js, "web-1", messages.NonCompliant)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	oneSchedule(t, js, "web-1", events[0])
}

// One worker has ended an override, and another whose clock is behind takes the host's next event: the override does not come back.
func TestAWorkerWhoseClockIsBehindShowsNoOverrideAgainThatHasEnded(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	first := start(t, s)
	events := accepted("web-1", soon())
	workertest.Publish(t, js, events...)
	becomes(t, js, "web-1", messages.Compliant)
	becomes(t, js, "web-1", messages.NonCompliant)
	first.end(t)
	behind := new(ahead)
	behind.move(-30 * time.Minute)
	start(t, s, func(c *worker.Config) { c.Now = behind.now })
	run := workertest.Run("web-1", 3)
	events = append(events, run)
	workertest.Publish(t, js, run, workertest.Recheck("web-1", "r", 0))
	workertest.Applied(t, js)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	if status := workertest.Stored(t, js, "web-1").Report.Status; status != messages.NonCompliant {
		t.Errorf("the host is %s", status)
	}
}

// The server is away when a schedule should fire: it fires when the server is back.
func TestAServerThatRestartsBetweenSettingAndFiringLosesNoSchedule(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*testing.T, *server.Options, *server.Server){
		"stopped": func(_ *testing.T, _ *server.Options, s *server.Server) { workertest.Stop(s) },
		"killed": func(t *testing.T, o *server.Options, s *server.Server) { // what is on the disk, as it is
			torn := t.TempDir()
			if err := os.CopyFS(torn, os.DirFS(o.StoreDir)); err != nil {
				t.Fatal(err)
			}
			workertest.Stop(s)
			o.StoreDir = torn
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opts := &server.Options{
				ServerName: "test", DontListen: true, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(), MaxPayload: 8 << 20, SyncAlways: true,
			}
			s, err := workertest.Start(opts.Clone())
			if err != nil {
				t.Fatal(err)
			}
			sets := start(t, s)
			events := accepted("web-1", soon())
			workertest.Publish(t, workertest.JetStream(t, s), events...)
			workertest.Applied(t, workertest.JetStream(t, s))
			sets.end(t)
			stop(t, opts, s)
			until := events[1].(*messages.Override).ExpiresAt
			workertest.Eventually(t, "the end of the override", func() bool { return time.Now().After(until.Add(time.Second)) })
			if s, err = workertest.Start(opts); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { workertest.Stop(s) })
			js := workertest.JetStream(t, s)
			isDue(t, js, 1)
			start(t, s)
			becomes(t, js, "web-1", messages.NonCompliant)
			workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
			oneSchedule(t, js, "web-1", events[0])
		})
	}
}

func TestAClusterThatRestartsBetweenSettingAndFiringLosesNoSchedule(t *testing.T) {
	t.Parallel()
	members := workertest.Members(t, 3)
	servers := workertest.Join(t, members...)
	workertest.Led(t, 3, servers...)
	js := workertest.JetStream(t, servers[0])
	prepare(t, js)
	checkReplicas(t, js, 3)
	sets := start(t, servers[0])
	events := accepted("web-1", time.Now().Add(6*time.Second).UTC())
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	sets.end(t)
	for _, s := range servers {
		workertest.Stop(s)
	}
	servers = workertest.Join(t, members...)
	workertest.Led(t, 3, servers...)
	js = workertest.JetStream(t, servers[0])
	workertest.Streams(t, js, ackWait)
	isDue(t, js, 1)
	start(t, servers[0])
	becomes(t, js, "web-1", messages.NonCompliant)
	workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	oneSchedule(t, js, "web-1", events[0])
}

// schedule sets a schedule as a worker that died had set it.
func schedule(t testing.TB, js jetstream.JetStream, host string, at time.Time) {
	t.Helper()
	later, err := js.Stream(t.Context(), messages.StreamLater)
	if err != nil {
		t.Fatal(err)
	}
	if err := scheduling.New(js, later, 5*time.Second).Set(t.Context(), host, at); err != nil {
		t.Fatal(err)
	}
}
