package cli

import (
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
)

func (a *app) authCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "auth",
		Short: "Say who may speak to the server, and as whom",
		Long: `Keeps a directory with an ordinary nats-server configuration in which each host, worker, operator, viewer and reader is a
user with an nkey and may do what its part is, and no more: "nats-server -c DIR/nats-server.conf" takes it as it
stands, and so does "patchstream serve --auth DIR". A host may publish only its own scans and runs.

A seed in DIR/keys is the secret of its user: move it there, and give it to every command with --nkey. The server
needs none of them. A running server reads a change when it is told to, and keeps its other connections.`,
		Example: `  patchstream auth init
  patchstream auth host web-17.example.org
  patchstream serve --auth ./patchstream-auth
  patchstream auth revoke web-17.example.org`,
	}, a.authInitCommand(),
		a.authAddCommand(auth.Host, "NAME…", "Let hosts publish their scans and runs, and nothing else",
			"  patchstream auth host web-17.example.org\n  patchstream auth host web-1 web-2 web-3 -o json"),
		a.authAddCommand(auth.Worker, "NAME…", "Let workers consume events and publish changes",
			"  patchstream auth worker worker-2"),
		a.authAddCommand(auth.Operator, "NAME…", "Let operators read everything, and decide",
			"  patchstream auth operator alice bob"),
		a.authAddCommand(auth.Viewer, "NAME…", "Let viewers read hosts, baselines and changes, and write nothing",
			"  patchstream auth viewer grafana\n  patchstream status --nkey viewer-grafana.nk"),
		a.authAddCommand(auth.Reader, "NAME…", "Let readers follow the changes, each by a consumer of its own",
			"  patchstream auth reader siem"),
		a.authAPIKeyCommand(), a.authListCommand(), a.authRevokeCommand())
}

// addAuthDir adds --dir.
func addAuthDir(cmd *cobra.Command) *string {
	value, usage := env("PATCHSTREAM_AUTH", "./patchstream-auth", "`DIR` with the users and their keys")
	return cmd.Flags().String("dir", value, usage)
}

// shown are users as they are printed.
func shown(d *auth.Dir, users, added []auth.User) []print.User {
	list := make([]print.User, 0, len(users))
	for _, u := range users {
		j := print.User{User: u, New: slices.Contains(added, u)}
		if seed := d.Seed(u); isFile(seed) {
			j.Seed = seed
		}
		list = append(list, j)
	}
	return list
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
