package cli

import (
	"context"
	"fmt"
	"os"
	"os/user"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/dial"
)

func (a *app) overrideCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "override",
		Short: "Set the state of a patch by hand",
		Long: `An override stands in place of the computed state (as PutComplianceItems does at AWS). Of all overrides of a
patch only the newest counts, even when it was withdrawn or has expired. Reports show both states.`,
		Example: `  patchstream override set web-1 openssl NOT_APPLICABLE --reason "vendor build, CHG-1182" --expires 30d
  patchstream override list web-1
  patchstream override clear web-1 openssl`,
	}, a.overrideSetCommand(), a.overrideClearCommand(), a.overrideListCommand())
}

// by is who decides: the user as whom we came to the server, where we came as one, with what was claimed beside it; else what is claimed.
func by(ctx context.Context, c *dial.Target, nc *nats.Conn, claimed string, given bool) string {
	user := c.UserName(ctx, nc)
	switch {
	case user == "":
		return claimed
	case given && claimed != user:
		return fmt.Sprintf("%s (claims to be %s)", user, claimed)
	}
	return user
}

// byMe is by, of who claims nothing.
func byMe(ctx context.Context, c *dial.Target, js jetstream.JetStream) string {
	return by(ctx, c, js.Conn(), whoAmI(), false)
}

// whoAmI is who decides unless --by or a key says otherwise.
func whoAmI() string {
	for _, name := range []string{"USER", "LOGNAME"} {
		if v := os.Getenv(name); v != "" {
			return v
		}
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}
