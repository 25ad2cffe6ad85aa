package cli

import (
	"context"
	"os"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/apt"
	hosts "github.com/patchstream/patchstream/publisher/host"
	"github.com/patchstream/patchstream/publisher/rpm"
)

// patchRunner runs a patch command, and says what it did or would do. Each package manager's room has one.
type patchRunner interface {
	Run(ctx context.Context, argv []string) (*messages.Run, int, error)
	Plan(ctx context.Context, argv []string) (*hosts.Plan, error)
}

// runner returns the one for a command: that of the package manager that it calls, else that of the root.
func (a *app) runner(root string, argv []string) patchRunner {
	r := hosts.Runner{Root: root, Stdin: a.stdin, Stdout: a.stdout, Stderr: a.stderr}
	if callsRPM(root, argv) {
		return &rpm.Runner{Runner: r}
	}
	return &apt.Runner{Runner: r}
}

func callsRPM(root string, argv []string) bool {
	switch env := os.Environ(); {
	case rpm.Calls(argv, env):
		return true
	case apt.Calls(argv, env):
		return false
	}
	is, err := rpm.Is(root)
	return err == nil && is // an error is apt's to tell
}
