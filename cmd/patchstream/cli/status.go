package cli

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// statusOptions are the flags of status.
type statusOptions struct {
	missing       string
	states        *[]string
	all, exitCode bool
	output        *oneOf
	connection    *connection
}

func (a *app) statusCommand() *cobra.Command {
	o := &statusOptions{}
	cmd := &cobra.Command{
		Use:   "status [HOST]",
		Short: "Show the fleet, worst first, or one host",
		Long: `Without HOST, shows every host, worst first. With HOST, shows that one as "classify" does.

--state shows the hosts that have a patch in one of these states, --missing those that lack a package: its
state there is MISSING, or FAILED where a run has tried. In JSON, the patches of each report are then only
those that fit. The JSON of the fleet is in no particular order, so that no fleet is too large for it.`,
		Example: `  patchstream status
  patchstream status web-17.example.org --all
  patchstream status --missing openssl
  patchstream status --state FAILED,INSTALLED_PENDING_REBOOT -o json
  patchstream status --exit-code             # 3: a host is non-compliant, 4: one is unknown`,
		Args: takesHost(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.status(cmd.Context(), o, args) },
	}
	f := cmd.Flags()
	o.states = addStates(cmd, "only hosts with a patch in this `STATE`")
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
	q := question{missing: o.missing, states: states}
	return o.connection.jetstream(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		fleet, err := openFleet(ctx, js, a.now())
		if err != nil {
			return err
		}
		if len(args) == 1 {
			return a.statusOfHost(ctx, fleet, args[0], o, q)
		}
		worst, err := a.statusOfFleet(ctx, fleet, o, q)
		if err == nil && o.exitCode {
			err = verdictCode(worst)
		}
		return err
	})
}

func (a *app) statusOfHost(ctx context.Context, fleet *fleet, name string, o *statusOptions, q question) error {
	h, err := fleet.host(ctx, name)
	if err != nil {
		return err
	}
	v := view{now: fleet.now, all: o.all}
	if q.asked() {
		v.fits = q.fits
		h.Report = narrowed(h.Report, q.fits)
	}
	if o.output.json() {
		err = a.json(hostJSON(h))
	} else {
		a.report(h.Report, v)
	}
	if err == nil && o.exitCode {
		err = verdictCode(h.Report.Status)
	}
	return err
}

// statusOfFleet prints the hosts that fit and returns the worst status among them.
func (a *app) statusOfFleet(ctx context.Context, fleet *fleet, o *statusOptions, q question) (worst messages.HostStatus, err error) {
	s := &survey{question: q, worst: messages.Compliant}
	show := func(*query.Host) error { return nil }
	list := &jsonList{a: a}
	if o.output.json() {
		show = func(h *query.Host) error { return list.add(hostJSON(h)) }
	}
	progress := a.progress("reading the fleet")
	err = fleet.all(ctx, func(h *query.Host) error { return s.take(h, show) })
	progress.stop()
	switch {
	case err != nil:
		return "", err
	case o.output.json():
		list.end()
	case o.missing != "":
		a.matches(s, fleet)
	default:
		a.fleet(s, fleet)
	}
	if s.hosts == 0 { // nobody knows
		s.worst = messages.Unknown
	}
	return s.worst, nil
}
