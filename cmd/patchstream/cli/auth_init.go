package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
)

func (a *app) authInitCommand() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make the directory, with a worker and an operator",
		Long: `Makes the directory with the configuration of a server, a worker "local", as which "serve --auth" works, and an
operator "admin". In a directory that has users it changes none, and renews an auth.conf of another version.`,
		Example: "  patchstream auth init\n  patchstream auth init --dir /etc/patchstream/auth --listen 0.0.0.0:4222",
		Args:    takes(0, 0),
	}
	dir := addAuthDir(cmd)
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:4222", "`HOST:PORT` on which nats-server is to listen; serve has its own")
	out := addOutput(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		d, made, err := auth.Init(*dir, listen)
		if err != nil {
			return fmt.Errorf("--dir: %w", err)
		}
		all, err := d.Users()
		if err != nil {
			return err
		}
		made = made || len(all) == 0 // else a crash in between would leave it without them
		var added []auth.User
		for role, name := range map[auth.Role]string{auth.Worker: "local", auth.Operator: "admin"} {
			if !made {
				break
			}
			one, isNew, err := d.Add(role, []string{name}, a.now())
			if err != nil {
				return err
			}
			all, added = append(all, one...), append(added, isNew...)
		}
		return a.Show(out.value, shown(d, all, added), func() { a.authMade(*dir, d, made) })
	}
	return cmd
}

func (a *app) authMade(dir string, d *auth.Dir, made bool) {
	if !made {
		a.Printf("%s was made before, and keeps its users: patchstream auth list\n", dir)
		return
	}
	a.Printf("made %s\n\nNext steps\n", dir)
	a.Printf("  patchstream auth host web-1           # for each host; its seed goes there, for --nkey\n")
	a.Printf("  patchstream serve --auth %s           # or: nats-server -c %s\n", dir, d.File(auth.ServerFile))
	a.Printf("  patchstream status --nkey %s\n", d.Seed(auth.User{Role: auth.Operator, Name: "admin"}))
}
