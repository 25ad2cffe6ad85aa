package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/auth"
)

func (a *app) authRevokeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "revoke NAME | ROLE/NAME | api-key/NAME",
		Short: "Let somebody in no more",
		Long: `Removes a user and its seed, and writes DIR/auth.conf anew. Once the server has read it, the connections of the user
are closed and it gets no other; nobody else notices. For a new key, add it again.`,
		Example: "  patchstream auth revoke web-17.example.org\n  patchstream auth revoke reader/siem\n  patchstream auth revoke api-key/grafana",
		Args:    takes(1, 1),
	}
	dir := addAuthDir(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		d, err := auth.Open(*dir)
		if err != nil {
			return fmt.Errorf("--dir: %w", err)
		}
		if name, is := strings.CutPrefix(args[0], "api-key/"); is {
			if err := d.RevokeAPIKey(name); err != nil {
				return err
			}
			a.Printf("revoked the API key %s: it lets nobody in within a second\n", name)
			return nil
		}
		u, err := userNamed(d, args[0])
		if err != nil {
			return err
		}
		if err := d.Revoke(u.Role, u.Name); err != nil {
			return err
		}
		a.Printf("revoked %s %s\n\nNext step\n"+reloadServer, u.Role, u.Name)
		if u.Role == auth.Host {
			a.Printf("  if the host is gone, so that it counts no more: patchstream host retire %s\n", u.Name)
		}
		return nil
	}
	return cmd
}

// userNamed finds a user by its name, where only one role has it, or by role and name.
func userNamed(d *auth.Dir, name string) (auth.User, error) {
	users, err := d.Users()
	if err != nil {
		return auth.User{}, err
	}
	var fit []auth.User
	var known, shown []string
	for _, u := range users {
		full := string(u.Role) + "/" + u.Name
		if known = append(known, u.Name); full == name || u.Name == name {
			fit, shown = append(fit, u), append(shown, full)
		}
	}
	switch {
	case len(fit) == 1:
		return fit[0], nil
	case len(fit) > 1:
		return auth.User{}, usagef("several are called %q: name one of %s", name, strings.Join(shown, " "))
	}
	if near := nearest(name, known, 1); len(near) > 0 {
		return auth.User{}, fmt.Errorf("%q: %w: did you mean %q?", name, auth.ErrNoUser, near[0])
	}
	return auth.User{}, fmt.Errorf("%q: %w: \"patchstream auth list\" shows them", name, auth.ErrNoUser)
}
