package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
)

func (a *app) compareCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:     "compare",
		Short:   "Hold what another system says of a host against what stands here",
		Example: `  aws ssm describe-instance-patches --instance-id i-0123456789abcdef0 | patchstream compare aws - --host web-1`,
	}, a.compareAWSCommand())
}

// compareOptions are the flags of compare aws.
type compareOptions struct {
	host, instance string
	output         *oneOf[print.Format]
	endpoint       *endpoint
}

func (a *app) compareAWSCommand() *cobra.Command {
	o := &compareOptions{}
	cmd := &cobra.Command{
		Use:   "aws FILE --host HOST",
		Short: "Hold what AWS says of a host against what stands here, patch by patch",
		Long: `Reads what "aws ssm describe-instance-patches" printed for the host, whole or page by page, one after the other or in a list, and what
"aws ssm describe-instance-patch-states" printed, each for itself or both in one file. The state of each patch is compared, and each count.

A patch that is NOT_APPLICABLE on one side and not listed on the other is no difference: neither has anything to install. Nor is
NotApplicableCount compared, in which AWS counts what it does not list. Versions are shown, and not compared.

Exit code 0: they agree; 5: they differ. docs/aws.md says which differences are meant.`,
		Example: `  aws ssm describe-instance-patches --instance-id i-0123456789abcdef0 > web-1.json
  patchstream compare aws web-1.json --host web-1
  patchstream compare aws states.json --host web-1 --instance i-0123456789abcdef0 -o json`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.compareAWS(cmd.Context(), o, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.host, "host", "", "the `HOST` it is about, as it is called here (required)")
	f.StringVar(&o.instance, "instance", "", "`ID` of the host at AWS, where the file has the counts of several")
	o.output = addOutput(cmd)
	o.endpoint = addEndpoint(cmd)
	return cmd
}

func (a *app) compareAWS(ctx context.Context, o *compareOptions, file string) error {
	if o.host == "" {
		return usagef("--host is missing: say which host %s is about", file)
	}
	if err := messages.ValidHost(o.host); err != nil {
		return usagef("--host: %w", err)
	}
	name, text, err := (&inputs{a.stdin}).read(ctx, file, maxEventsBytes)
	if err != nil {
		return err
	}
	theirs, err := readAWS(text)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	counts, err := theirs.countsOf(o.host, o.instance)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return a.askFleet(ctx, o.endpoint, func(ctx context.Context, f fleet, _ time.Time) error {
		h, err := f.Host(ctx, o.host)
		if err != nil {
			return err
		}
		c := compared(h.Report, theirs, counts)
		if h.Report.Status == messages.Unknown || h.Report.Status == messages.Retired {
			a.Warn("%s is %s here: see \"patchstream status %s\"", o.host, h.Report.Status, o.host)
		}
		if err := a.Show(o.output.value, c, func() { a.Comparison(c) }); err != nil {
			return err
		}
		if !c.Agree {
			return exitCode(exitDiffer)
		}
		return nil
	})
}
