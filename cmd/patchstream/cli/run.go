package cli

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/oklog/ulid/v2"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/publisher/spool"
)

// runOptions are the flags of run.
type runOptions struct {
	scanOptions    // of the scan after the run
	spoolFlag      *string
	runID          string
	noScan, dryRun bool
}

func (a *app) runCommand() *cobra.Command {
	o := &runOptions{}
	cmd := &cobra.Command{
		Use:   "run [flags] -- COMMAND [ARGUMENT…]",
		Short: "Run a patch command, and publish what became of each package",
		Long: `Runs a command such as apt-get, unattended-upgrade, dnf, yum or zypper, finds out from the database of dpkg or
rpm what became of each package, publishes that, then scans the host and publishes the scan. The command keeps its
terminal, its input and its signals, and its exit code is ours, whatever comes of publishing: a problem with that is one
line on stderr. Whose database it is, the command says, behind sudo, env and the like too; of a script, the root.

The event is written to the spool before anything else is waited for. Where no server takes it in time it stays
there, and goes out with the next run or scan, or by "patchstream spool flush". With --dry-run nothing is run and
nothing sent.`,
		Example: `  patchstream run -- apt-get -y upgrade
  patchstream run -- dnf -y upgrade
  patchstream run -- zypper --non-interactive patch
  patchstream run --host web-1 --run-id nightly-2026-11-20 -- unattended-upgrade -v
  patchstream run --no-scan -- sh -c "apt-get -y -f install && apt-get -y dist-upgrade"
  patchstream run --dry-run -- apt-get dist-upgrade
  patchstream run --dry-run -- dnf upgrade --security`,
		Args: takes(1, -1),
		RunE: func(cmd *cobra.Command, argv []string) error { return a.runPatches(cmd.Context(), o, argv) },
	}
	f := cmd.Flags()
	f.SetInterspersed(false) // what follows the command is the command's
	f.StringVar(&o.root, "root", "/", "`DIR` that holds the root whose packages the command changes; it is not run there")
	f.StringVar(&o.host, "host", "", "`NAME` of the host")
	f.StringArrayVar(&o.tags, "tag", nil, "tag of the host in the scan, `KEY=VALUE`; repeat it for more")
	f.StringVar(&o.runID, "run-id", "", "`ID` of the run, for all that know it; one is made by default")
	f.BoolVar(&o.noScan, "no-scan", false, "do not scan after the run")
	f.BoolVar(&o.dryRun, "dry-run", false, "show the plan and what would be sent; run and send nothing")
	addTimeout(cmd, &o.timeout)
	value, usage := env("PATCHSTREAM_STATE", "", "`DIR` in which the last scan that was sent is remembered")
	f.StringVar(&o.stateDir, "state", value, usage)
	o.spoolFlag = addSpool(cmd)
	o.output = addOutput(cmd)
	f.Lookup("output").Usage = "of --dry-run: print a table for people, or JSON"
	o.connection = addConnection(cmd)
	return cmd
}

// runPatches is the command "run". All that may be refused is refused before the command starts; from then on its
// exit code is ours.
func (a *app) runPatches(ctx context.Context, o *runOptions, argv []string) error {
	if err := runnable(runtime.GOOS); err != nil {
		return err
	}
	r, err := a.prepare(ctx, o)
	if err != nil {
		return err
	}
	if o.dryRun {
		return a.dryRun(ctx, r, argv)
	}
	a.checkSpool(r.spool)
	run, code, err := a.runner(o.root, argv).Run(ctx, argv)
	if err != nil {
		a.Complain("%s", print.Line(err))
	}
	if run != nil {
		run.ID, run.Host, run.RunID = ulid.Make().String(), r.host, o.runID
		if ctx.Err() != nil { // the signal was the command's; the report is owed all the same
			ctx = context.WithoutCancel(ctx)
		}
		a.Run(run)
		r.report(ctx, run)
	}
	if code == 0 {
		return nil
	}
	return exitCode(code)
}

// patchRun is a run that may begin.
type patchRun struct {
	*runOptions
	app   *app
	host  string
	label map[string]string // the host's tags
	spool *spool.Spool

	nameless error // why nobody knows whose run it is: it is run all the same, and not reported
}

func (a *app) prepare(ctx context.Context, o *runOptions) (*patchRun, error) {
	tags, err := o.identity()
	if err != nil {
		return nil, err
	}
	if err := o.connection.Check(); err != nil {
		return nil, err
	}
	r := &patchRun{runOptions: o, app: a, host: o.host, label: tags}
	if r.host == "" {
		if r.host, r.nameless = hostName(ctx, o.root); r.nameless != nil && o.dryRun {
			return nil, r.nameless
		} else if r.nameless != nil {
			a.Warn("nothing will be reported: %s", print.Line(r.nameless))
		}
		o.host = r.host
	}
	if o.runID == "" {
		o.runID = ulid.Make().String()
	}
	now := a.now().UTC()
	empty := messages.Run{ID: "x", Host: "x", RunID: o.runID, Operation: messages.OperationInstall, StartedAt: now, FinishedAt: now}
	var field *messages.FieldError
	if err := empty.Validate(); errors.As(err, &field) {
		return nil, usagef("--run-id: %w", err)
	}
	r.spool, err = spoolAt(*o.spoolFlag)
	return r, err
}

// report publishes a run, and then what it has left of the host.
func (r *patchRun) report(ctx context.Context, run *messages.Run) {
	a := r.app
	if r.nameless != nil {
		a.Complain("the run is not reported: %s: %s", print.Line(r.nameless), print.RunWords(run))
		return
	}
	d, err := a.deliver(r.connection, r.spool, publisher.Config{StateDir: r.stateDir, Timeout: r.timeout})
	if err != nil {
		a.Complain("run %s is not published: %s", run.ID, print.Line(err))
		return
	}
	defer d.close()
	if err := d.run(ctx, run); err != nil {
		a.Complain("%s", print.Line(err))
	} else {
		a.Complain("published run %s of %s: %s", run.ID, run.Host, print.RunWords(run))
	}
	if r.noScan {
		return
	}
	if err := r.scanAfter(ctx, d); err != nil {
		a.Complain("%s", print.Line(err))
	}
}

func (r *patchRun) scanAfter(ctx context.Context, d *delivery) error {
	s, err := r.app.collect(ctx, &r.scanOptions, r.label)
	if err != nil {
		return fmt.Errorf("no scan after the run: %w", err)
	}
	if err := d.scan(ctx, s); err != nil {
		return err
	}
	if err := incomplete(s, " (published as such)"); err != nil {
		return err
	}
	r.app.Complain("published scan %s of %s: %s", s.ID, s.Host, print.ScanWords(s))
	return nil
}
