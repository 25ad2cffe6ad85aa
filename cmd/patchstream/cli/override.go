package cli

import (
	"os"
	"os/user"

	"github.com/spf13/cobra"
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

// whoAmI is who sets an override unless --by says otherwise.
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
