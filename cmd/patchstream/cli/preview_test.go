package cli

import (
	"strings"
	"testing"

	"github.com/patchstream/patchstream/worker/query"
)

// What a preview says comes true once the baseline is stored and applies.
func TestAPreviewSaysWhatTheBaselineThenChanges(t *testing.T) {
	t.Parallel()
	s := keptDemo(t)
	for _, c := range []struct {
		name, text string
		preview    []string
		apply      [][]string // after which the last one says what moved
	}{
		{"strict", `{"Name":"strict","OperatingSystem":"DEBIAN","ApprovalRules":{"PatchRules":[]},"RejectedPatches":["openssl*","curl"],"RejectedPatchesAction":"BLOCK"}`,
			[]string{"--default"}, [][]string{{"baseline", "put", "FILE"}, {"baseline", "set-default", "--os", "DEBIAN", "strict"}}},
		{"prod-ubuntu", `{"Name":"prod-ubuntu","OperatingSystem":"UBUNTU","ApprovalRules":{"PatchRules":[]},"ApprovedPatches":["vim"]}`,
			nil, [][]string{{"baseline", "put", "FILE"}}},
		{"web", `{"Name":"web","OperatingSystem":"SUSE","ApprovalRules":{"PatchRules":[]}}`,
			[]string{"--group", "web"}, [][]string{{"host", "group", "sles-1", "web"}, {"baseline", "put", "FILE"}, {"baseline", "bind", "--group", "web", "--os", "SUSE", "web"}}},
	} {
		file := write(t, c.name+".json", c.text)
		if c.name == "web" {
			must(t, s.ask(t, c.apply[0]...))
		}
		var v query.PreviewView
		said := must(t, s.ask(t, append([]string{"baseline", "preview", file}, c.preview...)...))
		decode(t, must(t, s.ask(t, append([]string{"baseline", "preview", file, "-o", "json"}, c.preview...)...)), &v)
		if v.Hosts == 0 || len(v.Changed) == 0 {
			t.Fatalf("%s: %+v", c.name, v)
		}
		var then string
		for _, args := range c.apply {
			for i := range args {
				if args[i] == "FILE" {
					args[i] = file
				}
			}
			then = must(t, s.ask(t, args...))
		}
		if a, b := moves(said), moves(then); a != b || a == "" {
			t.Errorf("%s: the preview says\n%swhat came of it\n%s", c.name, said, then)
		}
	}
	fresh := write(t, "new.json", `{"Name":"new","OperatingSystem":"UBUNTU","ApprovalRules":{"PatchRules":[]},"ApprovedPatches":["vim"]}`)
	s.ask(t, "baseline", "preview", fresh).wants(t, exitUsage, "new applies to nothing yet", "--default")
}

// moves are the lines that say what went from what to what.
func moves(text string) (lines string) {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "  ") && strings.Contains(line, " → ") {
			lines += line
		}
	}
	return lines
}
