package mac

import (
	"os"
	"testing"

	"github.com/patchstream/patchstream/messages"
)

// Whatever the tools write, the scan is within the contract, and says why where it is not complete.
func FuzzDump(f *testing.F) {
	entries, err := os.ReadDir(dumps)
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		files := filesOf(f, e.Name())
		f.Add(files[fileSwVers], files[fileList], files[fileHistory], files[filePreferences], files[fileProfile])
	}
	f.Fuzz(func(t *testing.T, swVers, list, history, preferences, profile []byte) {
		files := map[string][]byte{
			fileTakenAt: []byte("2026-11-20T10:00:00Z"), fileArch: []byte("arm64"), fileSwVers: swVers, fileList: list,
			fileHistory: history, filePreferences: preferences, fileProfile: profile,
		}
		for name, text := range files {
			if len(text) == 0 {
				delete(files, name)
			}
		}
		d, err := newDump(files)
		if err != nil {
			return
		}
		s := d.Scan()
		s.Host = "x"
		text, err := messages.Encode(s, messages.JSON)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := messages.Decode(messages.KindScan, text, messages.Sniff(text)); err != nil {
			t.Fatalf("%v of %s", err, text)
		}
		if s.Complete == (s.Error != "") {
			t.Errorf("complete %v, and %q", s.Complete, s.Error)
		}
	})
}

func FuzzTar(f *testing.F) {
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(_ *testing.T, text []byte) {
		if d, err := ReadTar(text); err == nil {
			d.Scan()
		}
	})
}
