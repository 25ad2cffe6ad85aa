package windows

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// Whatever is read, what is made of it is within the contract, and the same each time.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob(dumps + "/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		f.Add(load(f, strings.TrimSuffix(filepath.Base(file), ".json")))
	}
	f.Add([]byte(`{"Format":"patchstream-wua","Version":1,"TakenAt":"2026-11-20T10:00:00Z","OS":{"Architecture":"AMD64"},"Searches":[{"Criteria":"IsInstalled=1","ResultCode":2,"Online":true,` +
		`"Updates":{"Identity":{"UpdateID":"a","RevisionNumber":1},"KBArticleIDs":"1"}},{"Criteria":"IsInstalled=0","ResultCode":2,"Online":1,"Updates":[{"Identity":{"UpdateID":"b"}}]}],` +
		`"History":[{"Date":"/Date(1795168800000)/","Operation":1,"ResultCode":4,"Title":"KB12345"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := Read(text)
		if err != nil {
			return
		}
		s := d.Scan()
		s.Host = "x"
		check(t, s)
		if s.Complete == (s.Error != "") {
			t.Errorf("complete %v, and %q", s.Complete, s.Error)
		}
		again := d.Scan()
		again.Host = "x"
		if messages.ContentSum(again) != messages.ContentSum(s) {
			t.Error("a second scan differs")
		}
		ids := make(map[string]bool)
		for _, r := range d.Runs(time.Time{}) {
			r.Host = "x"
			check(t, r)
			if ids[r.ID] || r.FinishedAt.Before(r.StartedAt) || r.FinishedAt.After(d.TakenAt) {
				t.Errorf("%+v", r)
			}
			ids[r.ID] = true
		}
	})
}

func check(t *testing.T, e messages.Event) {
	t.Helper()
	text, err := messages.Encode(e, messages.JSON)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := messages.Decode(e.Kind(), text, messages.Sniff(text)); err != nil {
		t.Fatalf("%v of %s", err, text)
	}
}
