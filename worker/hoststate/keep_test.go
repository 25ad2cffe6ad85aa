package hoststate

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/patchstream/patchstream/messages"
)

func TestAFullScanIsStoredAsItCame(t *testing.T) {
	s := drawnScan(now, "s1", false)
	text, err := messages.Encode(s, messages.MsgPack)
	if err != nil {
		t.Fatal(err)
	}
	payload := compress(text)
	var r Record
	add(&r.Facts, s)
	for name, enc := range map[string]messages.Encoding{
		"not compressed": {}, "s2": {ContentEncoding: "s2"}, "JSON": {ContentType: "application/json", ContentEncoding: zstdName},
	} {
		if r.Keep(s, payload, enc); r.full != nil {
			t.Errorf("%s: it was kept", name)
		}
	}
	if r.Keep(drawnScan(now, "s0", true), payload, messages.Encoding{ContentEncoding: zstdName}); r.full != nil {
		t.Error("a scan that is not the newest was kept")
	}
	r.Keep(s, payload, messages.Encoding{ContentEncoding: zstdName})
	stored, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(stored, payload) {
		t.Error("it was written anew")
	}
	got, err := Decode(stored)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&r, got, same); diff != "" {
		t.Errorf("the record (-stored +read):\n%s", diff)
	}
}
