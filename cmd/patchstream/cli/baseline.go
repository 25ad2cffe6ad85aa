package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/classify/baseline"
)

func (a *app) baselineCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "baseline",
		Short: "Store baselines, and say which hosts they apply to",
		Long: `A baseline is in the JSON that "aws ssm get-patch-baseline" prints and "aws ssm create-patch-baseline
--cli-input-json" takes. A host is classified by the one bound to its patch group and system, else by the default of
its system, else by the built-in default. A change has the hosts that it concerns classified again.`,
		Example: `  patchstream baseline put prod-ubuntu.json
  patchstream baseline set-default --os UBUNTU prod-ubuntu
  patchstream baseline list`,
	}, a.baselinePutCommand(), a.baselineGetCommand(), a.baselineListCommand(), a.baselineSetDefaultCommand(), a.baselineBindCommand(),
		a.baselineLogCommand(), a.baselineDiffCommand(), a.baselinePreviewCommand(), a.baselineRemoveCommand())
}

// system is the operating system in AWS's words. Only those that can be classified are of use.
func system(name string) (string, error) {
	var known []string
	for _, b := range baseline.Builtins() {
		if strings.EqualFold(name, b.OperatingSystem) {
			return b.OperatingSystem, nil
		}
		if !slices.Contains(known, b.OperatingSystem) { // Windows has three
			known = append(known, b.OperatingSystem)
		}
	}
	if name == "" {
		return "", usagef("--os is missing: one of %s", strings.Join(known, " "))
	}
	if near := nearest(name, known, 1); len(near) > 0 {
		return "", usagef("unknown operating system %q: did you mean %s?", name, near[0])
	}
	return "", usagef("unknown operating system %q: this version classifies %s", name, strings.Join(known, " "))
}
