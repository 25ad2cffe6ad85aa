package wire

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vmihailenco/msgpack/v5"
)

// seeds adds the golden payloads whose names end so.
func seeds(f *testing.F, ext string, add func([]byte)) {
	files, err := filepath.Glob("../../testdata/messages/*" + ext)
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
		if end := valueEnd(payload, 0); d.err == nil && end != d.pos {
			t.Fatalf("the value ends at %d, or at %d", d.pos, end)
		} else if d.err != nil && end >= 0 && !strings.Contains(d.err.Problem, "nested deeper") {
			t.Fatalf("a value that ends at %d, or %v", end, d.err)
		}
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
