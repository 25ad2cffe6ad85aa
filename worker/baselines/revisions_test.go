package baselines_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/workertest"
)

// Who stores a thousand baselines in a minute, as Terraform does, must not use up the consumers that a stream may have.
func TestWhatReadsRevisionsIsSoonForgottenByTheServer(t *testing.T) {
	t.Parallel()
	store, _, js := open(t)
	put(t, store, "web", webBaseline)
	if _, err := store.Numbers(t.Context()); err != nil {
		t.Fatal(err)
	}
	workertest.SoonForgotten(t, js, messages.BucketStream(messages.BucketBaselines))
}

func TestRevisionsCountFromOneForEachBaseline(t *testing.T) {
	t.Parallel()
	store, kv, _ := open(t)
	ctx := t.Context()
	put(t, store, "other", anySystem)
	ann := store.By("ann")
	for i, c := range []struct {
		text   string
		number uint64
		isNew  bool
	}{
		{webBaseline, 1, true},
		{webBaseline, 1, false},
		{`{"ApprovedPatches": ["openssl*"], "OperatingSystem":"UBUNTU", "Name":"web"}`, 1, false}, // the same in another order
		{strings.Replace(webBaseline, "openssl*", "curl", 1), 2, true},
		{webBaseline, 3, true},
	} {
		r, isNew, err := ann.PutRevision(ctx, "web", []byte(c.text))
		if err != nil || r.Number != c.number || isNew != c.isNew || r.By != "ann" {
			t.Errorf("%d: %+v, new %v, %v", i, r, isNew, err)
		}
	}
	if _, err := kv.PutString(ctx, "baseline.web", anySystem); err != nil { // another tool
		t.Fatal(err)
	}
	if err := ann.Remove(ctx, "web"); err != nil {
		t.Fatal(err)
	}
	if err := ann.Remove(ctx, "web"); !errors.Is(err, baselines.ErrNoBaseline) {
		t.Errorf("removed twice: %v", err)
	}
	if r, isNew, err := store.PutRevision(ctx, "web", []byte(webBaseline)); err != nil || !isNew || r.Number != 5 {
		t.Errorf("after the removal: %+v, %v", r, err)
	}
	history, err := store.History(ctx, "web")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range history {
		got = append(got, fmt.Sprintf("%d %s %v", r.Number, r.By, r.Removed))
		if r.At.IsZero() || r.Revision == 0 {
			t.Errorf("%+v", r)
		}
	}
	if want := "1 ann false, 2 ann false, 3 ann false, 4  false, 4 ann true, 5  false"; strings.Join(got, ", ") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, ", "), want)
	}
	if text, _, err := store.At(ctx, "web", 2); err != nil || !strings.Contains(string(text), "curl") {
		t.Errorf("revision 2: %s, %v", text, err)
	}
	if _, _, err := store.At(ctx, "web", 9); !errors.Is(err, baselines.ErrNoBaseline) {
		t.Errorf("revision 9: %v", err)
	}
}

// The bucket forgets the oldest, and the count goes on.
func TestRevisionsGoOnWhereTheOldestAreForgotten(t *testing.T) {
	t.Parallel()
	store, _, _ := open(t)
	for i := range 70 {
		put(t, store, "web", fmt.Sprintf(`{"Name": "web", "Description": "%d"}`, i))
	}
	numbers, err := store.Numbers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if all := numbers["web"]; len(all) != 64 || all[0].Number != 7 || all[63].Number != 70 || numbers.Of("web", all[63].Revision) != 70 || numbers.Of("web", 1) != 0 {
		t.Errorf("%+v", all)
	}
}

// When a baseline was created outlives its first revision, and a revision of another tool that does not note it. It begins anew after a removal.
func TestWhenABaselineWasCreatedOutlivesItsFirstRevision(t *testing.T) {
	t.Parallel()
	store, kv, _ := open(t)
	history := func() []baselines.Revision {
		t.Helper()
		all, err := store.History(t.Context(), "web")
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	put(t, store, "web", webBaseline)
	first := history()[0]
	if !first.Created.Equal(first.At) {
		t.Errorf("the first: %+v", first)
	}
	for i := range 80 {
		text := fmt.Sprintf(`{"Name": "web", "Description": "%d"}`, i)
		if i != 3 && i != 40 {
			put(t, store, "web", text)
		} else if _, err := kv.PutString(t.Context(), "baseline.web", text); err != nil {
			t.Fatal(err)
		}
	}
	all := history()
	for _, r := range all {
		if !r.Created.Equal(first.At) || !r.At.After(first.At) {
			t.Errorf("revision %d of %s, created %s, not %s", r.Number, r.At, r.Created, first.At)
		}
	}
	if err := store.Remove(t.Context(), "web"); err != nil {
		t.Fatal(err)
	}
	put(t, store, "web", webBaseline)
	put(t, store, "web", anySystem)
	all = history()
	if again := all[len(all)-2:]; !again[0].Created.Equal(again[0].At) || !again[1].Created.Equal(again[0].At) {
		t.Errorf("after a removal: %+v", again)
	}
}

// Of revisions that older versions stored, the oldest that is kept stands for the first one, and does so from then on.
func TestACreationThatNobodyNotedIsTheOldestKept(t *testing.T) {
	t.Parallel()
	store, kv, _ := open(t)
	for i := range 70 {
		if _, err := kv.PutString(t.Context(), "baseline.web", fmt.Sprintf(`{"Name": "web", "Description": "%d"}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	before, err := store.History(t.Context(), "web")
	if err != nil || !before[63].Created.Equal(before[0].At) {
		t.Fatalf("%+v, %v", before, err)
	}
	put(t, store, "web", webBaseline)
	put(t, store, "web", anySystem)
	after, err := store.History(t.Context(), "web")
	if err != nil || !after[63].Created.Equal(before[0].At) || after[0].Revision == before[0].Revision {
		t.Errorf("created %s, not %s, %v", after[63].Created, before[0].At, err)
	}
}

func TestABaselineThatAppliesIsNotRemoved(t *testing.T) {
	t.Parallel()
	store, _, _ := open(t)
	put(t, store, "web", webBaseline)
	if err := store.Bind(t.Context(), "UBUNTU", "edge", "web"); err != nil {
		t.Fatal(err)
	}
	if err := store.Remove(t.Context(), "web"); !errors.Is(err, baselines.ErrBound) || !strings.Contains(err.Error(), "group edge on UBUNTU") {
		t.Errorf("%v", err)
	}
	if err := errors.Join(store.Bind(t.Context(), "UBUNTU", "edge", ""), store.Remove(t.Context(), "web")); err != nil {
		t.Error(err)
	}
}

func TestTwoThatStoreAtOnceDoNotCoverEachOther(t *testing.T) {
	t.Parallel()
	store, _, _ := open(t)
	errs := make(chan error)
	for i := range 8 {
		go func() {
			_, _, err := store.PutRevision(t.Context(), "web", fmt.Appendf(nil, `{"Name": "web", "Description": "%d"}`, i))
			errs <- err
		}()
	}
	stored := 0
	for range 8 {
		switch err := <-errs; {
		case err == nil:
			stored++
		case !errors.Is(err, baselines.ErrConflict):
			t.Error(err)
		}
	}
	if history, err := store.History(t.Context(), "web"); err != nil || len(history) != stored || history[stored-1].Number != uint64(stored) {
		t.Errorf("%d stored, %+v, %v", stored, history, err)
	}
}
