package record

import (
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/s2"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/wire"
)

// fuzzed is a record with something in each of its parts.
func fuzzed(f *testing.F) []byte {
	r := &Record{Revision: 3, Scanned: true, Fences: Fences{Changed: 7, Status: 5}, CommitID: "ABC", CommittedAt: now}
	add(&r.Facts, drawnScan(now, "s1", false))
	add(&r.Facts, &messages.Override{ID: "o1", Host: "web-1", Patch: "curl.amd64", State: messages.Installed, Reason: "r", By: "b", At: now, ExpiresAt: now.Add(time.Hour)})
	r.Report = new(classify.Library).Judge("web-1", &r.Facts, now)
	r.Outbox = outbox(f, &messages.Changed{Head: messages.Head{V: 1, ID: "i/web-1/3", Host: "web-1", Revision: 3, At: now, Status: messages.StatusChange{To: messages.Unknown}}})
	text, err := r.Encode()
	if err != nil {
		f.Fatal(err)
	}
	return text.Text
}

// sealed is a record of which text is the compressed part, and nothing is beside it.
func sealed(text []byte) []byte {
	return must(msgpack.Marshal(map[string]any{"v": wireVersion, "rest": s2.Encode(nil, text)}))
}

// FuzzDecode holds for any bytes under a host's key, or in the part that is compressed: they are refused, or they are a record that can
// be written again.
func FuzzDecode(f *testing.F) {
	text := fuzzed(f)
	r := new(atRest)
	r.Record = new(Record)
	if err := wire.Read(text, wire.MsgPack, sealedTable, r); err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(must(s2.Decode(nil, r.packed)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, text []byte) {
		comesBackIfRead(t, text)
		comesBackIfRead(t, sealed(text))
	})
}

func comesBackIfRead(t *testing.T, text []byte) {
	r, err := decodeWhole(&Encoded{Text: text})
	if err != nil {
		return
	}
	again, err := r.Encode()
	if err != nil {
		t.Fatalf("what was read cannot be written: %v", err)
	}
	got, err := decodeWhole(again)
	if err != nil {
		t.Fatalf("what was written cannot be read: %v", err)
	}
	if diff := cmp.Diff(r, got, same); diff != "" {
		t.Fatalf("it changed (-read +read again):\n%s", diff)
	}
}

func TestATimeThatIsNilIsAnError(t *testing.T) {
	if _, err := Decode([]byte("\x82\xa1v\x02\xa2at\xc0")); err == nil {
		t.Error("taken")
	}
}

// What a record says of its own size is what a worker goes by that has memory for so much. It may be anything.
func TestARecordThatSaysThatItIsTooLargeIsRefusedHoweverLargeThatIs(t *testing.T) {
	for _, n := range []int{maxPlainBytes, math.MaxInt / perPatch, math.MaxInt / 3 * 2, math.MaxInt} {
		for _, field := range []string{"items", "scan_bytes"} {
			text := must(msgpack.Marshal(map[string]any{"v": wireVersion, field: n, "rest": s2.Encode(nil, []byte("\x81\xa3rev\x01"))}))
			if _, err := Decode(text); !errors.Is(err, ErrTooLarge) {
				t.Errorf("%s: %d: %v", field, n, err)
			}
		}
	}
}

func TestWhatClaimsMoreThanThereIsTakesNoRoom(t *testing.T) {
	list := "\xdd\x7f\xff\xff\xff" // of 2^31-1 elements
	record := func(w map[string]any) []byte { return must(msgpack.Marshal(w)) }
	facts := "\x81\xa8outcomes" + list
	for name, text := range map[string][]byte{
		"a key of 877 MB":          []byte("\x84\xc64M\x0e\x03WD"),
		"outcomes up to version 5": record(map[string]any{"v": earlier, "facts": compress([]byte(facts))}),
		"outcomes":                 record(map[string]any{"v": wireVersion, "rest": compress([]byte("\x81\xa5known" + facts))}),
		"a part by s2":             record(map[string]any{"v": wireVersion, "rest": []byte("\xff\xff\xff\x1f")}),
		"outcomes, by s2":          sealed([]byte("\x81\xa5known" + facts)),
		"a record by s2":           record(map[string]any{"v": wireVersion, "rest": "\xff\xff\xff\x1f"}),
		"a patch":                  []byte("\x82\xa1v\x02\xa7patches\xc6\x7f\xff\xff\xff"), "fences": []byte("\x82\xa1v\x02\xa6fences\xdf\x7f\xff\xff\xff"),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Decode(text)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; err == nil || !strings.Contains(err.Error(), "claims") || took > 8<<20 {
			t.Errorf("%s: %d bytes, %v", name, took, err)
		}
	}
}
