package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// statusOptions are the flags of status.
type statusOptions struct {
	missing       string
	states        *[]string
	conditions    *[]string
	all, exitCode bool
	output        *oneOf[print.Format]
	connection    *dial.Target
}

func (a *app) statusCommand() *cobra.Command {
	o := &statusOptions{}
	cmd := &cobra.Command{
		Use:   "status [HOST]",
		Short: "Show the fleet, worst first, or one host",
		Long: `Without HOST, shows every host, worst first. With HOST, shows that one as "classify" does.

--state shows the hosts that have a patch in one of these states, --missing those that lack a package: its
state there is MISSING, or FAILED where a run has tried. In JSON, the patches of each report are then only
those that fit. --condition shows the hosts on which one of these conditions stands, at any status: what stands
on a host is in the last column, and with HOST since when, why, and what to do.

The JSON of the fleet is in no particular order, so that no fleet is too large for it.`,
		Example: `  patchstream status
  patchstream status web-17.example.org --all
  patchstream status --missing openssl
  patchstream status --condition run_failed --condition scan_old
  patchstream status --state FAILED,INSTALLED_PENDING_REBOOT -o json
  patchstream status --exit-code             # 3: a host is non-compliant, 4: one is unknown`,
		Args: takesHost(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.status(cmd.Context(), o, args) },
	}
	f := cmd.Flags()
	o.states = addStates(cmd, "only hosts with a patch in this `STATE`")
	o.conditions = addConditions(cmd, "only hosts on which this `CONDITION` stands")
	f.StringVar(&o.missing, "missing", "", "only hosts that lack this `PACKAGE` (or patch, as openssl.amd64)")
	f.BoolVar(&o.all, "all", false, "with HOST: show compliant patches too")
	f.BoolVar(&o.exitCode, "exit-code", false, "exit 3 when a host shown is non-compliant, else 4 when one is unknown")
	o.output = addOutput(cmd)
	o.connection = addConnection(cmd)
	return cmd
}

func (a *app) status(ctx context.Context, o *statusOptions, args []string) error {
	states, err := parseStates(*o.states)
	if err != nil {
		return err
	}
	conditions, err := parseConditions(*o.conditions)
	if err != nil {
		return err
	}
	if len(args) == 1 && conditions != nil {
		return usagef("--condition is asked of the fleet: with HOST all its conditions are shown")
	}
	question := query.Question{Missing: o.missing, States: states, Conditions: conditions}
	return a.ask(ctx, o.connection, func(ctx context.Context, q *asker) error {
		var worst messages.HostStatus
		var err error
		if len(args) == 1 {
			worst, err = a.statusOfHost(ctx, q, args[0], o, question)
		} else {
			worst, err = a.statusOfFleet(ctx, q, o.output.value, question)
		}
		if err == nil && o.exitCode {
			err = verdictCode(worst)
		}
		return err
	})
}

// statusOfHost prints a host and returns its status.
func (a *app) statusOfHost(ctx context.Context, q *asker, name string, o *statusOptions, question query.Question) (messages.HostStatus, error) {
	h, err := q.host(ctx, name)
	if err != nil {
		return "", err
	}
	if question.OfPatches() {
		h.Report = query.Narrowed(h.Report, question.Fits)
	}
	return h.Report.Status, a.Show(o.output.value, h.View(), func() {
		a.Report(h.Report, print.View{Now: q.Now(), All: o.all || question.OfPatches()})
	})
}

// statusOfFleet prints the hosts that fit and returns the worst status among them.
func (a *app) statusOfFleet(ctx context.Context, q *asker, as print.Format, question query.Question) (worst messages.HostStatus, err error) {
	s, list := &query.Survey{Question: question}, a.List()
	progress := a.Progress("reading the fleet", 0)
	err = q.All(ctx, func(h *query.Host) error {
		if fits := s.Take(h); fits && as == print.JSON {
			return list.Add(h.View())
		}
		return nil
	})
	progress.Stop()
	switch {
	case err != nil:
		return "", err
	case as == print.JSON:
		list.End()
	case question.Missing != "":
		a.Matches(s, q.Now())
	default:
		a.Fleet(s, q.Now())
	}
	return s.Worst(), nil
}
