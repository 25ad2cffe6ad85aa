package rpm

import (
	"context"
	"io"
	"strings"
)

// Which packages stand in several versions on purpose, the managers' configuration says, and what the packages provide: dnf
// and zypper keep several of these, unless told otherwise.
var keptBeside = []string{
	"kernel", "kernel-PAE", "installonlypkg(kernel)", "installonlypkg(kernel-module)", "installonlypkg(vm)", "multiversion(kernel)",
}

// sideBySide asks rpm for the names of such packages. Unlike a manager it answers at once, and without lists.
func (t *toolbox) sideBySide(ctx context.Context) (names map[string]bool, err error) {
	args := append([]string{"-q", "--qf", "%{NAME}|\n", "--whatprovides"}, keptBeside...)
	_, err = t.run(ctx, t.tool("rpm", args...), func(r io.Reader) error {
		names, err = parseBeside(r)
		return err
	}, 1, 2, 3, 4, 5, 6) // how many of them nobody provides
	return names, err
}

// parseBeside reads names that end in a bar; what nobody provides is told in a sentence.
func parseBeside(r io.Reader) (map[string]bool, error) {
	names := map[string]bool{}
	lines := linesOf(r)
	for lines.Scan() {
		if name, found := strings.CutSuffix(lines.Text(), "|"); found {
			names[name] = true
		}
	}
	return names, lines.Err()
}
