package rpm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// Collector collects scans. The zero value collects the machine's own. It may be used by several goroutines.
type Collector struct {
	// Root is the directory of the root to look at; empty or "/" is the machine itself. Another root is read by this
	// machine's tools under that root's own configuration, which may name programs: scan only roots whose owner you trust.
	Root string

	// Wait bounds the time that a transaction is waited for, and a scan begun again because the database or the metadata
	// changed under it. 0 is [DefaultWait]; negative: not at all.
	Wait time.Duration

	// Timeout bounds each command that is run. 0 is [DefaultTimeout].
	Timeout time.Duration

	// Now is the host's clock. nil is [time.Now].
	Now func() time.Time

	// Note is told what the scan cannot say and is no reason to distrust it: two notices of one id that differ, a
	// repository that nobody has signed. nil: nobody.
	Note func(text string)
}

// Collect collects a scan of the root with the defaults of a [Collector].
func Collect(ctx context.Context, root string) (*messages.Scan, error) {
	c := Collector{Root: root}
	return c.Collect(ctx)
}

// Collect reads the root's packages and returns them as a scan without ID, Host, Tags and Hash.
//
// Whatever keeps it from knowing all packages makes a scan that is not Complete, with the reason in Error: a transaction at
// work, a database that is empty or damaged, a package manager that fails, does not answer or is none that can be asked, an
// enabled repository whose metadata is not in the cache, is cut or is skipped, notices that cannot be read, more than the
// contract allows. Such a scan has the identity and the boot facts.
//
// An error is returned instead where there is nothing to say about: one that matches [ErrNoRPM] for a root that is no such
// system, the context's own when it ended, and that of a root which cannot be opened.
func (c *Collector) Collect(ctx context.Context) (*messages.Scan, error) {
	scan, err := c.collect(ctx)
	if err != nil {
		return nil, fmt.Errorf("collect packages: %w", err)
	}
	return scan, nil
}

func (c *Collector) collect(ctx context.Context) (*messages.Scan, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	h, err := newSystem(c.Root, host.TimeoutOr(c.Timeout, DefaultTimeout))
	if err != nil {
		return nil, err
	}
	defer h.close()
	named, err := identify(h.root)
	if err != nil {
		return nil, err
	}
	scan := &messages.Scan{TakenAt: c.now(), OS: named, Machine: h.root.Machine()}
	boot := host.ReadBoot(h.root, scan.TakenAt)
	scan.BootedAt, scan.BootID = boot.At, boot.ID
	read, err := c.packages(ctx, h, boot)
	var absent *noDatabaseError
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &absent) && !family(h.root):
		return nil, fmt.Errorf("%w: %w", ErrNoRPM, err)
	case err == nil:
		err = checkWhole(scan, read)
	}
	if err != nil {
		scan.Error = host.Shorten(err.Error())
		scan.RebootRequired = flagged(h.root)
		return scan, nil
	}
	host.Notes(read.notes, c.Note)
	scan.Complete = true
	scan.TakenAt, scan.OS.Arch = read.TakenAt, read.OS.Arch
	scan.IndexAt, scan.Origins, scan.Packages, scan.Advisories = read.IndexAt, read.Origins, read.Packages, read.Advisories
	scan.RebootRequired, scan.RebootPackages = read.RebootRequired, read.RebootPackages
	return scan, nil
}

// checkWhole returns why a scan is not one that the contract allows: it would be refused, so it is not sent as if it were
// whole.
func checkWhole(scan *messages.Scan, read *found) error {
	if err := host.CheckBounds(&read.Scan); err != nil {
		return err
	}
	whole := read.Scan
	whole.ID, whole.Host, whole.Complete = "x", "x", true
	whole.OS.System = scan.OS.System
	return whole.Validate()
}

// identify says which operating system the root holds. One that does not say so matches [ErrNoRPM].
func identify(r *host.Root) (messages.OS, error) {
	named, err := host.Identify(r)
	var unidentified *host.UnidentifiedError
	if errors.As(err, &unidentified) {
		err = fmt.Errorf("%w: %w", ErrNoRPM, err)
	}
	return named, err
}

// maxReadings is how often a reading is begun again where the files keep changing.
const maxReadings = 5

// packages makes a reading between two looks at a database at rest that show the same.
func (c *Collector) packages(ctx context.Context, h *system, boot host.Boot) (*found, error) {
	if err := h.open(ctx); err != nil {
		return nil, err
	}
	deadline := time.Now().Add(host.WaitOr(c.Wait, DefaultWait))
	for attempt := 1; ; attempt++ {
		got, steady, err := c.attempt(ctx, h, boot, deadline)
		switch {
		case steady || ctx.Err() != nil:
			return got, err
		case attempt == maxReadings || time.Now().After(deadline):
			return nil, errors.New("the database or the metadata kept changing while they were read")
		}
	}
}

// attempt makes one reading. It is steady where nothing changed meanwhile: what it says then stands, be it an error.
func (c *Collector) attempt(ctx context.Context, h *system, boot host.Boot, deadline time.Time) (got *found, steady bool, err error) {
	if err := h.awaitQuiet(ctx, deadline); err != nil {
		return nil, true, err
	}
	before, err := h.stamp()
	if err != nil {
		return nil, true, err
	}
	at := c.now()
	got, readErr := h.read(ctx, at, boot)
	after, err := h.stamp()
	if err != nil {
		return nil, true, errors.Join(readErr, err)
	}
	holder, err := host.LockHolder(h.lockPath())
	if err != nil {
		return nil, true, errors.Join(readErr, err)
	}
	if holder != 0 || !maps.Equal(before, after) {
		return nil, false, nil
	}
	return got, true, readErr
}

func (c *Collector) now() time.Time { return host.NowBy(c.Now) }
