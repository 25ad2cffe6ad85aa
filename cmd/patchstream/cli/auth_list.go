package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
)

func (a *app) authListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the users and the keys of the HTTP API",
		Example: "  patchstream auth list\n  patchstream auth list -o json | jq -r '.[] | select(.role == \"host\").name'",
		Args:    takes(0, 0),
	}
	dir, out := addAuthDir(cmd), addOutput(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		d, err := auth.Open(*dir)
		if err != nil {
			return fmt.Errorf("--dir: %w", err)
		}
		users, err := d.Users()
		if err != nil {
			return err
		}
		keys, err := d.APIKeys()
		if err != nil {
			return err
		}
		list := shown(d, users, nil)
		for _, k := range keys {
			u := auth.User{Role: "api-key", Name: k.Name, PublicKey: k.AccessKey, Created: k.Created}
			list = append(list, print.User{User: u, Key: &print.KeyRights{Role: k.Role, Groups: k.Groups}})
		}
		return a.Show(out.value, list, func() { a.Users(list) })
	}
	return cmd
}
