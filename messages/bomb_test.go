package messages

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/patchstream/patchstream/messages/pack"
)

// allocatedBy returns how many bytes run allocates, whether or not they are let go again.
func allocatedBy(run func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// fill returns a payload of that many MiB, compressed: head, then as often as they fit the bytes of unit, then
// tail. It is made of many frames, since one of a MiB is soon made.
func fill(t testing.TB, mib int, head, unit, tail string) []byte {
	t.Helper()
	units := (1<<20 - len(head) - len(tail)) / len(unit)
	frame := zstdOf(t, []byte(strings.Repeat(unit, units)))
	sent := append(zstdOf(t, []byte(head)), bytes.Repeat(frame, mib)...)
	sent = append(sent, zstdOf(t, []byte(tail))...)
	if len(sent) > MaxPayloadBytes {
		t.Fatalf("%d bytes cannot be sent", len(sent))
	}
	return sent
}

// list32 is the head of a MessagePack list of n elements.
func list32(n uint32) string { return string(binary.BigEndian.AppendUint32([]byte{0xdd}, n)) }

func TestASmallPayloadAllocatesLittleWhateverItClaims(t *testing.T) {
	const most = 256 << 10
	jsonHead := strings.TrimSuffix(leastScan, "}") + ","
	for name, tt := range map[string]struct {
		enc     Encoding
		payload string
	}{
		"2^32-1 packages":           {Encoding{}, "\x81\xa8packages" + list32(1<<32-1)},
		"50,000 packages":           {Encoding{}, "\x81\xa8packages" + list32(MaxPackages) + strings.Repeat("\xc0", 100)},
		"as many packages as bytes": {Encoding{}, "\x81\xa8packages" + list32(900) + strings.Repeat("\xc0", 900)},
		"2^32-1 fields":             {Encoding{}, "\xdf\xff\xff\xff\xff\xa1v\x01"},
		"2^32-1 tags":               {Encoding{}, "\x81\xa4tags\xdf\xff\xff\xff\xff"},
		"2^32-1 positions":          {Encoding{}, "\x81\xa8packages\x91\x94\xa1a\xa1b\xa11\x91\x94\xa11\xa0\xa0" + list32(1<<32-1)},
		"an id of 2^32-1 bytes":     {Encoding{}, "\x81\xa2id\xdb\xff\xff\xff\xff"},
		"unknown, of 2^32-1 bytes":  {Encoding{}, "\x81\xa1x\xc6\xff\xff\xff\xff"},
		"unknown, of 2^32-1 maps":   {Encoding{}, "\x81\xa1x\xdf\xff\xff\xff\xff"},
		"an extension of 2^32-1":    {Encoding{}, "\x81\xa8taken_at\xc9\xff\xff\xff\xff\xff"},
		"an s2 block of 2^32-1":     {Encoding{ContentEncoding: "s2"}, "\xff\xff\xff\xff\x0f\x00"},
		"an s2 block of 64 MiB + 1": {Encoding{ContentEncoding: "s2"}, "\x81\x80\x80\x20\x00"},
		"an s2 stream of huge blocks": {Encoding{ContentEncoding: "s2"},
			"\xff\x06\x00\x00S2sTwO\x00\x09\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x0f"},
		"a zstd frame of 2^62":           {Encoding{ContentEncoding: "zstd"}, "\x28\xb5\x2f\xfd\xe0\x00\x00\x00\x00\x00\x00\x00\x40\x01\x00\x00"},
		"a zstd frame of 60 MiB":         {Encoding{ContentEncoding: "zstd"}, "\x28\xb5\x2f\xfd\xa0\x00\x00\xc0\x03\x01\x00\x00"},
		"a zstd window of 2^41":          {Encoding{ContentEncoding: "zstd"}, "\x28\xb5\x2f\xfd\x00\xff\x01\x00\x00"},
		"a zstd frame to skip of 2^32-1": {Encoding{ContentEncoding: "zstd"}, "\x50\x2a\x4d\x18\xff\xff\xff\xff"},
		"a zstd block of 2^21":           {Encoding{ContentEncoding: "zstd"}, "\x28\xb5\x2f\xfd\x00\x58\xff\xff\xff"},
		"a JSON number":                  {Encoding{ContentType: "application/json"}, jsonHead + `"x":1e999999999}`},
		"a JSON integer":                 {Encoding{ContentType: "application/json"}, `{"v":1e999999999}`},
	} {
		t.Run(name, func(t *testing.T) {
			payload := []byte(tt.payload)
			decode := func() { _, _ = Decode(KindScan, payload, tt.enc) }
			decode() // what is made once and shared does not count
			if got := allocatedBy(decode); got > most {
				t.Errorf("%d bytes made it allocate %d, more than %d", len(payload), got, most)
			}
		})
	}
}

// A scan is left to be compared only where making room for its packages is in step with what was sent.
func TestAScanOfTheShortestPackagesAllocatesNoMoreWhenItIsComparedThanDecoded(t *testing.T) {
	earlier := written(t, hostScan(20), scanFields)
	for _, element := range []string{"\xc0", "\x90", "\x92\xa0\xa0", "\x92\xa1a\xa1b"} {
		later, err := msgpack.Marshal(map[string]any{
			"v": 1, "id": "s", "host": "h", "taken_at": "2026-01-02T03:04:05Z", "complete": true, "os": map[string]string{"system": "DEBIAN"},
			"packages": msgpack.RawMessage(list32(MaxPackages) + strings.Repeat(element, MaxPackages)),
		})
		if err != nil {
			t.Fatal(err)
		}
		compare := func() {
			var o *OpenedScan
			if o, err = OpenScan(later, Encoding{}); err != nil {
				return
			}
			defer o.Release()
			var before *OpenedScan
			if before, err = o.OpenEarlier(earlier, Encoding{}); err == nil {
				defer before.Release()
				_, err = o.Compare(before)
			}
		}
		most := 256<<10 + allocatedBy(func() { _, _ = Decode(KindScan, later, Encoding{}) })
		if n := allocatedBy(compare); n > most || fieldErrorOf(err) == (FieldError{}) {
			t.Errorf("%q: %d bytes, at most %d are expected; %v", element, n, most, err)
		}
	}
}

func TestABombAllocatesASmallMultipleOfTheBounds(t *testing.T) {
	const most = 4 * MaxDecompressedBytes
	const all, some = MaxDecompressedBytes >> 20, 4 // MiB; some where every value is passed
	scan := strings.TrimSuffix(leastScan, "}") + ","
	pkg := "\x81\xa8packages\x91\x9c\xa1a\xa1b\xa11"
	for name, tt := range map[string]struct {
		format           Format
		mib              int
		head, unit, tail string
		field, says      string // empty: it is taken
	}{
		"lists in lists":              {MsgPack, all, "\x81\xa1x", "\x91", "", "payload", "is nested deeper than 32"},
		"lists in lists at the top":   {MsgPack, all, "", "\x91", "", "payload", "must be a map"},
		"lists in lists for packages": {MsgPack, all, "\x81\xa8packages", "\x91", "", "packages[0].name", "must be a string"},
		"maps in maps":                {MsgPack, all, "\x81", "\xa1x\x81", "", "payload", "is nested deeper than 32"},
		"nils":                        {MsgPack, some, "\x81\xa1x" + list32(3<<20), "\xc0", "", "v", "is required"},
		"packages": {MsgPack, some, "\x82\xa1v\x01\xa8packages" + list32(MaxPackages), "\x92\xa1a\xa1b", "",
			"complete", "is required"},
		"advisories": {MsgPack, some, pkg + strings.Repeat("\xc0", 8) + list32(3<<20), "\xa1a", "",
			"packages[0].advisories[2000000]", "is beyond 2000000 elements"},
		"positions": {MsgPack, some, pkg + "\x91\x94\xa1v\xa0\xa0" + list32(3<<20), "\x00", "",
			"packages[0].versions[0].origins[2000000]", "is beyond 2000000 elements"},
		"unknown fields":    {MsgPack, some, "\xdf\x00\x18\x00\x00", "\xa1x\xc0", "", "payload", "ends"},
		"JSON, lists":       {JSON, some, scan + `"x":[`, `[],`, `[]]}`, "", ""},
		"JSON, packages":    {JSON, all, `{"v":1,"packages":[`, `["a","b"],`, `0]}`, "packages", "has more than 50000 elements"},
		"JSON, in lists":    {JSON, all, `{"x":`, `[`, `]`, "payload", "is nested deeper than 32"},
		"JSON, in maps":     {JSON, all, `{"x":`, `{"x":`, `}`, "payload", "is nested deeper than 32"},
		"JSON, a string":    {JSON, all, `{"id":"`, `a`, `"}`, "id", "is longer than 4096 bytes"},
		"JSON, escapes":     {JSON, some, `{"id":"`, `\n`, `"}`, "id", "is longer than 4096 bytes"},
		"JSON, not UTF-8":   {JSON, some, `{"id":"`, "\xff", `"}`, "id", "is longer than 4096 bytes"},
		"JSON, a key":       {JSON, some, `{"`, `a`, `":1}`, "payload", "is longer than 4096 bytes"},
		"JSON, a number":    {JSON, some, `{"v":`, `1`, `}`, "v", "is out of range"},
		"JSON, spaces":      {JSON, some, leastScan, ` `, ` `, "", ""},
		"JSON, not closed":  {JSON, some, `{"id":"`, `a`, `a`, "id", "ends"},
		"JSON, nested nils": {JSON, some, `{"packages":[{"name":"a","advisories":[`, `null,`, `null]}]}`, "packages[0].arch", "is required"},
	} {
		t.Run(name, func(t *testing.T) {
			sent := fill(t, tt.mib, tt.head, tt.unit, tt.tail)
			var err error
			got := allocatedBy(func() {
				_, err = Decode(KindScan, sent, Encoding{tt.format.ContentType(), "zstd"})
			})
			if got > most {
				t.Errorf("it allocated %d bytes, more than %d", got, most)
			}
			if tt.field == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			refused(t, err, tt.field, tt.says)
		})
	}
}

func TestRefusesWhatDecompressesToTooMuch(t *testing.T) {
	t.Parallel()
	zeros := make([]byte, MaxDecompressedBytes+1)
	_, err := Decode(KindScan, zstdOf(t, zeros), Encoding{ContentEncoding: "zstd"})
	refused(t, err, "payload", "is larger than 67108864 bytes")
	_, err = Decode(KindScan, zeros[:MaxPayloadBytes+1], Encoding{})
	refused(t, err, "payload", "is larger than 7340032 bytes")
	_, err = Decode(KindScan, []byte(leastScan), Encoding{ContentEncoding: "zstd"})
	refused(t, err, "payload", "cannot be decompressed as zstd")
}

func TestTheLargestScanAllocatesASmallMultipleOfItsSize(t *testing.T) {
	scan := hostScan(MaxPackages)
	payload, err := Encode(scan, MsgPack)
	if err != nil {
		t.Fatal(err)
	}
	sent, encoding := pack.Compress(payload, 0)
	var event Event
	got := allocatedBy(func() { event, err = Decode(KindScan, sent, Encoding{ContentEncoding: encoding}) })
	if fe := (*FieldError)(nil); errors.As(err, &fe) || len(event.(*Scan).Packages) != MaxPackages {
		t.Fatal(err)
	}
	if most := uint64(6 * len(payload)); got > most {
		t.Errorf("%d bytes made it allocate %d, more than %d", len(payload), got, most)
	}
}
