package messages

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/s2"
	"github.com/vmihailenco/msgpack/v5"
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
		f.Add("zstd", zstdStreamOf(f, payload))
		f.Add("s2", s2.Encode(nil, payload))
		f.Add("s2", s2StreamOf(f, payload))
	})
	f.Fuzz(func(t *testing.T, encoding string, payload []byte) {
		checkDecode(t, KindScan, payload, Encoding{ContentEncoding: encoding})
	})
}

// FuzzSkipJSON holds the reader against another one: what one of them takes for a value, the other does.
func FuzzSkipJSON(f *testing.F) {
	seeds(f, ".json", func(payload []byte) { f.Add(payload) })
	for _, s := range []string{`"\ud83d\ude00"`, `-0.5e+10`, `[1,[2,{"a":null}],true]`, ` {} `, `"\u12"`, `01`, `1.`, `[,]`, `{"a":1,}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		var d decoder
		d.begin(payload, JSON)
		d.skip()
		d.end()
		switch {
		case bytes.HasPrefix(payload, byteOrderMark): // which the other does not take
		case d.err == nil && !json.Valid(payload):
			t.Fatal("only this reader takes it")
		case d.err != nil && json.Valid(payload) && !strings.Contains(d.err.Problem, "nested deeper") && !strings.Contains(d.err.Problem, "longer"):
			t.Fatalf("only the other takes it: %v", d.err)
		}
		d.begin(payload, JSON)
		var want string
		if got := d.keep(MaxStringBytes); d.err == nil && d.left() == 0 {
			if err := json.Unmarshal(payload, &want); err != nil || got != want || !utf8.ValidString(got) {
				t.Fatalf("%q, the other has %q, %v", got, want, err)
			}
		}
	})
}

// FuzzSkipMsgPack does so for MessagePack.
func FuzzSkipMsgPack(f *testing.F) {
	seeds(f, ".msgpack", func(payload []byte) { f.Add(payload) })
	f.Fuzz(func(t *testing.T, payload []byte) {
		if len(payload) > 1<<12 { // the other one keeps its place on the stack
			return
		}
		var d decoder
		d.begin(payload, MsgPack)
		d.skip()
		rest := bytes.NewReader(payload)
		err := msgpack.NewDecoder(rest).Skip()
		switch {
		case d.err == nil && (err != nil || rest.Len() != d.left()):
			t.Fatalf("%d bytes left; the other has %d, %v", d.left(), rest.Len(), err)
		case d.err != nil && err == nil && !strings.Contains(d.err.Problem, "nested deeper"):
			t.Fatalf("only the other takes it: %v", d.err)
		}
	})
}
