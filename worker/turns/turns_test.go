package turns_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/worker/turns"
	"github.com/patchstream/patchstream/worker/workertest"
)

func item(n int) turns.Item[int] { return turns.Item[int]{Value: n, Bytes: 1, Joins: true} }

// next takes what comes next and says that it is handled.
func next(t *turns.Turns[int]) string { return nextThatTook(t, turns.Took{}) }

func nextThatTook(t *turns.Turns[int], took turns.Took) string {
	name, items, ok := t.Next()
	if !ok {
		return "closed"
	}
	t.Done(name, len(items), took)
	text := name
	for _, i := range items {
		text += fmt.Sprintf(" %d", i.Value)
	}
	return text
}

func TestHostsTakeTurnsHoweverManyEventsOneSent(t *testing.T) {
	q := turns.New[int](turns.Config{})
	for n := range 5 {
		q.Put("flood", item(n))
	}
	q.Put("a", item(0))
	q.Put("b", item(0))
	for _, want := range []string{"flood 0", "a 0", "b 0", "flood 1"} {
		if got := next(q); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestOneHostIsHandledByOneAtATimeAndInOrder(t *testing.T) {
	q := turns.New[int](turns.Config{})
	q.Put("a", item(1))
	q.Put("a", item(2))
	name, first, _ := q.Next()
	q.Put("b", item(1))
	if got := next(q); got != "b 1" {
		t.Errorf("%q while an event of %s is being handled", got, name)
	}
	q.Done("a", len(first), turns.Took{})
	if got := next(q); got != "a 2" {
		t.Errorf("got %q", got)
	}
}

func TestWhatWaitsOfAHostThatKeptTheOthersWaitingIsHandledTogether(t *testing.T) {
	q := turns.New[int](turns.Config{Joined: 3})
	for n := range 6 {
		q.Put("a", item(n))
	}
	q.Put("a", turns.Item[int]{Value: 6, Bytes: 1}) // it does not join
	q.Put("a", item(7))
	for _, want := range []string{"a 0", "a 1 2 3", "a 4 5", "a 6", "a 7"} {
		if got := nextThatTook(q, turns.Took{Alone: 1}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestWhatIsHandledTogetherIsNotLargerThanItMayBe(t *testing.T) {
	q := turns.New[int](turns.Config{JoinedBytes: 10})
	for n, size := range []int64{1, 4, 4, 4, 20, 5, 5} {
		q.Put("a", turns.Item[int]{Value: n, Bytes: 1, Size: size, Joins: true})
	}
	for _, want := range []string{"a 0", "a 1 2", "a 3", "a 4", "a 5 6"} {
		if got := nextThatTook(q, turns.Took{Alone: 1}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// However much waits of a host, each event is handled by itself while that is at nobody's cost.
func TestEventsOfAHostThatKeepsNobodyWaitingAreHandledOneByOne(t *testing.T) {
	q := turns.New[int](turns.Config{})
	for n := range 100 {
		q.Put("a", item(n))
	}
	for n := range 100 {
		if got, want := next(q), fmt.Sprintf("a %d", n); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

func TestBeyondItsShareNothingOfAHostIsAdmitted(t *testing.T) {
	q := turns.New[int](turns.Config{Bytes: 3})
	admit := func(host string, bytes int64) bool {
		_, ok := q.Admit(host, bytes)
		return ok
	}
	if !admit("a", 100) {
		t.Error("a single event always may wait")
	}
	q.Put("a", turns.Item[int]{Bytes: 2})
	if !admit("a", 1) || admit("a", 2) || !admit("b", 2) {
		t.Error("the share is 3 bytes, 2 are taken")
	}
	if got := next(q); got != "a 0" {
		t.Fatal(got)
	}
	if !admit("a", 2) {
		t.Error("nothing of it waits any more")
	}
}

// The more of a host was given back, and the longer an event of it takes, the later it comes again.
func TestWhatIsNotAdmittedComesAgainAboutWhenItsTurnIs(t *testing.T) {
	q := turns.New[int](turns.Config{Bytes: 1})
	q.Put("a", item(0))
	_, _, _ = q.Next()
	q.Put("a", item(1))
	q.Done("a", 1, turns.Took{Time: time.Second})
	last := time.Duration(0)
	for range 8 {
		after, ok := q.Admit("a", 1)
		if ok || after < last+time.Second {
			t.Errorf("after %s, admitted: %v; the one before: after %s", after, ok, last)
		}
		last = after
	}
	for range 1000 {
		last, _ = q.Admit("a", 1)
	}
	if last > time.Minute {
		t.Errorf("it comes again after %s", last)
	}
}

// Who kept the others waiting rests, and the others go on.
func TestAHostThatKeptTheOthersWaitingRests(t *testing.T) {
	q := turns.New[int](turns.Config{})
	q.Put("dear", item(0))
	_, _, _ = q.Next()
	q.Put("dear", item(1))
	q.Put("dear", item(2))
	q.Put("a", item(0))
	const alone = 50 * time.Millisecond
	began := time.Now()
	q.Done("dear", 1, turns.Took{Time: alone, Alone: alone})
	if got := next(q); got != "a 0" {
		t.Errorf("got %q", got)
	}
	if got := next(q); got != "dear 1 2" { // and what waits of it is handled together
		t.Errorf("got %q", got)
	}
	if rested := time.Since(began); rested < 2*alone {
		t.Errorf("it rested for %s", rested)
	}
}

func TestNobodyRestsOnceItIsClosed(t *testing.T) {
	q := turns.New[int](turns.Config{})
	q.Put("a", item(0))
	_, _, _ = q.Next()
	q.Put("a", item(1))
	q.Done("a", 1, turns.Took{Alone: time.Hour})
	got := make(chan string)
	go func() { got <- next(q); got <- next(q) }()
	q.Close()
	for _, want := range []string{"a 1", "closed"} {
		if text := workertest.Wait(t, want, got); text != want {
			t.Errorf("got %q, want %q", text, want)
		}
	}
}

// Whatever comes, everything is handed out once, in the order of its host, and no host waits for more than one turn of each
// other host.
func TestEverythingIsHandedOutOnceAndEachHostInItsTurn(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		q := turns.New[int](turns.Config{Joined: rapid.IntRange(1, 5).Draw(rt, "joined")})
		put, got := make(map[string]int), make(map[string]int)
		passed := make(map[string]map[string]int) // of each host that waits, how often each other one had its turn since
		for _, step := range rapid.SliceOfN(rapid.IntRange(0, 9), 1, 200).Draw(rt, "steps") {
			waiting := 0
			for host, n := range put {
				waiting += n - got[host]
			}
			if host := fmt.Sprint(step % 4); step < 6 || waiting == 0 {
				if put[host] == got[host] {
					passed[host] = make(map[string]int)
				}
				q.Put(host, turns.Item[int]{Value: put[host], Bytes: 1, Joins: step%2 == 0})
				put[host]++
				continue
			}
			name, items, _ := q.Next()
			for _, i := range items {
				if i.Value != got[name] {
					rt.Fatalf("%s: %d came, %d was next", name, i.Value, got[name])
				}
				got[name]++
			}
			for host, others := range passed {
				if host != name && put[host] > got[host] {
					if others[name]++; others[name] > 1 {
						rt.Fatalf("%s waited while %s had %d turns", host, name, others[name])
					}
				}
			}
			passed[name] = make(map[string]int)
			q.Done(name, len(items), turns.Took{})
		}
	})
}

func TestTheWorstHostsAreFewAndThoseThatTookTheMost(t *testing.T) {
	now := time.Now()
	q := turns.New[int](turns.Config{Bytes: 1, Now: func() time.Time { return now }})
	handled := func(host string, took turns.Took) {
		q.Put(host, item(0))
		_, _, _ = q.Next()
		q.Done(host, 1, took)
	}
	handled("slow", turns.Took{Time: time.Minute})
	handled("large", turns.Took{Bytes: 1 << 30})
	q.Put("many", item(0))
	_, _, _ = q.Next()
	q.Put("many", item(1))
	for range 100 {
		q.Admit("many", 1)
	}
	for n := range 5000 {
		handled(fmt.Sprintf("web-%d", n), turns.Took{Time: time.Millisecond, Bytes: 100})
	}
	worst, others := q.Worst(2)
	names := make(map[string]turns.Load)
	for _, l := range worst {
		names[l.Host] = l
	}
	if len(worst) != 3 || names["slow"].Seconds < 59 || names["large"].Bytes < 1<<30 || names["many"].Refused != 100 {
		t.Errorf("the worst are %+v", worst)
	}
	if others.Seconds > 5 || others.Events < 500 || others.Refused != 0 {
		t.Errorf("the others took %+v", others)
	}
	now = now.Add(5 * time.Minute)
	if worst, _ := q.Worst(1); worst[0].Host != "slow" || worst[0].Seconds < 29 || worst[0].Seconds > 31 {
		t.Errorf("five minutes later: %+v", worst)
	}
}

func TestManyMayUseItAtATime(t *testing.T) {
	q := turns.New[int](turns.Config{})
	const hosts, each = 20, 200
	var handling sync.Map
	var mu sync.Mutex
	var got []int
	var handlers, senders sync.WaitGroup
	for range 8 {
		handlers.Go(func() {
			for {
				name, items, ok := q.Next()
				if !ok {
					return
				}
				if _, twice := handling.LoadOrStore(name, true); twice {
					t.Errorf("%s is handled by two", name)
				}
				mu.Lock()
				for _, i := range items {
					got = append(got, i.Value)
				}
				mu.Unlock()
				handling.Delete(name)
				q.Done(name, len(items), turns.Took{Time: time.Microsecond, Alone: time.Microsecond})
			}
		})
	}
	for h := range hosts {
		senders.Go(func() {
			for n := range each {
				q.Put(fmt.Sprint(h), item(h*each+n))
			}
		})
	}
	senders.Wait()
	q.Close()
	handlers.Wait()
	slices.Sort(got)
	if len(got) != hosts*each || len(slices.Compact(got)) != hosts*each {
		t.Errorf("%d of %d were handed out", len(got), hosts*each)
	}
}

// Hosts that are dear have a part of what may wait together; who is not finds room.
func TestDearHostsLeaveRoomForTheOthers(t *testing.T) {
	q := turns.New[int](turns.Config{Bytes: 10, DearBytes: 12})
	dear := func(host string) {
		q.Put(host, item(0))
		nextThatTook(q, turns.Took{Alone: time.Hour})
	}
	dear("a")
	dear("b")
	dear("c")
	admit := func(host string, bytes int64, want bool) {
		t.Helper()
		if _, ok := q.Admit(host, bytes); ok != want {
			t.Errorf("%d bytes of %s: %v", bytes, host, ok)
		} else if ok {
			q.Put(host, turns.Item[int]{Bytes: bytes})
		}
	}
	admit("a", 20, true) // nothing waits: it could come never
	admit("b", 1, false)
	admit("other", 10, true)
	q.Hurry()
	if got := next(q); got != "other 0" {
		t.Errorf("got %q", got)
	}
	if got := next(q); got != "a 0" {
		t.Errorf("got %q", got)
	}
	admit("b", 10, true)
	admit("c", 2, true)
	admit("c", 1, false)
	admit("b", 1, false)
}

// Where no more may wait, the rest of one host is over, and of no other.
func TestHurryEndsTheRestOfTheHostOfWhichTheMostWaits(t *testing.T) {
	q := turns.New[int](turns.Config{})
	for _, host := range []string{"a", "b", "c"} {
		q.Put(host, item(0))
	}
	for range 3 {
		nextThatTook(q, turns.Took{Alone: time.Hour})
	}
	q.Hurry() // nothing waits of those that rest
	q.Put("a", item(1))
	q.Put("b", turns.Item[int]{Value: 1, Bytes: 5})
	q.Put("c", item(1))
	q.Hurry()
	q.Put("other", item(1))
	for _, want := range []string{"b 1", "other 1"} {
		if got := next(q); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	q.Hurry()
	if got := next(q); got != "a 1" && got != "c 1" {
		t.Errorf("got %q", got)
	}
}
