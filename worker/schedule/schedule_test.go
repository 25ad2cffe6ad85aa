package schedule_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/schedule"
	"github.com/patchstream/patchstream/worker/workertest"
)

func TestTheNextScheduleIsTheOneThatWillDo(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	never := time.Time{}
	at := func(seconds float64) time.Time { return now.Add(time.Duration(seconds * float64(time.Second))) }
	year := func(y int) time.Time { return time.Date(y, time.January, 1, 0, 0, 0, 0, time.UTC) }
	for name, c := range map[string]struct{ due, named, want time.Time }{
		"a report that is never due":                     {never, never, never},
		"one that is not due any more":                   {never, at(5), never},
		"the first":                                      {at(60), never, at(60)},
		"the first, within a second":                     {at(59.1), never, at(60)},
		"a scan moved the time on":                       {at(60), at(30), at(30)},
		"nothing moved":                                  {at(60), at(60), at(60)},
		"nothing moved, within a second":                 {at(59.1), at(60), at(60)},
		"an override ends before":                        {at(30), at(60), at(30)},
		"the one that is named has fired, or will":       {at(60), at(-1), at(60)},
		"it is its very time":                            {at(60), at(0), at(60)},
		"what is due was missed":                         {at(-60), at(-60), at(-60)},
		"as late as a server can wait":                   {year(2261), never, year(2261)},
		"later than that":                                {year(2262), never, never},
		"at the end of all years":                        {year(10000).Add(-1), never, never},
		"what is due was missed, and another is to come": {at(-60), at(30), at(-60)},
	} {
		if got := schedule.Next(c.due, c.named, now); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Whatever is named: the schedule that must stand is never too late, to the second, nor too early to find anything.
func TestNextIsNeverTooLate(t *testing.T) {
	t.Parallel()
	instant := rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(0, 5).Draw(t, "seconds"), rapid.SampledFrom([]int64{0, 1, 5e8, 999_999_999}).Draw(t, "nanos")).UTC()
	})
	rapid.Check(t, func(t *rapid.T) {
		due, named, now := instant.Draw(t, "due"), instant.Draw(t, "named").Truncate(time.Second), instant.Draw(t, "now")
		next := schedule.Next(due, named, now)
		switch late := next.Sub(due); {
		case late >= time.Second:
			t.Fatalf("%s late", late)
		case next != named && late < 0:
			t.Fatalf("%s too early", -late)
		case next == named && !next.After(now) && next.Before(due):
			t.Fatal("it has passed, and stands for what is to come")
		case next.Nanosecond() != 0:
			t.Fatalf("%s is no whole second", next)
		}
	})
}

func open(t *testing.T) (*schedule.Schedules, jetstream.JetStream) {
	t.Helper()
	js := workertest.JetStream(t, workertest.Server(t))
	return schedule.New(js, workertest.Streams(t, js, time.Minute).Later, 5*time.Second), js
}

func set(t *testing.T, s *schedule.Schedules, host string, at time.Time) {
	t.Helper()
	if err := s.Set(t.Context(), host, at); err != nil {
		t.Fatal(err)
	}
}

// due waits until that many hosts came up, and returns what did, oldest first.
func due(t *testing.T, js jetstream.JetStream, n int) []workertest.Message {
	t.Helper()
	workertest.Eventually(t, fmt.Sprintf("%d that are due", n), func() bool {
		return len(workertest.Later(t, js, messages.DueSubject(messages.AllHosts))) == n
	})
	return workertest.Held(t, js, messages.StreamLater)
}

func second(from time.Duration) time.Time { return time.Now().Add(from).UTC().Truncate(time.Second) }

// What the server does with a schedule, and what the rest relies on.
func TestAScheduleFiresOnceAtItsTimeAndIsGone(t *testing.T) {
	t.Parallel()
	s, js := open(t)
	at := second(2 * time.Second)
	set(t, s, "web.example.org", at)
	set(t, s, "web.example.org", at)
	set(t, s, "web.example.org", at.Add(time.Hour)) // displaces none
	if n := len(workertest.Held(t, js, messages.StreamLater)); n != 2 {
		t.Fatalf("%d schedules", n)
	}
	due(t, js, 1)
	all := workertest.Held(t, js, messages.StreamLater)
	if len(all) != 2 {
		t.Fatalf("%d messages are left: %v", len(all), all)
	}
	stream, err := js.Stream(t.Context(), messages.StreamLater)
	if err != nil {
		t.Fatal(err)
	}
	fired, err := stream.GetLastMsgForSubject(t.Context(), "patch.due.web.example.org")
	if err != nil {
		t.Fatal(err)
	}
	if fired.Time.Before(at) {
		t.Errorf("it fired %s too early", at.Sub(fired.Time))
	}
	e, err := messages.Decode(messages.KindRecheck, fired.Data, messages.EncodingOf(fired.Header))
	if err != nil || e.HostName() != "web.example.org" || e.EventID() != fmt.Sprintf("due/%d", at.Unix()) {
		t.Errorf("what fired cannot be put back as a recheck: %+v, %v", e, err)
	}
	if left := workertest.Later(t, js, messages.LaterSubjectsOfAll); len(left) != 1 || left[messages.LaterSubject(at.Add(time.Hour), "web.example.org")] != 1 {
		t.Errorf("schedules left: %v", left)
	}
}

func TestAScheduleOfThePastFiresAtOnce(t *testing.T) {
	t.Parallel()
	s, js := open(t)
	set(t, s, "web-1", second(-400*24*time.Hour))
	all := due(t, js, 1)
	if len(all) != 1 || all[0].Subject != "patch.due.web-1" {
		t.Errorf("%v", all)
	}
}

func TestALostScheduleIsToldFromOneThatStandsOrHasFired(t *testing.T) {
	t.Parallel()
	s, js := open(t)
	later := second(time.Hour)
	set(t, s, "stands", later)
	set(t, s, "fired", second(-time.Hour))
	due(t, js, 1)
	for host, want := range map[string]bool{"stands": false, "fired": false, "lost": true} {
		if lost, err := s.Lost(t.Context(), host, later); lost != want || err != nil {
			t.Errorf("%s: %t, %v", host, lost, err)
		}
	}
	if lost, err := s.Lost(t.Context(), "stands", later.Add(time.Second)); !lost || err != nil {
		t.Errorf("another time: %t, %v", lost, err)
	}
}
