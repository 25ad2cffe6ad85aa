package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
)

func (a *app) authAddCommand(role auth.Role, use, short, example string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   string(role) + " " + use,
		Short: short,
		Long: short + `.

Makes a seed for each in DIR/keys, of mode 0600, and writes DIR/auth.conf anew. One that is there already keeps its
key. A patchstream serve that runs on the directory takes it in within two seconds; a nats-server has to be told:
nats-server --signal reload.`,
		Example: example,
		Args:    takes(1, -1),
	}
	dir, out := addAuthDir(cmd), addOutput(cmd)
	cmd.RunE = func(_ *cobra.Command, names []string) error {
		for _, name := range names {
			if err := auth.Check(role, name); err != nil {
				return usagef("%w", err)
			}
		}
		d, err := auth.Open(*dir)
		if err != nil {
			return fmt.Errorf("--dir: %w", err)
		}
		all, added, err := d.Add(role, names, a.now())
		if err != nil {
			return err
		}
		users := shown(d, all, added)
		return a.Show(out.value, users, func() {
			for i := range users {
				a.Added(&users[i])
			}
			a.authNext(role, names[0], len(added))
		})
	}
	return cmd
}

const reloadServer = "  nothing where patchstream serve runs on this directory: it reads it within two seconds\n" +
	"  on other servers: copy auth.conf there, then nats-server --signal reload\n"

// authNext says what a new user needs besides its seed.
func (a *app) authNext(role auth.Role, name string, added int) {
	if added == 0 {
		return
	}
	a.Printf("\nNext steps\n" + reloadServer)
	switch role {
	case auth.Host:
		a.Printf("  patchstream scan --host %s --nkey SEED      # on the host, its seed moved there\n", name)
	case auth.Worker:
		a.Printf("  patchstream worker --nkey SEED\n")
	case auth.Operator, auth.Viewer:
		a.Printf("  patchstream status --nkey SEED\n")
	case auth.Reader:
		a.Printf("  patchstream watch --durable %[1]s --create --nkey SEED-OF-AN-OPERATOR     # once: makes its consumer\n"+
			"  patchstream watch --durable %[1]s --nkey SEED\n", name)
	}
}
