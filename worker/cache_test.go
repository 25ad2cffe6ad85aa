package worker

import (
	"fmt"
	"testing"

	"github.com/patchstream/patchstream/worker/record"
)

func cached(host string, cost int) *loaded {
	return &loaded{host: host, record: new(record.Record), version: 1, cost: cost}
}

func TestTheCacheHoldsNoMoreThanItsBound(t *testing.T) {
	c := newCache(100)
	for i := range 50 {
		c.put(cached(fmt.Sprint("h", i), 30))
		if c.total > 100 {
			t.Fatalf("%d after %d records", c.total, i+1)
		}
	}
	if c.total != 90 || c.get("h0") != nil || c.get("h49") == nil || c.get("h47") == nil || c.get("h46") != nil {
		t.Errorf("%d are kept, and not the newest", c.total)
	}
	if c.put(cached("huge", 1000)); c.total != 0 {
		t.Errorf("a record larger than the bound leaves %d", c.total)
	}
}

func TestARecordInUseIsNotInTheCache(t *testing.T) {
	c := newCache(1000)
	c.put(cached("web-1", 10))
	h := c.get("web-1")
	if h == nil || c.get("web-1") != nil || c.total != 0 {
		t.Fatal("a record can be taken out twice")
	}
	c.put(h)
	c.put(cached("web-1", 20))
	if c.total != 20 {
		t.Errorf("%d are kept for one host", c.total)
	}
	c.drop("web-1")
	c.drop("web-1")
	if c.total != 0 || c.get("web-1") != nil {
		t.Error("it was not dropped")
	}
}

func TestARecordThatIsNotStoredIsNotKept(t *testing.T) {
	c := newCache(1000)
	c.put(&loaded{host: "web-1", record: new(record.Record)})
	if c.get("web-1") != nil {
		t.Error("it was kept")
	}
}

func TestAnEmptiedCacheHoldsNothing(t *testing.T) {
	c := newCache(1000)
	c.put(cached("web-1", 10))
	if c.clear(); c.total != 0 || c.get("web-1") != nil {
		t.Errorf("%d", c.total)
	}
}

// A cached record is as large as it was when an event came for which there was more memory.
func TestACachedRecordForWhichThereIsNoRoomIsLoadedAnew(t *testing.T) {
	encoded, err := (&record.Record{Revision: 1}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	read, err := record.Decode(encoded.Text)
	if err != nil {
		t.Fatal(err)
	}
	c := &committer{cache: newCache(100)}
	for room, want := range map[int]bool{0: false, ordinaryRecordBytes: true} {
		c.cache.put(&loaded{host: "h", record: read, version: 1, cost: 1})
		if got := c.cached("h", room); (got != nil) != want {
			t.Errorf("with room for %d bytes: %v", room, got)
		}
	}
}
