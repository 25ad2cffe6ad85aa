package cli

import "github.com/spf13/cobra"

func (a *app) hostCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "host",
		Short:   "See which hosts there are, and decide about them",
		Example: "  patchstream host list\n  patchstream host group web-17.example.org web\n  patchstream host retire web-9.example.org",
	}, a.hostListCommand(), a.hostShowCommand(), a.hostGroupCommand(), a.hostRetireCommand())
}
