package messages

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vmihailenco/msgpack/v5"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/messages/pack"
)

func TestEveryEventComesBackAsItWasSent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		event := anyEvent.Draw(t, "event")
		for format := range Format(2) {
			payload, err := Encode(event, format)
			if err != nil {
				t.Fatal(err)
			}
			out, encoding := pack.Compress(payload, 256)
			got, err := Decode(event.Kind(), out, Encoding{format.ContentType(), encoding})
			if err != nil {
				t.Fatalf("%v: %x", err, payload)
			}
			if diff := cmp.Diff(event, got); diff != "" {
				t.Fatal(diff)
			}
			if ContentSum(got) != ContentSum(event) {
				t.Fatal("another sum")
			}
			again, err := Encode(got, format)
			if err != nil || !bytes.Equal(again, payload) {
				t.Fatal("another payload", err)
			}
			if Sniff(payload).ContentType != format.ContentType() {
				t.Fatal("Sniff takes it for something else")
			}
		}
	})
}

func TestOthersCanReadWhatWeWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		event := anyEvent.Draw(t, "event")
		payload, err := Encode(event, JSON)
		if err != nil || !json.Valid(payload) {
			t.Fatalf("%v: %s", err, payload)
		}
		var fields map[string]any
		if payload, err = Encode(event, MsgPack); err != nil {
			t.Fatal(err)
		}
		if err := msgpack.Unmarshal(payload, &fields); err != nil {
			t.Fatalf("%v: %x", err, payload)
		}
		if fields["id"] != event.EventID() || fields["host"] != event.HostName() {
			t.Fatalf("%v", fields)
		}
	})
}

func TestEveryChangeComesBackAsItWasSent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		changed := anyChanged.Draw(t, "changed")
		status := &StatusChanged{changed.Head}
		for format := range Format(2) {
			payload, err := EncodeChange(changed, format)
			if err != nil {
				t.Fatal(err)
			}
			got, err := DecodeChanged(payload, Encoding{ContentType: format.ContentType()})
			if diff := cmp.Diff(changed, got); err != nil || diff != "" {
				t.Fatal(err, diff)
			}
			if again, err := EncodeChange(got, format); err != nil || !bytes.Equal(again, payload) {
				t.Fatal("another payload", err)
			}
			if payload, err = EncodeChange(status, format); err != nil {
				t.Fatal(err)
			}
			gotStatus, err := DecodeStatusChanged(payload, Encoding{ContentType: format.ContentType()})
			if diff := cmp.Diff(status, gotStatus); err != nil || diff != "" {
				t.Fatal(err, diff)
			}
		}
	})
}

// The tags of the structs, by which others may read and print them, and the tables say the same.
func TestTagsAndTablesOfChangesAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		changed := anyChanged.Filter(func(c *Changed) bool { return c.Transitions != nil }).Draw(t, "changed")
		payload, err := EncodeChange(changed, JSON)
		if err != nil {
			t.Fatal(err)
		}
		byTags, err := json.Marshal(changed)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(anyOf(t, byTags), anyOf(t, payload)); diff != "" {
			t.Fatal(diff)
		}
		var back Changed
		if err := json.Unmarshal(payload, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(changed, &back); diff != "" {
			t.Fatal(diff)
		}
		if payload, err = EncodeChange(changed, MsgPack); err != nil {
			t.Fatal(err)
		}
		var got Changed
		if err := msgpack.Unmarshal(payload, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(changed, &got); diff != "" {
			t.Fatal(diff)
		}
		if byTags, err = msgpack.Marshal(changed); err != nil {
			t.Fatal(err)
		}
		if again, err := DecodeChanged(byTags, Encoding{}); err != nil || cmp.Diff(changed, again) != "" {
			t.Fatal("written by tags it is another change", err)
		}
	})
}

func anyOf(t *rapid.T, payload []byte) (v any) {
	if err := json.Unmarshal(payload, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestKeyTokensComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		if got, err := ParseKeyToken(KeyToken(name)); err != nil || got != name {
			t.Fatal(got, err)
		}
	})
}
