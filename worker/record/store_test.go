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

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/workertest"
)

func openStore(t *testing.T) (*record.Store, jetstream.KeyValue, jetstream.JetStream) {
	t.Helper()
	js := workertest.JetStream(t, workertest.Server(t))
	kv := workertest.Streams(t, js, time.Minute).Hosts
	return record.NewStore(js, kv, 5*time.Second), kv, js
}

func encoded(t *testing.T, revision uint64) *record.Encoded {
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
	first, err := store.Save(ctx, "web-1", encoded(t, 1), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Save(ctx, "web-1", encoded(t, 2), 0); !errors.Is(err, record.ErrConflict) {
		t.Errorf("the second who found no record: %v", err)
	}
	second, err := store.Save(ctx, "web-1", encoded(t, 2), first)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Save(ctx, "web-1", encoded(t, 3), first); !errors.Is(err, record.ErrConflict) {
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
		version, err := store.Save(ctx, host, encoded(t, revision), after)
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
	old, err := store.Save(ctx, "web-1", encoded(t, 1), 0)
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
	if _, err := store.Save(ctx, "web-1", encoded(t, 2), old); !errors.Is(err, record.ErrConflict) {
		t.Errorf("whoever still holds the deleted version: %v", err)
	}
	if _, err := store.Save(ctx, "web-1", encoded(t, 2), 0); err != nil {
		t.Error(err)
	}
	if _, err := store.Save(ctx, "web-1", encoded(t, 3), 0); !errors.Is(err, record.ErrConflict) {
		t.Errorf("the second who found it deleted: %v", err)
	}
}

func TestHostsWithARecordAreListed(t *testing.T) {
	store, kv, _ := openStore(t)
	for _, host := range []string{"web-1", "db.example.org", "gone"} {
		if _, err := store.Save(t.Context(), host, encoded(t, 1), 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := kv.Delete(t.Context(), "gone"); err != nil {
		t.Fatal(err)
	}
	var names []string
	err := store.Hosts(t.Context(), func(host string, _ record.Pending, err error) {
		if names = append(names, host); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"db.example.org", "web-1"}) {
		t.Errorf("%q", names)
	}
}

func TestARecordCarriesItsSummaryAsAHeader(t *testing.T) {
	store, kv, js := openStore(t)
	version, err := store.Save(t.Context(), "web-1", encoded(t, 1), 0)
	if err != nil {
		t.Fatal(err)
	}
	stored := workertest.ReadAll(t, js, "KV_"+kv.Bucket())
	if len(stored) != 1 || stored[0].Sequence != version || stored[0].Header.Get(messages.HeaderSummary) != `{"status":""}` {
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
	var large *record.LargeError
	if _, _, err := store.LoadUpTo(t.Context(), "web-1", 1); !errors.As(err, &large) || large.Bytes >= bytes {
		t.Fatalf("LoadUpTo: %v", err)
	}
	r, _, err := store.LoadUpTo(t.Context(), "web-1", large.Bytes)
	if err != nil {
		t.Fatalf("LoadUpTo as much as it takes: %v", err)
	}
	if err := r.OutboxFits(); !errors.As(err, &large) || large.Bytes <= bytes {
		t.Fatalf("OutboxFits: %v", err)
	}
	if r.LimitTo(large.Bytes); r.OutboxFits() != nil {
		t.Errorf("OutboxFits with as much as it takes: %v", r.OutboxFits())
	}
}

func TestWhatIsLeftToBeDoneForAHostIsReadWithoutItsRecord(t *testing.T) {
	store, kv, js := openStore(t)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	due, later := at.Add(time.Hour), at.Add(time.Minute)
	save(t, store, "nothing", &record.Record{CommittedAt: at})
	save(t, store, "unsent", &record.Record{CommittedAt: at, Outbox: unsent(t, change("unsent"))})
	save(t, store, "due", &record.Record{CommittedAt: at, Later: later, Report: &classify.Report{Due: due}})
	scan := workertest.Scan("scanned", 1, workertest.Package("openssl", "1"))
	scanned := &record.Record{CommittedAt: at}
	scanned.Facts.Add(scan, messages.ContentSum(scan))
	save(t, store, "scanned", scanned)
	workertest.Put(t, kv, js, "without-headers", scanned)
	all := map[string]record.Pending{
		"nothing": {}, "unsent": {Outbox: at}, "due": {Due: due, Later: later},
		"scanned": {Scan: messages.ContentSum(scan)}, "without-headers": {Scan: messages.ContentSum(scan)},
	}
	for host, want := range all {
		if got, err := store.Pending(t.Context(), host); err != nil || got != want {
			t.Errorf("%s: %+v, %v", host, got, err)
		}
	}
	if got, err := store.Pending(t.Context(), "unknown"); err != nil || got != (record.Pending{}) {
		t.Errorf("of an unknown host: %+v, %v", got, err)
	}
	listed := make(map[string]record.Pending)
	if err := store.Hosts(t.Context(), func(host string, left record.Pending, err error) { listed[host] = left }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all, listed); diff != "" {
		t.Errorf("by the headers (-want +got):\n%s", diff)
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
	o, err := record.NewOutbox(c, text)
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
	if _, err := store.Save(t.Context(), host, text, 0); err != nil {
		t.Fatal(err)
	}
}

// scanAt returns where a full scan is stored, and its message.
func scanAt(t *testing.T, js jetstream.JetStream, host string, scan *record.EncodedScan) *jetstream.RawStreamMsg {
	t.Helper()
	stream, err := js.Stream(t.Context(), "KV_PATCH_SCANS")
	if err != nil {
		t.Fatal(err)
	}
	m, err := stream.GetLastMsgForSubject(t.Context(), fmt.Sprintf("$KV.PATCH_SCANS.%s.%x", host, scan.Sum))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAScanThatWasStoredAgainIsNotRemovedByWhoSawItBefore(t *testing.T) {
	store, _, js := openStore(t)
	ctx := t.Context()
	scan := &record.EncodedScan{Sum: record.Sum{1}, Text: []byte("scan")}
	keep := func() uint64 {
		if err := store.SaveScan(ctx, "web.example.org", scan); err != nil {
			t.Fatal(err)
		}
		return scanAt(t, js, "web.example.org", scan).Sequence
	}
	removed := func(seen uint64) bool {
		store.RemoveScan("web.example.org", record.Stored{Sum: scan.Sum, Sequence: seen})
		if err := store.SaveScan(ctx, "db.example.org", scan); err != nil { // the stream takes it after the removal
			t.Fatal(err)
		}
		m := scanAt(t, js, "web.example.org", scan)
		if mark := m.Header.Get("KV-Operation") != ""; mark && m.Header.Get(jetstream.MsgTTLHeader) == "" {
			t.Error("the mark stays for ever")
		}
		return len(m.Data) == 0
	}
	first := keep()
	second := keep()
	if second == first || removed(first) {
		t.Errorf("stored at %d, and again at %d: who saw it before has removed it", first, second)
	}
	if !removed(second) {
		t.Error("it is not removed")
	}
	if third := keep(); third <= second || removed(second) {
		t.Errorf("stored anew at %d over the mark, and removed by who saw it at %d", third, second)
	}
	if _, _, err := store.Scans(ctx, "web.example.org", 0)(record.Sum{2}); !errors.Is(err, record.ErrScanGone) {
		t.Errorf("one that never was: %v", err)
	}
	if text, sequence, err := store.Scans(ctx, "web.example.org", 0)(scan.Sum); string(text) != "scan" || sequence <= second || err != nil {
		t.Errorf("%q at %d: %v", text, sequence, err)
	}
}

func TestMarksOfRemovedScansGoByThemselves(t *testing.T) {
	_, _, js := openStore(t)
	stream, err := js.Stream(t.Context(), "KV_PATCH_SCANS")
	if err != nil {
		t.Fatal(err)
	}
	mark := nats.NewMsg("$KV.PATCH_SCANS.web-1.x")
	mark.Header = nats.Header{"KV-Operation": {"DEL"}, jetstream.MsgTTLHeader: {"1s"}}
	workertest.Send(t, js, mark)
	workertest.Eventually(t, "an empty bucket", func() bool {
		info, err := stream.Info(t.Context())
		return err == nil && info.State.Msgs == 0 && info.State.LastSeq == 1
	})
}

func TestAWholeRecordIsLoadedWithItsScanAndWithoutWhereThatIsGone(t *testing.T) {
	store, kv, js := openStore(t)
	ctx := t.Context()
	scan := workertest.Scan("web-1", 1, workertest.Package("openssl", "1"))
	var r record.Record
	r.Facts.Add(scan, messages.ContentSum(scan))
	workertest.Put(t, kv, js, "web-1", &r)
	got, _, err := store.Load(ctx, "web-1")
	if err != nil || len(got.Facts.Full.Scan.Packages) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	e, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(ctx, "KV_PATCH_SCANS")
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Purge(ctx); err != nil {
		t.Fatal(err)
	}
	if got, version, err := store.Load(ctx, "web-1"); err != nil || version == 0 || got.Facts.Full != nil {
		t.Errorf("a record whose scan is gone: %+v, %v", got, err)
	}
	if e.Scan == nil {
		t.Error("the scan of a record that was never written is taken for stored")
	}
}
