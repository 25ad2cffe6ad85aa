package cli

import (
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/demo"
)

func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show the main job on recorded real hosts",
		Long: `Plays a story in one process: an embedded NATS server in a temporary directory, a worker, and the events of six
hosts that were recorded, of a Windows and of a macOS host. Prints each transition as it happens, then an explanation
and the fleet. Needs nothing, listens on a free port of the loopback interface only, and leaves nothing behind.`,
		Example: "  patchstream demo",
		Args:    takes(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return demo.Play(cmd.Context(), a.Printer) },
	}
}
