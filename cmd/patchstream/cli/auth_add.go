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
key. A server that runs has to be told: nats-server --signal reload, or SIGHUP for patchstream serve.`,
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
		if out.json() {
			return a.json(usersJSON(d, all, added))
		}
		for _, u := range usersJSON(d, all, added) {
			a.authAdded(&u)
		}
		a.authNext(role, names[0], len(added))
		return nil
	}
	return cmd
}

func (a *app) authAdded(u *userJSON) {
	seed := u.Seed
	if seed == "" {
		seed = "moved away"
	}
	if u.New {
		a.printf("%s %s: its seed is %s\n", u.Role, u.Name, seed)
	} else {
		a.printf("%s %s is there already, and keeps its key (%s)\n", u.Role, u.Name, seed)
	}
}

const tellServer = "  nats-server --signal reload, or kill -HUP of patchstream serve: a running server reads it then\n"

// authNext says what a new user needs besides its seed.
func (a *app) authNext(role auth.Role, name string, added int) {
	if added == 0 {
		return
	}
	a.printf("\nNext steps\n" + tellServer)
	switch role {
	case auth.Host:
		a.printf("  patchstream scan --host %s --nkey SEED      # on the host, its seed moved there\n", name)
	case auth.Worker:
		a.printf("  patchstream worker --nkey SEED\n")
	case auth.Operator:
		a.printf("  patchstream status --nkey SEED\n")
	case auth.Reader:
		a.printf("  patchstream watch --durable %[1]s --create --nkey SEED-OF-AN-OPERATOR     # once: makes its consumer\n"+
			"  patchstream watch --durable %[1]s --nkey SEED\n", name)
	}
}
