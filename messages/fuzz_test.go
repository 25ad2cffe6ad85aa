package messages

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/s2"
)

// seeds adds the golden payloads whose names end so.
func seeds(f *testing.F, ext string, add func([]byte)) {
	files, err := filepath.Glob("../testdata/messages/*" + ext)
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		payload, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		add(payload)
	}
}

// hangs ends the process, which the fuzzer reports with the input, where a payload is read for far longer than
// any may be.
func hangs() (stop func()) {
	timer := time.AfterFunc(30*time.Second, func() { panic("the payload is read without end") })
	return func() { timer.Stop() }
}

// checkDecode holds for any payload: an error is a FieldError, and what is taken can be sent on in both
// formats and stays the same.
func checkDecode(t *testing.T, kind Kind, payload []byte, enc Encoding) {
	var event Event
	var err error
	defer hangs()()
	allocated := allocatedBy(func() { event, err = Decode(kind, payload, enc) })
	most := uint64(1<<20 + 1024*len(payload))
	if enc.ContentEncoding != "" {
		most = 4 * MaxDecompressedBytes
	}
	if allocated > most {
		t.Fatalf("%d bytes made it allocate %d", len(payload), allocated)
	}
	if err != nil {
		if fe := (*FieldError)(nil); !errors.As(err, &fe) || fe.Field == "" || fe.Problem == "" || event != nil {
			t.Fatalf("%T %v, %v", err, err, event)
		}
		return
	}
	for format := range Format(2) {
		again, err := Encode(event, format)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(kind, again, Encoding{ContentType: format.ContentType()})
		if diff := cmp.Diff(event, got); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
	}
}

func checkDecodeChanged(t *testing.T, payload []byte, enc Encoding) {
	defer hangs()()
	changed, err := DecodeChanged(payload, enc)
	if err != nil {
		if fe := (*FieldError)(nil); !errors.As(err, &fe) {
			t.Fatalf("%T %v", err, err)
		}
		return
	}
	for format := range Format(2) {
		again, err := EncodeChange(changed, format)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeChanged(again, Encoding{ContentType: format.ContentType()})
		if diff := cmp.Diff(changed, got); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
	}
}

func FuzzDecodeMsgPack(f *testing.F) {
	seeds(f, ".msgpack", func(payload []byte) {
		for kind := range Kinds() {
			f.Add(byte(kind), payload)
		}
	})
	f.Fuzz(func(t *testing.T, kind byte, payload []byte) {
		if kind >= byte(len(Kinds())) {
			checkDecodeChanged(t, payload, Encoding{})
			return
		}
		checkDecode(t, Kinds()[kind], payload, Encoding{})
	})
}

func FuzzDecodeJSON(f *testing.F) {
	seeds(f, ".json", func(payload []byte) {
		for kind := range Kinds() {
			f.Add(byte(kind), payload)
		}
	})
	f.Fuzz(func(t *testing.T, kind byte, payload []byte) {
		enc := Encoding{ContentType: "application/json"}
		if kind >= byte(len(Kinds())) {
			checkDecodeChanged(t, payload, enc)
			return
		}
		checkDecode(t, Kinds()[kind], payload, enc)
	})
}

func FuzzDecodeCompressed(f *testing.F) {
	seeds(f, ".msgpack", func(payload []byte) {
		f.Add("zstd", zstdOf(f, payload))
		f.Add("s2", s2.Encode(nil, payload))
	})
	f.Fuzz(func(t *testing.T, encoding string, payload []byte) {
		checkDecode(t, KindScan, payload, Encoding{ContentEncoding: encoding})
	})
}
