package cli

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/patchstream/patchstream/"

// The rooms below, by room: what else of the module it may import. Arrows point down only. A room within a room is
// named where it may be imported though the room around it may not.
var rooms = map[string][]string{
	"messages":  {"messages"},
	"classify":  {"classify", "messages"},
	"publisher": {"publisher", "classify/version", "messages"},
	"worker":    {"worker", "publisher", "classify", "messages"},
	"cmd":       {"cmd", "worker", "publisher", "classify", "messages"},
}

// effects are what the pure room must not reach for.
var effects = []string{"os", "net", "net/http", "log", "context", "github.com/nats-io/nats.go", "github.com/rs/zerolog"}

func TestArrowsPointDown(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		from := roomOf(fields[0])
		seen[from] = true
		for _, to := range fields[1:] {
			if room := roomOf(to); room != "" && !slices.ContainsFunc(rooms[from], func(may string) bool { return within(to, may) }) {
				t.Errorf("%s imports %s: %s may import only %v", fields[0], to, from, rooms[from])
			}
			for _, effect := range effects {
				if from == "classify" && to == effect {
					t.Errorf("%s imports %s: it must stay pure", fields[0], to)
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

// within reports whether a package is of a room, or of a room in it.
func within(path, room string) bool { return strings.HasPrefix(path+"/", module+room+"/") }

func roomOf(path string) string {
	rest, ok := strings.CutPrefix(path, module)
	if !ok {
		return ""
	}
	room, _, _ := strings.Cut(rest, "/")
	return room
}
