package print

import (
	"testing"

	"github.com/patchstream/patchstream/messages"
)

func TestScanWordsCountNoPackageThatWasRemoved(t *testing.T) {
	t.Parallel()
	s := &messages.Scan{Packages: []messages.Package{
		{Name: "bash", Installed: new("5.2"), Candidate: "5.2"},
		{Name: "openssl", Installed: new("3.0"), Candidate: "3.1", Hold: true},
		{Name: "nano", Installed: new("7.2"), Candidate: "7.3", State: "config-files", Hold: true},
		{Name: "vim", Candidate: "9.0"},
	}}
	if got, want := ScanWords(s), "2 installed, 1 with another candidate, 1 held"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
