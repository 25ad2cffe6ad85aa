package cli

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// The headings under which the help lists the commands.
const (
	groupServers   = "servers"
	groupHosts     = "hosts"
	groupQuestions = "questions"
	groupDecisions = "decisions"
)

func (a *app) execute(ctx context.Context, args []string) (*cobra.Command, error) {
	root := a.rootCommand()
	if args == nil {
		args = []string{} // cobra would take those of the process
	}
	if len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd) {
		root.SetArgs(args)
		return root.ExecuteContextC(ctx) // a shell asks what may follow
	}
	cmd, rest, err := root.Find(args)
	if err != nil {
		return cmd, &usageError{err}
	}
	if err := unknownIn(cmd, rest); err != nil {
		return cmd, err
	}
	if cmd.HasSubCommands() && len(rest) == 0 {
		return cmd, helpInstead(cmd)
	}
	root.SetArgs(append(strings.Fields(cmd.CommandPath())[1:], spread(cmd, rest)...))
	return root.ExecuteContextC(ctx)
}

func (a *app) rootCommand() *cobra.Command {
	root := group(&cobra.Command{
		Use:   "patchstream",
		Short: "Patch compliance as a stream: what hosts say goes in, every change of a patch's state comes out once",
		Long: `patchstream classifies the packages of hosts by patch baselines, in the words of AWS Systems Manager Patch
Manager, and publishes every change of a patch's state once, over NATS JetStream.

Data goes to stdout, logs and errors to stderr. Exit codes: 0 done, 1 failed, 2 usage; with --exit-code also 3
non-compliant and 4 unknown. PATCHSTREAM_LOG=debug logs more; NO_COLOR=1 paints nothing.`,
		Version: build().Version,
		Example: `  patchstream serve                      # NATS, a worker and HTTP in one process
  patchstream scan                       # on each host: what is installed, and what could be
  patchstream status                     # the fleet, worst first
  patchstream explain web-1 openssl      # why, and what to do next`,
	})
	root.SetIn(a.stdin)
	root.SetOut(a.Stdout())
	root.SetErr(a.Stderr())
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(flagError)
	root.PersistentPreRunE = noneEmpty
	standard := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) { a.help(standard, cmd, args) })
	help := helpCommand()
	root.SetHelpCommand(help)
	root.AddGroup(
		&cobra.Group{ID: groupServers, Title: "Servers:"},
		&cobra.Group{ID: groupHosts, Title: "Hosts and their events:"},
		&cobra.Group{ID: groupQuestions, Title: "Questions:"},
		&cobra.Group{ID: groupDecisions, Title: "Decisions of an operator:"},
	)
	add(root, groupServers, a.serveCommand(), a.workerCommand(), a.apiCommand(), a.authCommand(), a.demoCommand(), a.benchCommand())
	add(root, groupHosts, a.scanCommand(), a.runCommand(), a.publishCommand(), a.spoolCommand())
	add(root, groupQuestions, a.statusCommand(), a.patchesCommand(), a.explainCommand(), a.historyCommand(), a.watchCommand(), a.auditCommand(), a.compareCommand(), a.classifyCommand())
	add(root, groupDecisions, a.baselineCommand(), a.hostCommand(), a.groupCommand(), a.overrideCommand(), a.settingsCommand(), a.recheckCommand(), a.deadLettersCommand())
	root.AddCommand(a.versionCommand(), a.completionCommand(), a.manCommand(), help)
	return root
}

func add(root *cobra.Command, group string, commands ...*cobra.Command) {
	for _, c := range commands {
		c.GroupID = group
		root.AddCommand(c)
	}
}

// group makes a command of one that only holds others.
func group(c *cobra.Command, commands ...*cobra.Command) *cobra.Command {
	c.AddCommand(commands...)
	c.Args = unknownIn
	return c
}

// help prints the help that standard makes, as wide as the terminal.
func (a *app) help(standard func(*cobra.Command, []string), cmd *cobra.Command, args []string) {
	out := cmd.OutOrStdout()
	var text strings.Builder
	cmd.SetOut(&text)
	standard(cmd, args)
	cmd.SetOut(out)
	_, _ = io.WriteString(out, a.Help(connectionApart(cmd, text.String()))) // as cobra does; that stdout failed is found at the end
}

// helpInstead is what a command that only holds others does when it is called alone.
func helpInstead(cmd *cobra.Command) error {
	cmd.SetOut(cmd.ErrOrStderr())
	if err := cmd.Help(); err != nil {
		return err
	}
	return exitCode(exitUsage)
}

// helpCommand is "patchstream help COMMAND", the same as --help there.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Help on a command",
		Example: "  patchstream help override set",
		Hidden:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err == nil {
				err = unknownIn(about, rest)
			}
			if err != nil {
				return err
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}
