package cli

import (
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/demo"
)

func (a *app) demoCommand() *cobra.Command {
	var keep string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show the main job on recorded real hosts",
		Long: `Plays a story in one process: an embedded NATS server in a temporary directory, a worker, and the events of six
hosts that were recorded, of a Windows and of a macOS host. Prints what mattered of each change, and the fleet. Needs nothing, listens on a
free port of the loopback interface only, and leaves nothing behind.

With --keep the story ends now, and its store stays: "patchstream serve --store DIR" goes on with it, and every command may be tried on it.`,
		Example: "  patchstream demo\n  patchstream demo --keep ./demo",
		Args:    takes(0, 0),
		RunE:    func(cmd *cobra.Command, _ []string) error { return demo.Play(cmd.Context(), a.Printer, keep) },
	}
	cmd.Flags().StringVar(&keep, "keep", "", "keep the store in this `DIR`, which must be empty or not there")
	return cmd
}
