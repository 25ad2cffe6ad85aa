package cli

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/patchstream/patchstream/"

// The rooms, and what else of the module each may import: packages, or all below one where it ends in a slash. A package
// belongs to the longest room that it is below. Arrows point down only.
var rooms = map[string][]string{
	"messages":  {"messages/"},
	"classify":  {"classify/", "messages/"},
	"publisher": {"publisher/", "classify/version", "messages/"},
	"worker":    {"worker/", "publisher/", "classify/", "messages/"},

	"cmd/patchstream":          {"cmd/patchstream/cli"},
	"cmd/patchstream/cli":      {"cmd/patchstream/", "worker/", "publisher/", "classify/", "messages/"},
	"cmd/patchstream/print":    {"cmd/patchstream/auth", "worker/query", "worker/deadletters", "worker/history", "publisher/host", "classify/", "messages/"},
	"cmd/patchstream/dial":     {"cmd/patchstream/auth", "messages/"},
	"cmd/patchstream/auth":     {"publisher/durable", "messages/"},
	"cmd/patchstream/natsd":    {},
	"cmd/patchstream/web":      {"cmd/patchstream/web/", "worker/", "publisher", "classify/", "messages/"},
	"cmd/patchstream/demo":     {"cmd/patchstream/natsd", "cmd/patchstream/print", "worker/", "publisher/", "classify/", "messages/"},
	"cmd/patchstream/bench":    {"cmd/patchstream/bench/", "cmd/patchstream/natsd", "worker/", "publisher/", "classify/", "messages/"},
	"cmd/patchstream/chaos":    {},
	"cmd/patchstream/rpmproof": {},
	"cmd/patchstream/apiproof": {},
	"cmd/patchstream/awsproof": {},

	"cmd/patchstream/consoleproof": {},
}

// What a room must not reach for, besides: what classifies is pure, what prints knows no server, what dials prints nothing.
var forbidden = map[string][]string{
	"classify":              {"os", "net", "net/http", "log", "context", "github.com/nats-io/nats.go", "github.com/rs/zerolog"},
	"cmd/patchstream/print": {"context", "net", "net/http", "github.com/nats-io/nats.go", "github.com/nats-io/nats.go/jetstream"},
	"cmd/patchstream/dial":  {"github.com/jedib0t/go-pretty/v6/table", "github.com/spf13/cobra", "github.com/spf13/pflag"},
	"cmd/patchstream/demo":  {"github.com/spf13/cobra", "github.com/spf13/pflag"},
	"cmd/patchstream/web":   {"github.com/jedib0t/go-pretty/v6/table", "github.com/spf13/cobra", "golang.org/x/term", "os"},
	"worker/query":          {"github.com/jedib0t/go-pretty/v6/table", "github.com/spf13/cobra", "golang.org/x/term"},
	"worker/history":        {"github.com/jedib0t/go-pretty/v6/table", "github.com/spf13/cobra", "golang.org/x/term"},
}

func TestArrowsPointDown(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		from := strings.TrimPrefix(fields[0], module)
		room := roomOf(from)
		if room == "" {
			t.Errorf("%s is in no room", from)
			continue
		}
		seen[room] = true
		for _, to := range fields[1:] {
			if own, ours := strings.CutPrefix(to, module); ours && !mayImport(room, own) {
				t.Errorf("%s imports %s: %s may import only %v", from, own, room, rooms[room])
			}
			for of, effects := range forbidden {
				if within(from, of) && slices.Contains(effects, to) {
					t.Errorf("%s imports %s, which is not its business", from, to)
				}
			}
		}
	}
	for room := range rooms {
		if !seen[room] {
			t.Errorf("no package in %s", room)
		}
	}
}

func roomOf(path string) (longest string) {
	for room := range rooms {
		if within(path, room) && len(room) > len(longest) {
			longest = room
		}
	}
	return longest
}

func mayImport(room, path string) bool {
	return slices.ContainsFunc(rooms[room], func(allowed string) bool {
		below, all := strings.CutSuffix(allowed, "/")
		return path == allowed || all && within(path, below)
	})
}

func within(path, room string) bool { return path == room || strings.HasPrefix(path, room+"/") }
