package hoststate_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/worker/hoststate"
	"github.com/patchstream/patchstream/worker/workertest"
)

func openStore(t *testing.T) (*hoststate.Store, jetstream.KeyValue) {
	t.Helper()
	js := workertest.JetStream(t, workertest.Server(t))
	kv, err := js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "PATCH_HOSTS", History: 1})
	if err != nil {
		t.Fatal(err)
	}
	return hoststate.NewStore(kv, 5*time.Second), kv
}

func encoded(t *testing.T, revision uint64) []byte {
	t.Helper()
	text, err := (&hoststate.Record{Revision: revision}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestOfTwoWritersOfARecordOneHasAConflict(t *testing.T) {
	store, _ := openStore(t)
	ctx := t.Context()
	if r, version, err := store.Load(ctx, "web-1"); r != nil || version != 0 || err != nil {
		t.Fatalf("Load of nothing: %v %d %v", r, version, err)
	}
	first, err := store.Save(ctx, "web-1", encoded(t, 1), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Save(ctx, "web-1", encoded(t, 2), 0); !errors.Is(err, hoststate.ErrConflict) {
		t.Errorf("the second who found no record: %v", err)
	}
	second, err := store.Save(ctx, "web-1", encoded(t, 2), first)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Save(ctx, "web-1", encoded(t, 3), first); !errors.Is(err, hoststate.ErrConflict) {
		t.Errorf("the second who read the first version: %v", err)
	}
	if r, version, err := store.Load(ctx, "web-1"); err != nil || r.Revision != 2 || version != second {
		t.Errorf("Load: %v %d %v", r, version, err)
	}
}

func TestARecordThatWasDeletedIsNoRecordAndCanBeWrittenAnew(t *testing.T) {
	store, kv := openStore(t)
	ctx := t.Context()
	old, err := store.Save(ctx, "web-1", encoded(t, 1), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := kv.Delete(ctx, "web-1"); err != nil {
		t.Fatal(err)
	}
	if r, version, err := store.Load(ctx, "web-1"); r != nil || version != 0 || err != nil {
		t.Fatalf("Load: %v %d %v", r, version, err)
	}
	if _, err := store.Save(ctx, "web-1", encoded(t, 2), old); !errors.Is(err, hoststate.ErrConflict) {
		t.Errorf("whoever still holds the deleted version: %v", err)
	}
	if _, err := store.Save(ctx, "web-1", encoded(t, 2), 0); err != nil {
		t.Error(err)
	}
}

func TestHostsWithARecordAreListed(t *testing.T) {
	store, kv := openStore(t)
	for _, host := range []string{"web-1", "db.example.org", "gone"} {
		if _, err := store.Save(t.Context(), host, encoded(t, 1), 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := kv.Delete(t.Context(), "gone"); err != nil {
		t.Fatal(err)
	}
	hosts, err := store.Hosts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for h := range hosts {
		names = append(names, h)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"db.example.org", "web-1"}) {
		t.Errorf("%q", names)
	}
}
