package baselines_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/workertest"
)

func TestAGroupIsRegisteredOnceAndDeregisteredFromWhatItHas(t *testing.T) {
	t.Parallel()
	store, _, _ := open(t)
	put(t, store, "web", webBaseline)
	put(t, store, "other", webBaseline)
	bound := func() string {
		library, err := store.Library(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return library.Groups[classify.GroupKey{System: "UBUNTU", Group: "shop"}]
	}
	for i, c := range []struct {
		do   func() error
		err  error
		want string
	}{
		{func() error { return store.Deregister(t.Context(), "UBUNTU", "shop", "web") }, baselines.ErrNotRegistered, ""},
		{func() error { return store.Register(t.Context(), "UBUNTU", "shop", "nobody's") }, baselines.ErrNoBaseline, ""},
		{func() error { return store.Register(t.Context(), "DEBIAN", "shop", "web") }, baselines.ErrSystem, ""},
		{func() error { return store.Register(t.Context(), "UBUNTU", "shop", "web") }, nil, "web"},
		{func() error { return store.Register(t.Context(), "UBUNTU", "shop", "web") }, nil, "web"},
		{func() error { return store.Register(t.Context(), "UBUNTU", "shop", "other") }, baselines.ErrRegistered, "web"},
		{func() error { return store.Deregister(t.Context(), "UBUNTU", "shop", "other") }, baselines.ErrNotRegistered, "web"},
		{func() error { return store.Deregister(t.Context(), "UBUNTU", "shop", "web") }, nil, ""},
		{func() error { return store.Register(t.Context(), "UBUNTU", "shop", "other") }, nil, "other"},
	} {
		if err := c.do(); !errors.Is(err, c.err) {
			t.Errorf("%d: %v", i, err)
		}
		if got := bound(); got != c.want {
			t.Errorf("%d: %q applies, want %q", i, got, c.want)
		}
	}
}

// Of many who register a group at a time, one succeeds.
func TestOfManyWhoRegisterAGroupOneSucceeds(t *testing.T) {
	t.Parallel()
	store, _, _ := open(t)
	const writers = 6
	errs := make(chan error)
	for i := range writers {
		put(t, store, fmt.Sprint("b", i), webBaseline)
	}
	for i := range writers {
		go func() { errs <- store.Register(t.Context(), "UBUNTU", "shop", fmt.Sprint("b", i)) }()
	}
	succeeded := 0
	for range writers {
		switch err := workertest.Wait(t, "a writer", errs); {
		case err == nil:
			succeeded++
		case !errors.Is(err, baselines.ErrRegistered):
			t.Error(err)
		}
	}
	if succeeded != 1 {
		t.Errorf("%d succeeded", succeeded)
	}
}

// Each adds an entry of its own to what is there: none is lost.
func TestUpdatesOfABaselineUndoNothingOfEachOther(t *testing.T) {
	t.Parallel()
	store, _, _ := open(t)
	put(t, store, "web", `{"Name": "web", "ApprovedPatches": ["a"]}`)
	const writers = 4
	errs := make(chan error)
	for i := range writers {
		go func() {
			_, err := store.By("x").Update(t.Context(), "web", func(text []byte) ([]byte, error) {
				return []byte(strings.Replace(string(text), `["a"`, fmt.Sprintf(`["a", "b%d"`, i), 1)), nil
			})
			errs <- err
		}()
	}
	for range writers {
		if err := workertest.Wait(t, "a writer", errs); err != nil {
			t.Error(err)
		}
	}
	text, _, err := store.Get(t.Context(), "web")
	if err != nil {
		t.Fatal(err)
	}
	for i := range writers {
		if !strings.Contains(string(text), fmt.Sprintf(`"b%d"`, i)) {
			t.Errorf("b%d is lost: %s", i, text)
		}
	}
	same := func(text []byte) ([]byte, error) { return text, nil }
	if r, err := store.Update(t.Context(), "web", same); err != nil || r.Number != writers+1 || r.By != "x" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := store.Update(t.Context(), "none", same); !errors.Is(err, baselines.ErrNoBaseline) {
		t.Error(err)
	}
}

func TestTagsAreKeptUntilTheBaselineIsRemoved(t *testing.T) {
	t.Parallel()
	store, _, _ := open(t)
	put(t, store, "web", webBaseline)
	tag := func(key, value string) {
		t.Helper()
		err := store.By("x").ChangeTags(t.Context(), "web", func(tags map[string]string) (map[string]string, error) {
			tags[key] = value
			return tags, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	tags := func() map[string]string {
		got, err := store.Tags(t.Context(), "web")
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := tags(); len(got) != 0 {
		t.Error(got)
	}
	tag("team", "web")
	tag("cost", "")
	if got := tags(); !maps.Equal(got, map[string]string{"team": "web", "cost": ""}) {
		t.Error(got)
	}
	if library, err := store.Library(t.Context()); err != nil || len(library.Baselines) != 1 {
		t.Errorf("%+v, %v", library, err)
	}
	if err := store.Remove(t.Context(), "web"); err != nil {
		t.Fatal(err)
	}
	if got := tags(); len(got) != 0 {
		t.Error(got)
	}
	log, err := store.Log(t.Context())
	if err != nil || log[1].About != baselines.AboutTags || log[1].Name != "web" || log[1].By != "x" || log[1].Value != `{"team":"web"}` {
		t.Errorf("%+v, %v", log, err)
	}
}
