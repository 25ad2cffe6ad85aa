package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/oklog/ulid/v2"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/dial"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/publisher/apt"
	"github.com/patchstream/patchstream/publisher/rpm"
	"github.com/patchstream/patchstream/publisher/spool"
)

// scanOptions are the flags of scan.
type scanOptions struct {
	root, host, stateDir string
	from                 string // a dump in place of the root
	spoolDir             string // "": what cannot be published is an error
	timeout              time.Duration
	tags                 []string
	print                bool
	runs                 bool // with print: the runs of a dump, not its scan
	output               *oneOf[print.Format]
	chosen               func() bool // -o was given
	rooted               func() bool // --root was
	connection           *dial.Target
}

func (a *app) scanCommand() *cobra.Command {
	o := &scanOptions{}
	cmd := &cobra.Command{
		Use:   "scan",
		Short: "Scan this host, or another root, and publish the scan",
		Long: `Collects what the host's package manager knows of the packages and publishes it: dpkg and apt, or rpm with dnf 4,
dnf 5 or zypper; yum 3 cannot be asked. It takes no lock, fetches no list, and changes nothing on the host. With --print it
prints the event instead, as JSON unless -o table asks for a summary.

The host is called by its fully qualified name where it has one, else by its host name; another root by its
etc/hostname, without which --host must name it. The name must stay the same. With --state a scan that changed nothing is sent as
its hash alone. With --spool a scan that no server takes waits there, which is no failure; it and what waits there
from earlier go out with the next one.

Of Windows and macOS a scan is made of a dump, which a script of docs/examples makes on the host: of Windows JSON, of
macOS a directory or a tar archive of it. The runs in a dump's history go out first, those since the last with --state,
else of the last 30 days: what is sent twice counts once. On a Mac itself a scan needs no dump.`,
		Example: `  patchstream scan
  patchstream scan --host web-1 --tag "Patch Group=web" --state /var/lib/patchstream
  patchstream scan --print > scan.json
  patchstream scan --root /mnt/image --print -o table
  patchstream scan --from wua.json --state 'C:\ProgramData\patchstream'
  patchstream scan --from wua.json --print --runs > runs.json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.scan(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.root, "root", "/", "`DIR` that holds the root to scan")
	f.StringVar(&o.from, "from", "", "`DUMP` of a Windows or macOS host to read: a file, - or a directory")
	f.StringVar(&o.host, "host", "", "`NAME` of the host")
	f.StringArrayVar(&o.tags, "tag", nil, "tag of the host, `KEY=VALUE`; repeat it for more")
	value, usage := env("PATCHSTREAM_STATE", "", "`DIR` in which the last scan that was sent is remembered")
	f.StringVar(&o.stateDir, "state", value, usage)
	addTimeout(cmd, &o.timeout)
	addOptionalSpool(cmd, &o.spoolDir)
	f.BoolVar(&o.print, "print", false, "print the event instead of publishing it")
	f.BoolVar(&o.runs, "runs", false, "with --from and --print: print the runs of the dump's history, not its scan")
	o.output = addOutput(cmd)
	o.connection = addConnection(cmd)
	o.chosen = func() bool { return f.Changed("output") }
	o.rooted = func() bool { return f.Changed("root") }
	return cmd
}

func (a *app) scan(ctx context.Context, o *scanOptions) error {
	tags, err := o.identity()
	if err != nil {
		return err
	}
	switch {
	case o.runs && (o.from == "" || !o.print):
		return usagef("--runs goes with --from and --print")
	case o.from != "" && o.rooted():
		return usagef("--from and --root exclude each other")
	case o.from != "":
		return a.scanFrom(ctx, o, tags)
	case runtime.GOOS == "windows":
		return errScanOnWindows // before a server is asked
	}
	if o.print {
		s, err := a.collect(ctx, o, tags)
		if err != nil {
			return err
		}
		if err := a.printScan(s, o.output.value == print.JSON || !o.chosen()); err != nil {
			return err
		}
		return incomplete(s, "")
	}
	if o.spoolDir != "" {
		return a.scanWithSpool(ctx, o, tags)
	}
	// The server is found before the host is scanned: a scan takes seconds, a refusal none.
	return o.connection.JetStream(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		p, err := publisher.New(js, publisher.Config{StateDir: o.stateDir, Timeout: o.timeout})
		if err != nil {
			return err
		}
		s, err := a.collect(ctx, o, tags)
		if err != nil {
			return err
		}
		if err := p.Scan(ctx, s); err != nil {
			return err
		}
		return errors.Join(a.published(o, s), incomplete(s, " (published as such)"))
	})
}

// identity checks what the flags say of the host, and returns its tags.
func (o *scanOptions) identity() (map[string]string, error) {
	tags, err := parseTags(o.tags)
	if err != nil {
		return nil, err
	}
	if o.host != "" {
		if err := messages.ValidHost(o.host); err != nil {
			return nil, usagef("--host %w", err)
		}
	}
	if o.timeout <= 0 {
		return nil, usagef("--timeout %s is no time", o.timeout)
	}
	return tags, nil
}

func (a *app) published(o *scanOptions, s *messages.Scan) error {
	return a.Show(o.output.value, receiptOf(s), func() {
		a.Printf("published scan %s of %s: %s\n", s.ID, s.Host, print.ScanWords(s))
	})
}

// scanWithSpool scans whether there is a server or not.
func (a *app) scanWithSpool(ctx context.Context, o *scanOptions, tags map[string]string) error {
	kept := &spool.Spool{Dir: o.spoolDir}
	d, err := a.deliver(o.connection, kept, publisher.Config{StateDir: o.stateDir, Timeout: o.timeout})
	if err != nil {
		return err
	}
	defer d.close()
	a.checkSpool(kept)
	s, err := a.collect(ctx, o, tags)
	if err != nil {
		return err
	}
	var waits *spooledError
	switch err := d.scan(ctx, s); {
	case errors.As(err, &waits):
		a.Warn("%s", print.Line(waits))
	case err != nil:
		return err
	default:
		if err := a.published(o, s); err != nil {
			return err
		}
	}
	return incomplete(s, " (sent as such)")
}

// scanRoot scans with the room of the package manager that the root has.
func (a *app) scanRoot(ctx context.Context, root string) (*messages.Scan, error) {
	note := func(text string) { a.Warn("%s", text) }
	if is, err := rpm.Is(root); err == nil && is { // an error is apt's to tell
		c := rpm.Collector{Root: root, Note: note}
		return c.Collect(ctx)
	}
	c := apt.Collector{Root: root, Note: note}
	return c.Collect(ctx)
}

// collect scans, and says whose scan it is.
func (a *app) collect(ctx context.Context, o *scanOptions, tags map[string]string) (*messages.Scan, error) {
	host := o.host
	if host == "" {
		var err error
		if host, err = hostName(ctx, o.root); err != nil {
			return nil, err
		}
	}
	progress := a.Progress("scanning "+host, 0)
	s, err := a.scanHere(ctx, runtime.GOOS, o.root)
	progress.Stop()
	if errors.Is(err, apt.ErrNoApt) || errors.Is(err, rpm.ErrNoRPM) {
		return nil, fmt.Errorf("%w: only systems of dpkg and apt, and of rpm with dnf or zypper, can be scanned; --root names another root", err)
	}
	if err != nil {
		return nil, err
	}
	s.ID, s.Host, s.Tags = ulid.Make().String(), host, tags
	if s.Complete {
		s.Hash = messages.ContentHash(s)
	}
	return s, nil
}

func incomplete(s *messages.Scan, what string) error {
	if s.Complete {
		return nil
	}
	return fmt.Errorf("the scan is not complete%s: %s", what, s.Error)
}

func parseTags(pairs []string) (map[string]string, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	tags := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return nil, usagef("--tag %q is not KEY=VALUE, such as \"Patch Group=web\"", pair)
		}
		tags[key] = value
	}
	return tags, nil
}

func (a *app) printScan(s *messages.Scan, asJSON bool) error {
	if !asJSON {
		a.Scan(s)
		return nil
	}
	text, err := messages.Encode(s, messages.JSON)
	if err != nil {
		return err
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, text, "", "  "); err != nil {
		return err
	}
	a.Printf("%s\n", pretty.Bytes())
	return nil
}
