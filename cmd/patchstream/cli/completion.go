package cli

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"
)

func (a *app) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a script by which a shell completes commands and flags",
		Example: `  patchstream completion bash > /etc/bash_completion.d/patchstream
  patchstream completion zsh > "${fpath[1]}/_patchstream"
  patchstream completion fish > ~/.config/fish/completions/patchstream.fish`,
		Args:      takes(1, 1),
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), a.Stdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			}
			return usagef("%q is no shell that is known: bash, zsh, fish or powershell", args[0])
		},
	}
}

func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write the manual pages, one for each command",
		Long:    "Writes the manual pages into a directory, made from the same words as the help: a page for each command.",
		Example: "  patchstream man /usr/local/share/man/man1",
		Args:    takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("%w: name a directory that can be written", err)
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			at := time.Unix(0, 0).UTC() // the same words make the same page
			if err := doc.GenManTree(root, &doc.GenManHeader{Title: "PATCHSTREAM", Section: "1", Source: "patchstream " + build().Version, Manual: "patchstream", Date: &at}, args[0]); err != nil {
				return err
			}
			pages, err := os.ReadDir(args[0])
			if err != nil {
				return err
			}
			a.Printf("%d pages are in %s: man -l %s/patchstream.1\n", len(pages), args[0], strings.TrimSuffix(args[0], "/"))
			return nil
		},
	}
}

// ofConnection are the flags that say which server is meant, and as whom: many, the same everywhere, and seldom given.
var ofConnection = []string{"api", "api-key-file", "api-ca", "api-cert", "api-cert-key", "server", "creds", "nkey", "tls-ca", "tls-cert", "tls-key"}

// connectionApart puts those flags of a help under a heading of their own.
func connectionApart(cmd *cobra.Command, help string) string {
	if cmd.Flags().Lookup("creds") == nil {
		return help
	}
	own, connection := pflag.NewFlagSet("", pflag.ContinueOnError), pflag.NewFlagSet("", pflag.ContinueOnError)
	own.SortFlags, connection.SortFlags = cmd.Flags().SortFlags, false
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		to := own
		for _, name := range ofConnection {
			if f.Name == name {
				to = connection
			}
		}
		to.AddFlag(f)
	})
	trimmed := func(f *pflag.FlagSet) string { return strings.TrimRight(f.FlagUsages(), " \n") }
	return strings.Replace(help, trimmed(cmd.LocalFlags()), fmt.Sprintf("%s\n\nConnection flags:\n%s", trimmed(own), trimmed(connection)), 1)
}
