package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/publisher/mac"
	"github.com/patchstream/patchstream/publisher/spool"
	"github.com/patchstream/patchstream/publisher/windows"
)

// dumped is the events of a dump, the runs oldest first.
type dumped struct {
	runs []*messages.Run
	scan *messages.Scan
}

// historyBefore is how far back the runs of a dump go of which nothing is remembered.
const historyBefore = 30 * 24 * time.Hour

// scanFrom publishes what a dump of Windows or macOS tells.
func (a *app) scanFrom(ctx context.Context, o *scanOptions, tags map[string]string) error {
	d, err := a.readDump(ctx, o, tags)
	if err != nil {
		return err
	}
	if o.print {
		if o.runs {
			return a.printRuns(d.runs)
		}
		if err := a.printScan(d.scan, o.output.value == print.JSON || !o.chosen()); err != nil {
			return err
		}
		return incomplete(d.scan, "")
	}
	if o.spoolDir != "" {
		return a.sendDumpWithSpool(ctx, o, d)
	}
	return o.connection.JetStream(ctx, func(ctx context.Context, js jetstream.JetStream) error {
		p, err := publisher.New(js, publisher.Config{StateDir: o.stateDir, Timeout: o.timeout})
		if err != nil {
			return err
		}
		for _, r := range d.runs {
			if err := p.Run(ctx, r); err != nil {
				return err
			}
		}
		if err := d.remember(o.stateDir); err != nil {
			return err
		}
		if err := p.Scan(ctx, d.scan); err != nil {
			return err
		}
		return errors.Join(a.publishedDump(o, d), incomplete(d.scan, " (published as such)"))
	})
}

// sendDumpWithSpool keeps the runs before the server is asked. They go out before the scan does, or wait with it.
func (a *app) sendDumpWithSpool(ctx context.Context, o *scanOptions, d *dumped) error {
	kept := &spool.Spool{Dir: o.spoolDir}
	out, err := a.deliver(o.connection, kept, publisher.Config{StateDir: o.stateDir, Timeout: o.timeout})
	if err != nil {
		return err
	}
	defer out.close()
	a.checkSpool(kept)
	for _, r := range d.runs {
		if err := out.publisher.Keep(r); err != nil {
			return err
		}
	}
	if err := d.remember(o.stateDir); err != nil {
		return err
	}
	var waits *spooledError
	switch err := out.scan(ctx, d.scan); {
	case errors.As(err, &waits):
		a.Warn("%s", print.Line(waits))
	case err != nil:
		return err
	default:
		if err := a.publishedDump(o, d); err != nil {
			return err
		}
	}
	return incomplete(d.scan, " (sent as such)")
}

func (a *app) publishedDump(o *scanOptions, d *dumped) error {
	receipts := make([]receipt, 0, len(d.runs)+1)
	for _, r := range d.runs {
		receipts = append(receipts, receiptOf(r))
	}
	return a.Show(o.output.value, append(receipts, receiptOf(d.scan)), func() {
		if n := len(d.runs); n > 0 {
			a.Printf("published %s of %s, the last of %s\n", print.Count(n, "run"), d.scan.Host, print.Clock(d.runs[n-1].FinishedAt))
		}
		a.Printf("published scan %s of %s: %s\n", d.scan.ID, d.scan.Host, print.ScanWords(d.scan))
	})
}

func (a *app) printRuns(runs []*messages.Run) error {
	texts := make([]json.RawMessage, len(runs))
	for i, r := range runs {
		text, err := messages.Encode(r, messages.JSON)
		if err != nil {
			return err
		}
		texts[i] = text
	}
	return a.JSON(texts)
}

// readDump reads what --from names, and says whose it is.
func (a *app) readDump(ctx context.Context, o *scanOptions, tags map[string]string) (*dumped, error) {
	d := &dumped{}
	var host string
	var runs func(since time.Time) []*messages.Run
	name, text, err := a.readFrom(ctx, o.from)
	if err != nil {
		return nil, err
	}
	switch {
	case text == nil, mac.LooksLikeTar(text):
		read := func() (*mac.Dump, error) { return mac.ReadTar(text) }
		if text == nil {
			read = func() (*mac.Dump, error) { return mac.ReadDir(o.from) }
		}
		m, err := read()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		host, d.scan = m.Host, m.Scan()
	case windows.Looks(text):
		w, err := windows.Read(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		host, d.scan, runs = w.Host, w.Scan(), w.Runs
		defer func() { a.notes(w.Notes()) }()
	default:
		return nil, fmt.Errorf("%s is no dump: of Windows it is JSON, of macOS a directory or a tar archive (see docs/windows.md, docs/macos.md)", name)
	}
	if host, err = dumpHost(ctx, o, host); err != nil {
		return nil, err
	}
	d.scan.Host, d.scan.Tags = host, tags
	if d.scan.Complete {
		d.scan.Hash = messages.ContentHash(d.scan)
	}
	if runs != nil {
		d.runs = runs(recallHistory(o.stateDir, host, d.scan.TakenAt.Add(-historyBefore)))
	}
	for _, r := range d.runs {
		r.Host = host
	}
	return d, nil
}

// readFrom returns a file's text, and none of a directory.
func (a *app) readFrom(ctx context.Context, arg string) (name string, text []byte, err error) {
	if info, err := os.Stat(arg); err == nil && info.IsDir() {
		return arg, nil, nil
	}
	in, err := a.inputs(arg)
	if err != nil {
		return "", nil, err
	}
	name, text, err = in.read(ctx, arg, max(windows.MaxBytes, mac.MaxBytes))
	return name, bytes.Clone(text), err
}

// dumpHost is whose dump it is: who --host says, else who the dump says, else this machine.
func dumpHost(ctx context.Context, o *scanOptions, named string) (string, error) {
	switch {
	case o.host != "":
		return o.host, nil
	case named != "":
		return named, nil
	}
	return hostName(ctx, "/")
}

func (a *app) notes(notes []string) {
	const most = 20
	for i, text := range notes {
		if i == most {
			a.Warn("%d more of that kind", len(notes)-most)
			return
		}
		a.Warn("%s", print.Line(errors.New(text)))
	}
}
