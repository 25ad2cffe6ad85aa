package streams_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
	"github.com/patchstream/patchstream/worker/workertest"
)

const ackWait = 7 * time.Second

func ensure(t *testing.T, js jetstream.JetStream) *streams.Set {
	t.Helper()
	return workertest.Streams(t, js, ackWait)
}

// configs returns the configuration of every stream, the buckets' too.
func configs(t *testing.T, js jetstream.JetStream) map[string]jetstream.StreamConfig {
	t.Helper()
	all := make(map[string]jetstream.StreamConfig)
	list := js.ListStreams(t.Context())
	for info := range list.Info() {
		all[info.Config.Name] = info.Config
	}
	if list.Err() != nil {
		t.Fatal(list.Err())
	}
	return all
}

func TestCreatesWhatTheContractNames(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	set := ensure(t, js)
	have := configs(t, js)
	type kept struct {
		Subjects   string
		Retention  jetstream.RetentionPolicy
		Discard    jetstream.DiscardPolicy
		MaxAge     time.Duration
		PerSubject int64
		Direct     bool
		Schedules  bool
	}
	const day = 24 * time.Hour
	want := map[string]kept{
		"PATCH_EVENTS":       {"patch.scan.> patch.run.> patch.override.> patch.recheck.> patch.retire.>", jetstream.WorkQueuePolicy, jetstream.DiscardNew, 0, -1, false, false},
		"PATCH_LATER":        {"patch.later.> patch.due.>", jetstream.WorkQueuePolicy, jetstream.DiscardOld, 0, -1, false, true},
		"PATCH_CHANGES":      {"patch.changed.> patch.status.>", jetstream.LimitsPolicy, jetstream.DiscardOld, 400 * day, -1, false, false},
		"PATCH_DEAD":         {"patch.dead.>", jetstream.LimitsPolicy, jetstream.DiscardOld, 30 * day, -1, false, false},
		"PATCH_RESEND":       {"patch.resend.>", jetstream.LimitsPolicy, jetstream.DiscardOld, 7 * day, 1, true, false},
		"KV_PATCH_HOSTS":     {"$KV.PATCH_HOSTS.>", jetstream.LimitsPolicy, jetstream.DiscardNew, 0, 1, true, false},
		"KV_PATCH_BASELINES": {"$KV.PATCH_BASELINES.>", jetstream.LimitsPolicy, jetstream.DiscardNew, 0, 64, true, false},
		"KV_PATCH_ATTEMPTS":  {"$KV.PATCH_ATTEMPTS.>", jetstream.LimitsPolicy, jetstream.DiscardNew, 7 * day, 1, true, false},
		"KV_PATCH_SCANS":     {"$KV.PATCH_SCANS.>", jetstream.LimitsPolicy, jetstream.DiscardNew, 0, 1, true, false},
		"KV_PATCH_ITEMS":     {"$KV.PATCH_ITEMS.>", jetstream.LimitsPolicy, jetstream.DiscardNew, 0, 1, true, false},
	}
	got := make(map[string]kept)
	for name, c := range have {
		got[name] = kept{strings.Join(c.Subjects, " "), c.Retention, c.Discard, c.MaxAge, c.MaxMsgsPerSubject, c.AllowDirect, c.AllowMsgSchedules}
		if c.Replicas != 1 {
			t.Errorf("%s has %d replicas on a server alone", name, c.Replicas)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("streams (-contract +created):\n%s", diff)
	}
	if dead := have[messages.StreamDead]; dead.Duplicates != dead.MaxAge {
		t.Errorf("dead letters are told apart for %s, and kept for %s", dead.Duplicates, dead.MaxAge)
	}
	for _, consumer := range []jetstream.Consumer{set.Worker, set.Due} {
		c := consumer.CachedInfo().Config
		if c.AckPolicy != jetstream.AckExplicitPolicy || c.MaxDeliver != -1 || c.AckWait != ackWait || c.Durable == "" {
			t.Errorf("consumer %+v", c)
		}
	}
	if len(set.Incarnation) != 8 {
		t.Errorf("incarnation %q", set.Incarnation)
	}
}

func TestEnsureTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	first := ensure(t, js)
	before := configs(t, js)
	second := ensure(t, js)
	if diff := cmp.Diff(before, configs(t, js)); diff != "" {
		t.Errorf("the second time changed (-before +after):\n%s", diff)
	}
	if first.Incarnation != second.Incarnation || !cmp.Equal(first.Created, second.Created) {
		t.Errorf("incarnation %q, then %q", first.Incarnation, second.Incarnation)
	}
}

func TestManyWorkersThatBeginAtOnceAgree(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	incarnations := make([]string, 6)
	var all sync.WaitGroup
	for i := range incarnations {
		js := workertest.JetStream(t, s)
		all.Go(func() {
			set, err := streams.Ensure(t.Context(), js, streams.Config{AckWait: ackWait})
			if err != nil {
				t.Errorf("worker %d: %v", i, err)
				return
			}
			incarnations[i] = set.Incarnation
		})
	}
	all.Wait()
	if len(slices.Compact(incarnations)) != 1 {
		t.Errorf("incarnations %q", incarnations)
	}
}

func TestAnOperatorsAgeAndSizeAreLeftAlone(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	ensure(t, js)
	for name, change := range map[string]func(*jetstream.StreamConfig){
		messages.StreamEvents:  func(c *jetstream.StreamConfig) { c.MaxBytes, c.MaxMsgs = 64<<20, 1_000_000 },
		messages.StreamChanges: func(c *jetstream.StreamConfig) { c.MaxAge, c.MaxBytes = 30*24*time.Hour, 64<<20 },
		messages.StreamDead:    func(c *jetstream.StreamConfig) { c.MaxAge = 90 * 24 * time.Hour },
		messages.StreamResend:  func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour; c.Description = "ours" },
		"KV_PATCH_HOSTS":       func(c *jetstream.StreamConfig) { c.MaxBytes = 64 << 20 },
	} {
		c := configs(t, js)[name]
		change(&c)
		if _, err := js.UpdateStream(t.Context(), c); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	before := configs(t, js)
	set := ensure(t, js)
	if diff := cmp.Diff(before, configs(t, js)); diff != "" {
		t.Errorf("Ensure changed (-operator +after):\n%s", diff)
	}
	if set.ChangesMaxAge != 30*24*time.Hour {
		t.Errorf("ChangesMaxAge %s", set.ChangesMaxAge)
	}
}

func TestStopsWithTheDifferenceNamed(t *testing.T) {
	t.Parallel()
	workQueue := jetstream.StreamConfig{Retention: jetstream.WorkQueuePolicy, Discard: jetstream.DiscardNew, Subjects: []string{"patch.scan.>", "patch.run.>", "patch.override.>", "patch.recheck.>"}}
	for name, c := range map[string]struct {
		stream jetstream.StreamConfig
		names  []string
	}{
		"retention": {jetstream.StreamConfig{Name: "PATCH_EVENTS", Discard: jetstream.DiscardNew, Subjects: workQueue.Subjects}, []string{"PATCH_EVENTS", "retention is Limits, must be WorkQueue"}},
		"an age limit for events": {func() jetstream.StreamConfig {
			c := workQueue
			c.Name, c.MaxAge = "PATCH_EVENTS", time.Hour
			return c
		}(), []string{"max age is 1h0m0s, must be 0s"}},
		"schedules for events": {func() jetstream.StreamConfig {
			c := workQueue
			c.Name, c.Discard, c.AllowMsgSchedules = "PATCH_EVENTS", jetstream.DiscardOld, true
			return c
		}(), []string{"allowing message schedules is true"}},
		"events dropped when full": {func() jetstream.StreamConfig {
			c := workQueue
			c.Name, c.Discard = "PATCH_EVENTS", jetstream.DiscardOld
			return c
		}(), []string{"discard is DiscardOld, must be DiscardNew"}},
		"direct gets of changes":         {jetstream.StreamConfig{Name: "PATCH_CHANGES", AllowDirect: true, Subjects: []string{"patch.changed.>", "patch.status.>"}}, []string{"direct gets is true"}},
		"a limit of changes per subject": {jetstream.StreamConfig{Name: "PATCH_CHANGES", MaxMsgsPerSubject: 5, Subjects: []string{"patch.changed.>", "patch.status.>"}}, []string{"messages per subject"}},
		"two differences":                {jetstream.StreamConfig{Name: "PATCH_LATER", Subjects: []string{"patch.later.>"}}, []string{"retention", "schedules", ";"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			js := workertest.JetStream(t, workertest.Server(t))
			if _, err := js.CreateStream(t.Context(), c.stream); err != nil {
				t.Fatal(err)
			}
			_, err := streams.Ensure(t.Context(), js, streams.Config{AckWait: ackWait})
			if err == nil {
				t.Fatal("Ensure took it")
			}
			for _, part := range c.names {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

// olderEvents is PATCH_EVENTS as an older version has made it, with what an operator has changed, and a subject more.
func olderEvents(t *testing.T, js jetstream.JetStream) jetstream.StreamConfig {
	t.Helper()
	ensure(t, js)
	c := configs(t, js)[messages.StreamEvents]
	c.Subjects, c.MaxBytes = []string{"patch.scan.>", "patch.run.>", "ours.>", "patch.override.>"}, 64<<20
	if _, err := js.UpdateStream(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAStreamIsGivenTheSubjectsThatItLacks(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	want := olderEvents(t, js)
	want.Subjects = append(want.Subjects, "patch.recheck.>", "patch.retire.>")
	workertest.Send(t, js, nats.NewMsg("ours.x"))
	ensure(t, js)
	if diff := cmp.Diff(want, configs(t, js)[messages.StreamEvents]); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
	if n := workertest.Queued(t, js); n != 1 {
		t.Errorf("%d messages are queued", n)
	}
}

func TestTheSubjectsThatAStreamLacksAreNamedWithoutTheRightToAddThem(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t, withUsers)
	olderEvents(t, as(t, s, "admin", "a"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // the server does not answer whoever lacks the right
	defer cancel()
	_, err := streams.Ensure(ctx, as(t, s, "worker", "w"), streams.Config{AckWait: ackWait})
	if err == nil || !strings.Contains(err.Error(), "PATCH_EVENTS: it lacks the subjects patch.recheck.> patch.retire.>") {
		t.Errorf("Ensure: %v", err)
	}
}

func TestStopsAtAConsumerThatWouldStrandEvents(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	set := ensure(t, js)
	limited := set.Worker.CachedInfo().Config
	limited.MaxDeliver = 5
	if _, err := set.Events.UpdateConsumer(t.Context(), limited); err != nil {
		t.Fatal(err)
	}
	if _, err := streams.Ensure(t.Context(), js, streams.Config{AckWait: ackWait}); err == nil || !strings.Contains(err.Error(), streams.ConsumerEvents) {
		t.Errorf("Ensure: %v", err)
	}
}

func TestAnExistingConsumerKeepsItsAckWait(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	ensure(t, js)
	set, err := streams.Ensure(t.Context(), js, streams.Config{AckWait: ackWait + time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if got := set.Worker.CachedInfo().Config.AckWait; got != ackWait {
		t.Errorf("AckWait %s", got)
	}
}

// withUsers has a user who may do anything, and one who may use what exists but create, change and delete nothing.
func withUsers(o *server.Options) {
	forbidden := []string{
		"$JS.API.STREAM.CREATE.>", "$JS.API.STREAM.UPDATE.>", "$JS.API.STREAM.DELETE.>",
		"$JS.API.CONSUMER.CREATE.PATCH_EVENTS.>", "$JS.API.CONSUMER.CREATE.PATCH_LATER.>", "$JS.API.CONSUMER.DURABLE.CREATE.>",
	}
	o.Users = []*server.User{
		{Username: "admin", Password: "a"},
		{Username: "worker", Password: "w", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Allow: []string{">"}, Deny: forbidden}}},
	}
}

func as(t *testing.T, s *server.Server, user, password string) jetstream.JetStream {
	t.Helper()
	js, err := jetstream.New(workertest.Connect(t, s, nats.UserInfo(user, password)))
	if err != nil {
		t.Fatal(err)
	}
	return js
}

func TestWorksWithoutTheRightToCreateWhereEverythingExists(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t, withUsers)
	made := ensure(t, as(t, s, "admin", "a"))
	set := ensure(t, as(t, s, "worker", "w"))
	if set.Incarnation != made.Incarnation {
		t.Errorf("incarnation %q, the stream has %q", set.Incarnation, made.Incarnation)
	}
}

func TestSaysWhatIsMissingWithoutTheRightToCreateIt(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t, withUsers)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // the server does not answer whoever lacks the right
	defer cancel()
	_, err := streams.Ensure(ctx, as(t, s, "worker", "w"), streams.Config{AckWait: ackWait})
	if err == nil || !strings.Contains(err.Error(), "PATCH_EVENTS") || !strings.Contains(err.Error(), "missing") {
		t.Errorf("Ensure: %v", err)
	}
}

func changesWithoutIncarnation(t *testing.T, js jetstream.JetStream) {
	t.Helper()
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: messages.StreamChanges, Subjects: []string{"patch.changed.>", "patch.status.>"}, Metadata: map[string]string{"team": "ops"}}); err != nil {
		t.Fatal(err)
	}
}

func TestAStreamThatAnOperatorMadeGetsAnIncarnationThatLasts(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	changesWithoutIncarnation(t, js)
	first, second := ensure(t, js), ensure(t, js)
	meta := configs(t, js)[messages.StreamChanges].Metadata
	if len(first.Incarnation) != 8 || first.Incarnation != second.Incarnation || meta["incarnation"] != first.Incarnation || meta["team"] != "ops" {
		t.Errorf("incarnations %q and %q, metadata %v", first.Incarnation, second.Incarnation, meta)
	}
}

func TestTheIncarnationIsTheSameForAllWhoMayNotWriteItDown(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t, withUsers)
	admin := as(t, s, "admin", "a")
	ensure(t, admin)
	if err := admin.DeleteStream(t.Context(), messages.StreamChanges); err != nil {
		t.Fatal(err)
	}
	changesWithoutIncarnation(t, admin)
	ctx, cancel := context.WithTimeout(t.Context(), workertest.Deadline)
	defer cancel()
	var ids []string
	for range 2 {
		set, err := streams.Ensure(ctx, as(t, s, "worker", "w"), streams.Config{AckWait: ackWait})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, set.Incarnation)
	}
	if ids[0] != ids[1] || len(ids[0]) != 8 {
		t.Errorf("incarnations %q", ids)
	}
	if set := ensure(t, admin); set.Incarnation != ids[0] {
		t.Errorf("whoever may write it down wrote %q, the others use %q", set.Incarnation, ids[0])
	}
}

func TestAStreamMadeAnewHasAnotherIncarnation(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	first := ensure(t, js)
	if err := js.DeleteStream(t.Context(), messages.StreamChanges); err != nil {
		t.Fatal(err)
	}
	if second := ensure(t, js); second.Incarnation == first.Incarnation {
		t.Errorf("incarnation %q again", first.Incarnation)
	}
}

func TestAnIncarnationOfAnotherLengthIsRefused(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: messages.StreamChanges, Subjects: []string{"patch.changed.>", "patch.status.>"}, Metadata: map[string]string{"incarnation": "x"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := streams.Ensure(t.Context(), js, streams.Config{AckWait: ackWait}); err == nil || !strings.Contains(err.Error(), "incarnation") {
		t.Errorf("Ensure: %v", err)
	}
}
