package items_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/items"
	"github.com/patchstream/patchstream/worker/workertest"
)

func made(t *testing.T) (jetstream.JetStream, *items.Store) {
	t.Helper()
	js := workertest.JetStream(t, workertest.Server(t))
	workertest.Streams(t, js, time.Second)
	return js, items.NewStore(js)
}

func list(kind, hash string, ids ...string) items.List {
	l := items.List{Type: kind, Hash: hash, By: "somebody", PutAt: workertest.At(0), ExecutedAt: workertest.At(0)}
	for _, id := range ids {
		l.Items = append(l.Items, items.Item{ID: id, Severity: messages.High, Compliant: strings.HasPrefix(id, "ok")})
	}
	return l
}

func put(t *testing.T, s *items.Store, host string, l items.List, how items.Upload) bool {
	t.Helper()
	changed, err := s.Put(t.Context(), host, l, how)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// stands is what a host has, in short.
func stands(t *testing.T, s *items.Store, host string) string {
	t.Helper()
	lists, err := s.Lists(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, l := range lists {
		var ids []string
		for _, i := range l.Items {
			ids = append(ids, i.ID)
		}
		words = append(words, l.Type+"="+strings.Join(ids, ","))
	}
	return strings.Join(words, " ")
}

func TestAListIsPutWholeOrInPart(t *testing.T) {
	t.Parallel()
	_, s := made(t)
	for _, c := range []struct {
		list    items.List
		how     items.Upload
		changed bool
		want    string
	}{
		{list("Custom:B", "", "b", "a"), items.Complete, true, "Custom:B=a,b"},
		{list("Custom:A", "h1", "ok"), items.Complete, true, "Custom:A=ok Custom:B=a,b"},
		{list("Custom:A", "h1", "another"), items.Complete, false, "Custom:A=ok Custom:B=a,b"},
		{list("Custom:A", "h2", "c"), items.Partial, true, "Custom:A=c,ok Custom:B=a,b"},
		{list("Custom:B", "", "c"), items.Complete, true, "Custom:A=c,ok Custom:B=c"},
		{list("Custom:B", ""), items.Partial, true, "Custom:A=c,ok Custom:B=c"},
		{list("Custom:B", ""), items.Complete, true, "Custom:A=c,ok"},
		{list("Patch", "h"), items.Complete, true, "Custom:A=c,ok Patch="},
		{list("Patch", "", "openssl.amd64"), items.Partial, true, "Custom:A=c,ok Patch=openssl.amd64"},
		{list("Patch", ""), items.Complete, true, "Custom:A=c,ok"},
	} {
		if changed := put(t, s, "web-1", c.list, c.how); changed != c.changed {
			t.Errorf("%+v: changed %v", c.list, changed)
		}
		if got := stands(t, s, "web-1"); got != c.want {
			t.Errorf("%+v: %s, want %s", c.list, got, c.want)
		}
	}
	if got := stands(t, s, "web-2"); got != "" {
		t.Errorf("another host has %s", got)
	}
}

func TestWhatIsPutComesBackAsItWas(t *testing.T) {
	t.Parallel()
	_, s := made(t)
	l := list("Custom:Backup", "sum", "a")
	l.ExecutionID, l.ExecutionType = "run-1", "Command"
	l.Items[0].Title, l.Items[0].Details = strings.Repeat("long ", 1000), map[string]string{"Vault": "x"}
	put(t, s, "web-1", l, items.Complete)
	lists, err := s.Lists(t.Context(), "web-1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]items.List{l}, lists); diff != "" {
		t.Errorf("put -, read +:\n%s", diff)
	}
}

func TestAHostIsBounded(t *testing.T) {
	t.Parallel()
	_, s := made(t)
	put(t, s, "web-1", list("Patch", "h"), items.Complete)
	for i := range items.MaxTypes {
		put(t, s, "web-1", list(fmt.Sprint("Custom:", i), "", "a"), items.Complete)
	}
	if _, err := s.Put(t.Context(), "web-1", list("Custom:more", "", "a"), items.Complete); !errors.Is(err, items.ErrTypes) {
		t.Error(err)
	}
	big := list("Custom:big", "", "a")
	big.Items[0].Title = strings.Repeat("x", items.MaxBytes)
	if _, err := s.Put(t.Context(), "web-2", big, items.Complete); !errors.Is(err, items.ErrSize) {
		t.Error(err)
	}
	big.Items[0].Title = strings.Repeat("x", items.MaxBytes-1000)
	put(t, s, "web-2", big, items.Complete)
}

func TestARetirementTakesWhatWasPutBeforeIt(t *testing.T) {
	t.Parallel()
	_, s := made(t)
	later := list("Custom:later", "", "a")
	later.PutAt = workertest.At(10)
	put(t, s, "web-1", list("Custom:before", "", "a"), items.Complete)
	put(t, s, "web-1", later, items.Complete)
	for _, c := range []struct {
		minute int
		want   string
	}{{5, "Custom:later=a"}, {5, "Custom:later=a"}, {10, ""}, {10, ""}} {
		if err := s.Retire(t.Context(), "web-1", workertest.At(c.minute)); err != nil {
			t.Fatal(err)
		}
		if got := stands(t, s, "web-1"); got != c.want {
			t.Errorf("minute %d: %s", c.minute, got)
		}
	}
	put(t, s, "web-1", list("Custom:again", "", "a"), items.Complete)
}

// Several put items of one type of one host at a time, again and again: none is lost.
func TestItemsThatArePutAtATimeAreAllThere(t *testing.T) {
	t.Parallel()
	_, s := made(t)
	const writers, rounds = 4, 15
	errs := make(chan error)
	for i := range writers {
		go func() {
			var err error
			for round := 0; round < rounds && err == nil; {
				if _, err = s.Put(t.Context(), "web-1", list("Custom:A", "", fmt.Sprint(i, "-", round)), items.Partial); err == nil {
					round++
				} else if errors.Is(err, items.ErrConflict) {
					err = nil
				}
			}
			errs <- err
		}()
	}
	for range writers {
		if err := workertest.Wait(t, "a writer", errs); err != nil {
			t.Error(err)
		}
	}
	lists, err := s.Lists(t.Context(), "web-1")
	if err != nil || len(lists) != 1 || len(lists[0].Items) != writers*rounds {
		t.Errorf("%d items, %v", len(lists[0].Items), err)
	}
}

// Whatever is put and retired, and whenever it is asked, the counts are those of the lists.
func TestCountsAreThoseOfTheLists(t *testing.T) {
	t.Parallel()
	js, s := made(t)
	counts := items.NewCounts(js)
	random := rand.New(rand.NewPCG(1, 2))
	hosts := []string{"web-1", "web-2", "db-1"}
	for range 60 {
		host := hosts[random.IntN(len(hosts))]
		if random.IntN(6) == 0 {
			if err := s.Retire(t.Context(), host, workertest.At(0)); err != nil {
				t.Fatal(err)
			}
		} else {
			ids := []string{"ok-1", "ok-2", "bad-1", "bad-2"}[:random.IntN(5)]
			put(t, s, host, list(fmt.Sprint("Custom:", random.IntN(3)), "", ids...), items.Complete)
		}
		if random.IntN(3) > 0 {
			continue
		}
		for _, of := range []*items.Counts{counts, items.NewCounts(js)} {
			got, err := of.Hosts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, host := range hosts {
				agree(t, s, host, got[host])
			}
		}
	}
}

func agree(t *testing.T, s *items.Store, host string, counts []items.Count) {
	t.Helper()
	lists, err := s.Lists(t.Context(), host)
	if err != nil || len(lists) != len(counts) {
		t.Fatalf("%s: %d lists, %d counts, %v", host, len(lists), len(counts), err)
	}
	for i, l := range lists {
		ok := 0
		for _, item := range l.Items {
			if item.Compliant {
				ok++
			}
		}
		if c := counts[i]; c.Type != l.Type || c.Compliant[messages.High] != ok || c.NonCompliant[messages.High] != len(l.Items)-ok {
			t.Errorf("%s: %+v counts as %+v", host, l, c)
		}
	}
}

func TestCountsGoOnWithABucketThatWasMadeAnew(t *testing.T) {
	t.Parallel()
	js, s := made(t)
	counts := items.NewCounts(js)
	put(t, s, "web-1", list("Custom:A", "", "a"), items.Complete)
	hosts := func() map[string][]items.Count {
		got, err := counts.Hosts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	before := hosts()
	workertest.SoonForgotten(t, js, messages.BucketStream(messages.BucketItems))
	if len(before["web-1"]) != 1 {
		t.Fatal(before)
	}
	if err := js.DeleteKeyValue(t.Context(), messages.BucketItems); err != nil {
		t.Fatal(err)
	}
	if _, err := counts.Hosts(t.Context()); !errors.Is(err, items.ErrNoBucket) {
		t.Error(err)
	}
	if _, err := s.Lists(context.Background(), "web-1"); !errors.Is(err, items.ErrNoBucket) {
		t.Error(err)
	}
	workertest.Streams(t, js, time.Second)
	put(t, s, "web-2", list("Custom:A", "", "a"), items.Complete)
	if after := hosts(); len(after) != 1 || len(after["web-2"]) != 1 {
		t.Error(after)
	}
}
