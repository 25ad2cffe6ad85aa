package record_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/workertest"
)

func openStore(t *testing.T) (*record.Store, jetstream.KeyValue, jetstream.JetStream) {
	t.Helper()
	js := workertest.JetStream(t, workertest.Server(t))
	kv, err := js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "PATCH_HOSTS", History: 1})
	if err != nil {
		t.Fatal(err)
	}
	return record.NewStore(js, kv, 5*time.Second), kv, js
}

// summary is that of a record without a report.
const summary = `{"status":""}`

func encoded(t *testing.T, revision uint64) []byte {
	t.Helper()
	text, err := (&record.Record{Revision: revision}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestOfTwoWritersOfARecordOneHasAConflict(t *testing.T) {
	store, _, _ := openStore(t)
	ctx := t.Context()
	if r, version, err := store.Load(ctx, "web-1"); r != nil || version != 0 || err != nil {
		t.Fatalf("Load of nothing: %v %d %v", r, version, err)
	}
	first, err := store.Save(ctx, "web-1", encoded(t, 1), summary, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Save(ctx, "web-1", encoded(t, 2), summary, 0); !errors.Is(err, record.ErrConflict) {
		t.Errorf("the second who found no record: %v", err)
	}
	second, err := store.Save(ctx, "web-1", encoded(t, 2), summary, first)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Save(ctx, "web-1", encoded(t, 3), summary, first); !errors.Is(err, record.ErrConflict) {
		t.Errorf("the second who read the first version: %v", err)
	}
	if r, version, err := store.Load(ctx, "web-1"); err != nil || r.Revision != 2 || version != second {
		t.Errorf("Load: %v %d %v", r, version, err)
	}
}

func TestTheNewestRecordIsTheLeaders(t *testing.T) {
	store, _, js := openStore(t)
	ctx := t.Context()
	if r, version, err := store.LoadNewest(ctx, "web-1", math.MaxInt); r != nil || version != 0 || err != nil {
		t.Fatalf("LoadNewest of nothing: %v %d %v", r, version, err)
	}
	save := func(host string, revision, after uint64) uint64 {
		version, err := store.Save(ctx, host, encoded(t, revision), summary, after)
		if err != nil {
			t.Fatal(err)
		}
		return version
	}
	first := save("web-1", 1, 0)
	versions := []uint64{first, save("web-1", 2, first)}
	save("web-2", 3, 0)
	if r, version, err := store.LoadNewest(ctx, "web-1", math.MaxInt); err != nil || r.Revision != 2 || version != versions[1] {
		t.Errorf("LoadNewest: %v %d %v", r, version, err)
	}
	for n, version := range versions {
		if newest, err := store.IsNewest(ctx, "web-1", version); newest != (n == 1) || err != nil {
			t.Errorf("version %d of %v is the newest: %t %v", version, versions, newest, err)
		}
	}
	if _, _, err := store.LoadNewest(ctx, "web-1", 0); !errors.As(err, new(*record.LargeError)) {
		t.Errorf("LoadNewest of more than there is room for: %v", err)
	}
	if err := js.DeleteStream(ctx, "KV_PATCH_HOSTS"); err != nil {
		t.Fatal(err)
	}
	if newest, err := store.IsNewest(ctx, "web-1", versions[1]); newest || err == nil {
		t.Errorf("of a bucket that is gone: %t %v", newest, err)
	}
}

func TestARecordThatWasDeletedIsNoRecordAndCanBeWrittenAnew(t *testing.T) {
	for name, remove := range map[string]func(jetstream.KeyValue, context.Context, string) error{
		"deleted": func(kv jetstream.KeyValue, ctx context.Context, host string) error { return kv.Delete(ctx, host) },
		"purged":  func(kv jetstream.KeyValue, ctx context.Context, host string) error { return kv.Purge(ctx, host) },
	} {
		t.Run(name, func(t *testing.T) { writtenAnew(t, remove) })
	}
}

func writtenAnew(t *testing.T, remove func(jetstream.KeyValue, context.Context, string) error) {
	store, kv, _ := openStore(t)
	ctx := t.Context()
	old, err := store.Save(ctx, "web-1", encoded(t, 1), summary, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := remove(kv, ctx, "web-1"); err != nil {
		t.Fatal(err)
	}
	if r, version, err := store.Load(ctx, "web-1"); r != nil || version != 0 || err != nil {
		t.Fatalf("Load: %v %d %v", r, version, err)
	}
	if r, version, err := store.LoadNewest(ctx, "web-1", math.MaxInt); r != nil || version != 0 || err != nil {
		t.Fatalf("LoadNewest: %v %d %v", r, version, err)
	}
	if newest, err := store.IsNewest(ctx, "web-1", old); newest || err != nil {
		t.Errorf("the deleted version is the newest: %t %v", newest, err)
	}
	if _, err := store.Save(ctx, "web-1", encoded(t, 2), summary, old); !errors.Is(err, record.ErrConflict) {
		t.Errorf("whoever still holds the deleted version: %v", err)
	}
	if _, err := store.Save(ctx, "web-1", encoded(t, 2), summary, 0); err != nil {
		t.Error(err)
	}
	if _, err := store.Save(ctx, "web-1", encoded(t, 3), summary, 0); !errors.Is(err, record.ErrConflict) {
		t.Errorf("the second who found it deleted: %v", err)
	}
}

func TestHostsWithARecordAreListed(t *testing.T) {
	store, kv, _ := openStore(t)
	for _, host := range []string{"web-1", "db.example.org", "gone"} {
		if _, err := store.Save(t.Context(), host, encoded(t, 1), summary, 0); err != nil {
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

func TestARecordCarriesItsSummaryAsAHeader(t *testing.T) {
	store, kv, js := openStore(t)
	version, err := store.Save(t.Context(), "web-1", encoded(t, 1), summary, 0)
	if err != nil {
		t.Fatal(err)
	}
	stored := workertest.ReadAll(t, js, "KV_"+kv.Bucket())
	if len(stored) != 1 || stored[0].Sequence != version || stored[0].Header.Get(messages.HeaderSummary) != summary {
		t.Errorf("stored: %+v", stored)
	}
}

func TestARecordForWhichThereIsNoRoomSaysHowMuchItTakes(t *testing.T) {
	store, _, _ := openStore(t)
	const bytes = 1 << 20
	c := change("web-1")
	for i := range bytes / messages.MaxStringBytes {
		c.Transitions = append(c.Transitions, messages.Transition{Item: messages.Item{Patch: fmt.Sprint(i), Reason: messages.Reason{Broken: strings.Repeat("x", messages.MaxStringBytes)}}})
	}
	save(t, store, "web-1", &record.Record{Outbox: unsent(t, c)})
	_, _, err := store.LoadUpTo(t.Context(), "web-1", bytes)
	var large *record.LargeError
	if !errors.As(err, &large) || large.Bytes <= bytes {
		t.Fatalf("LoadUpTo: %v", err)
	}
	if got, _, err := store.LoadUpTo(t.Context(), "web-1", large.Bytes); err != nil || got == nil {
		t.Errorf("LoadUpTo as much as it takes: %v", err)
	}
}

func TestWhatIsLeftToBeDoneForAHostIsReadWithoutItsRecord(t *testing.T) {
	store, _, _ := openStore(t)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	due, later := at.Add(time.Hour), at.Add(time.Minute)
	save(t, store, "nothing", &record.Record{CommittedAt: at})
	save(t, store, "unsent", &record.Record{CommittedAt: at, Outbox: unsent(t, change("unsent"))})
	save(t, store, "due", &record.Record{CommittedAt: at, Later: later, Report: &classify.Report{Due: due}})
	for host, want := range map[string]record.Pending{"nothing": {}, "unsent": {Outbox: at}, "due": {Due: due, Later: later}, "unknown": {}} {
		if got, err := store.Pending(t.Context(), host); err != nil || got != want {
			t.Errorf("%s: %+v, %v", host, got, err)
		}
	}
}

// unsent is the least outbox there may be.
func change(host string) *messages.Changed {
	return &messages.Changed{Head: messages.Head{V: 1, ID: "i/" + host + "/1", Host: host, Revision: 1}}
}

func unsent(t *testing.T, c *messages.Changed) *record.Outbox {
	t.Helper()
	text, err := messages.EncodeChange(c, messages.MsgPack)
	if err != nil {
		t.Fatal(err)
	}
	o, err := record.NewOutbox(text)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func save(t *testing.T, store *record.Store, host string, r *record.Record) {
	t.Helper()
	text, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Save(t.Context(), host, text, summary, 0); err != nil {
		t.Fatal(err)
	}
}
