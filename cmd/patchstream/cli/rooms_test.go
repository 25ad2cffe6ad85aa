package cli

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/patchstream/patchstream/"

// The rooms below, by room: what else of the module it may import. Arrows point down only.
var rooms = map[string][]string{
	"messages":  {"messages"},
	"classify":  {"classify", "messages"},
	"publisher": {"publisher", "messages"},
	"worker":    {"worker", "publisher", "classify", "messages"},
	"cmd":       {"cmd", "worker", "publisher", "classify", "messages"},
}

// effects are what the pure room must not reach for.
var effects = []string{"os", "net", "net/http", "log", "context", "github.com/nats-io/nats.go", "github.com/rs/zerolog"}

func TestArrowsPointDown(t *testing.T) {
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
			if room := roomOf(to); room != "" && !strings.Contains(" "+strings.Join(rooms[from], " ")+" ", " "+room+" ") {
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

func roomOf(path string) string {
	rest, ok := strings.CutPrefix(path, module)
	if !ok {
		return ""
	}
	room, _, _ := strings.Cut(rest, "/")
	return room
}
