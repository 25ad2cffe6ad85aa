package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/messages"
)

// FuzzEvents holds for any file of events: it is refused in one line that names the file, or holds an event.
func FuzzEvents(f *testing.F) {
	for _, s := range []string{
		`{"v":1,"id":"o","host":"h","patch":"p","at":"2026-01-01T00:00:00Z","state":"MISSING","reason":"r","by":"b"}`,
		"{\"v\":1,\n}", "[{\"v\":1},]", "[]", "[[]]", "{}{", "\ufeff", "\ufeff]", "\x81\xa1v\x01", "nul", " \n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, kind := range messages.Kinds() {
			in := &inputs{bytes.NewReader(text)}
			events, err := in.events(t.Context(), kind, "-")
			if err == nil && len(events) == 0 {
				t.Fatal("no event and no error")
			}
			if err != nil && !strings.Contains(err.Error(), stdinName) {
				t.Fatalf("%s: whose fault is that? %v", kind, err)
			}
		}
	})
}
