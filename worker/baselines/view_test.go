package baselines_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/workertest"
)

// upTo returns the snapshot of a view that has read at least up to a sequence.
func upTo(t *testing.T, view *baselines.View, seq uint64) *baselines.Snapshot {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), workertest.Deadline)
	defer cancel()
	s, err := view.Snapshot(ctx, time.Time{}, seq)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAViewHoldsWhatTheStoreHolds(t *testing.T) {
	t.Parallel()
	store, kv, js := open(t)
	ctx := t.Context()
	put(t, store, "web", webBaseline)
	view := follow(t, js)
	upTo(t, view, 0)
	changes := []func() error{
		func() error { return store.Bind(ctx, "UBUNTU", "web servers", "web") },
		func() error { return store.SetDefault(ctx, "UBUNTU", "web") },
		func() error { return store.SetHostGroup(ctx, "web-1", "blue") },
		func() error { return store.PutSettings(ctx, classify.Settings{FailedUntil: "next-scan"}) },
		func() error { _, err := store.Put(ctx, arn, []byte(anySystem)); return err },
		func() error { _, err := kv.PutString(ctx, "baseline.damaged", "{"); return err },
		func() error { return store.SetHostGroup(ctx, "web-1", "") },
		func() error { return kv.Delete(ctx, "default.UBUNTU") },
		func() error { return kv.Purge(ctx, "group.UBUNTU.web=20servers") },
		func() error { return kv.Delete(ctx, "baseline.web") },
		func() error { _, err := kv.PutString(ctx, "settings", "{"); return err },
		func() error { return kv.Delete(ctx, "settings") },
		func() error { _, err := kv.PutString(ctx, "baseline.=zz", webBaseline); return err },
		func() error { _, err := kv.PutString(ctx, "of.a.later.version", "?"); return err },
	}
	for i, change := range changes {
		if err := change(); err != nil {
			t.Fatalf("change %d: %v", i, err)
		}
		want, err := store.Library(ctx)
		if err != nil {
			t.Fatal(err)
		}
		got := upTo(t, view, uint64(i+2))
		if got.Seq != uint64(i+2) {
			t.Errorf("change %d: the view has read up to %d", i, got.Seq)
		}
		if diff := cmp.Diff(want, got.Library, cmp.AllowUnexported(baseline.Baseline{})); diff != "" {
			t.Errorf("change %d (-store +view):\n%s", i, diff)
		}
	}
}

func TestABaselineThatCannotBeReadStaysAsSuch(t *testing.T) {
	t.Parallel()
	store, kv, js := open(t)
	put(t, store, "web", webBaseline)
	view := follow(t, js)
	upTo(t, view, 1)
	if _, err := kv.PutString(t.Context(), "baseline.web", "{"); err != nil {
		t.Fatal(err)
	}
	if b, stored := upTo(t, view, 2).Library.Baselines["web"]; !stored || b != nil {
		t.Errorf("%v, stored: %v", b, stored)
	}
}

func TestASnapshotDoesNotChange(t *testing.T) {
	t.Parallel()
	store, _, js := open(t)
	put(t, store, "web", webBaseline)
	view := follow(t, js)
	before := upTo(t, view, 1)
	put(t, store, "any", anySystem)
	if err := store.SetDefault(t.Context(), "UBUNTU", "any"); err != nil {
		t.Fatal(err)
	}
	upTo(t, view, 3)
	if before.Seq != 1 || len(before.Library.Baselines) != 1 || len(before.Library.Defaults) != 0 {
		t.Errorf("%+v", before)
	}
}

func TestNeverWaitsForMoreThanTheBucketHas(t *testing.T) {
	t.Parallel()
	store, _, js := open(t)
	put(t, store, "web", webBaseline)
	view := follow(t, js)
	if s := upTo(t, view, 1_000_000); s.Seq != 1 {
		t.Errorf("read up to %d", s.Seq)
	}
}

func TestTakesWhatItHasWhereAnotherBucketIsMeant(t *testing.T) {
	t.Parallel()
	store, _, js := open(t)
	put(t, store, "web", webBaseline)
	view := follow(t, js)
	upTo(t, view, 1)
	if s, err := view.Snapshot(t.Context(), time.Now().Add(-time.Hour), 1_000_000); err != nil || s.Seq != 1 {
		t.Errorf("%+v %v", s, err)
	}
}

func TestASnapshotEndsWithItsContext(t *testing.T) {
	t.Parallel()
	_, _, js := open(t)
	view := baselines.NewView(js, nopLogger, 100*time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := view.Snapshot(ctx, time.Time{}, 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a view that nobody runs: %v", err)
	}
}

func TestPurgedEntriesCountAsRead(t *testing.T) {
	t.Parallel()
	store, _, js := open(t)
	put(t, store, "web", webBaseline)
	last := put(t, store, "gone", webBaseline)
	stream, err := js.Stream(t.Context(), "KV_"+messages.BucketBaselines)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Purge(t.Context(), jetstream.WithPurgeSubject("$KV.PATCH_BASELINES.baseline.gone")); err != nil {
		t.Fatal(err)
	}
	if s := upTo(t, follow(t, js), last); s.Seq < last || len(s.Library.Baselines) != 1 {
		t.Errorf("%+v", s)
	}
}

func TestAViewFollowsABucketThatWasMadeAnew(t *testing.T) {
	t.Parallel()
	store, _, js := open(t)
	put(t, store, "web", webBaseline)
	view := follow(t, js)
	before := upTo(t, view, 1)
	if err := js.DeleteKeyValue(t.Context(), messages.BucketBaselines); err != nil {
		t.Fatal(err)
	}
	bucket(t, js)
	put(t, store, "any", anySystem)
	workertest.Eventually(t, "a snapshot of the new bucket", func() bool {
		s := upTo(t, view, 0)
		return !s.Created.Equal(before.Created) && s.Library.Baselines["any"] != nil && len(s.Library.Baselines) == 1
	})
}
