package cli

import (
	"encoding/json"
	"os"
	"testing"
	"time"
	"unicode"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/workertest"
)

// A host calls its packages what a terminal would obey. No answer about it, nor any error, passes that on.
func TestWhatAHostCallsItsPackagesCommandsNoTerminal(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	const evil = "x\x1b]0;owned\x07\u009b2J\u202e\x7f"
	scan := workertest.Scan(host, 0, workertest.Package(evil, "1.0", "1.1"), workertest.Package(evil+"2", "1.0", "1.1"))
	i386 := scan.Packages[0]
	i386.Arch = "i386"
	scan.Packages = append(scan.Packages, i386)
	scan.TakenAt = time.Now().UTC()
	m := workertest.Encode(t, scan)
	s.bad(t, m.Subject, m.Header, m.Data)
	s.bad(t, messages.KindRun.Subject(host), nil, []byte(evil))
	eventually(t, func() bool { return len(s.letters(t)) == 1 && s.ask(t, "patches", host).code == exitDone }, "both were handled")
	for _, args := range [][]string{
		{"explain", host, "y"}, {"explain", host, evil}, {"explain", host, evil + "2"}, {"explain", host, evil + "2", "-o", "json"},
		{"override", "set", host, evil, "INSTALLED", "--reason", evil}, {"override", "set", host, evil + "z", "INSTALLED", "--reason", evil},
		{"status", host}, {"status", host, "-o", "json"}, {"patches", host, "--state", "MISSING"}, {"patches", host, "-o", "json"},
		{"dead-letters", "show", "1"}, {"dead-letters", "show", "1", "-o", "json"}, {"dead-letters", "list", evil}, {evil},
	} {
		got := s.ask(t, args...)
		for _, text := range []string{got.stdout, got.stderr} {
			for _, r := range text {
				if unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Cc, r) && r != '\n' && r != '\t' {
					t.Errorf("%q prints %U: %q", args, r, text)
					break
				}
			}
		}
		if len(args) > 3 && args[len(args)-1] == "json" && !json.Valid([]byte(got.stdout)) {
			t.Errorf("%q prints no JSON: %q", args, got.stdout)
		}
	}
	s.stop(t, os.Interrupt)
}
