package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
)

func (a *app) authAPIKeyCommand() *cobra.Command {
	role := &oneOf[auth.Role]{auth.KeyViewer, []auth.Role{auth.KeyViewer, auth.KeyOperator}}
	var groups []string
	cmd := &cobra.Command{
		Use:   "api-key NAME",
		Short: "Make a key for the HTTP API",
		Long: `Makes a key: a token for "Authorization: Bearer", and an access key with its secret, as AWS's clients want them. They are
shown once, here. Kept are, in DIR/api-keys.json of mode 0600, the SHA-256 of the token, which lets nobody in, and the secret
of the pair in clear, since who checks a signature must make it: whoever reads that file can sign as the key.

A viewer reads; an operator also writes what is a person's to decide. With --group the key knows of the hosts of those patch
groups alone, by every route. "serve --auth" and "api --auth" take a change in within a second.`,
		Example: `  patchstream auth api-key grafana --role viewer
  patchstream auth api-key web-team --role operator --group web --group web-canary
  curl -H "Authorization: Bearer $KEY" https://patch.example.org/api/v1/hosts`,
		Args: takes(1, 1),
	}
	dir, out := addAuthDir(cmd), addOutput(cmd)
	cmd.Flags().Var(role, "role", "what it is good for")
	cmd.Flags().StringArrayVar(&groups, "group", nil, "patch `GROUP` to which it is limited; said again for more")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		d, err := auth.Open(*dir)
		if err != nil {
			return fmt.Errorf("--dir: %w", err)
		}
		key, err := d.AddAPIKey(args[0], role.value, groups, a.now())
		if err != nil {
			return err
		}
		return a.Show(out.value, key, func() {
			of := "all hosts"
			if len(groups) > 0 {
				of = "the groups " + strings.Join(groups, " ")
			}
			a.Printf("%s %s, of %s. This is shown once:\n\n  token       %s\n  access key  %s\n  secret key  %s\n\nNext step\n  patchstream status --api URL --api-key-file FILE      # the token in FILE\n",
				key.Role, key.Name, of, key.Token, key.AccessKey, key.SecretKey)
		})
	}
	return cmd
}
