package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// classifyOptions are the flags of classify.
type classifyOptions struct {
	baseline               string
	scans, runs, overrides []string
	settings, now          string
	all, exitCode          bool
	output                 *oneOf[print.Format]
	connection             *dial.Target
}

func (a *app) classifyCommand() *cobra.Command {
	o := &classifyOptions{}
	cmd := &cobra.Command{
		Use:   "classify --baseline FILE [--scan FILE…] [--run FILE…] [--override FILE…]",
		Short: "Classify one host from files, without a server",
		Long: `Prints the report of one host from any set of its events, in any order. Events are JSON or MessagePack.

The baseline is a file in the JSON of "aws ssm get-patch-baseline", -, or the name of a built-in one; with
--server or $NATS_URL also the id of a stored one. Without --now, neither the age of the scan, the expiry of
overrides nor the clock of the host is looked at.

The built-in baselines:
  ` + strings.Join(builtins(), "\n  "),
		Example: `  patchstream classify --baseline prod-ubuntu.json --scan scan.json
  patchstream classify --baseline AWS-UbuntuDefaultPatchBaseline --scan scan.json --run nightly/*.json -o json
  patchstream scan --print | patchstream classify --baseline prod-ubuntu.json --scan - --now now --exit-code`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.classify(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.baseline, "baseline", "", "`FILE`, -, or name of a baseline (required)")
	f.StringArrayVar(&o.scans, "scan", nil, "`FILE` with a scan, or -")
	f.StringArrayVar(&o.runs, "run", nil, "`FILE` with what a patch run did, or -")
	f.StringArrayVar(&o.overrides, "override", nil, "`FILE` with a status set by hand, or -")
	takesSeveral(cmd, "scan", "run", "override")
	f.StringVar(&o.settings, "settings", "", "`FILE` with settings as JSON, such as {\"failed_until\": \"next-scan\"}")
	f.StringVar(&o.now, "now", "", "`TIME` at which to classify, as 2026-11-20T10:00:00Z, or now")
	f.BoolVar(&o.all, "all", false, "show compliant patches too")
	f.BoolVar(&o.exitCode, "exit-code", false, "exit 3 when the host is non-compliant, 4 when unknown")
	o.output = addOutput(cmd)
	o.connection = addConnection(cmd)
	return cmd
}

func (a *app) classify(ctx context.Context, o *classifyOptions) error {
	now, err := a.asOf(o.now)
	if err != nil {
		return err
	}
	in, err := a.inputs(slices.Concat([]string{o.baseline, o.settings}, o.scans, o.runs, o.overrides)...)
	if err != nil {
		return err
	}
	baseline, err := a.baseline(ctx, in, o)
	if err != nil {
		return err
	}
	settings, err := readSettings(ctx, in, o.settings)
	if err != nil {
		return err
	}
	host, facts, err := o.facts(ctx, in, now)
	if err != nil {
		return err
	}
	report, err := classify.JudgeBy(baseline, settings, host, facts, now)
	if err != nil {
		return fmt.Errorf("%w: name another with --baseline", err)
	}
	err = a.Show(o.output.value, query.View(report), func() { a.Report(report, print.View{Now: now, All: o.all}) })
	if err == nil && o.exitCode {
		err = verdictCode(report.Status)
	}
	return err
}

func (a *app) asOf(text string) (time.Time, error) {
	switch text {
	case "":
		return time.Time{}, nil
	case "now":
		return a.now().UTC(), nil
	}
	t, err := instant(text)
	if err != nil {
		return t, usagef("--now: %w, or now", err)
	}
	return t, nil
}

// facts merges all the events, which must be of one host.
func (o *classifyOptions) facts(ctx context.Context, in *inputs, now time.Time) (host string, facts *classify.Facts, err error) {
	facts = &classify.Facts{}
	first := ""
	for _, source := range []struct {
		kind  messages.Kind
		files []string
	}{{messages.KindScan, o.scans}, {messages.KindRun, o.runs}, {messages.KindOverride, o.overrides}} {
		for _, file := range source.files {
			events, err := in.events(ctx, source.kind, file)
			if err != nil {
				return "", nil, err
			}
			for _, e := range events {
				if host != "" && e.HostName() != host {
					return "", nil, fmt.Errorf("%s is of the host %s, %s of %s: give the events of one host", first, host, file, e.HostName())
				}
				if err := e.CheckClock(now); err != nil {
					return "", nil, fmt.Errorf("%s: %w", file, err)
				}
				if host == "" {
					host, first = e.HostName(), file
				}
				facts.Add(e, messages.ContentSum(e))
			}
		}
	}
	if host == "" {
		return "", nil, usagef("there is no event to classify: give --scan, --run or --override")
	}
	return host, facts, nil
}
