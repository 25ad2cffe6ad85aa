package apt

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// ErrNoApt is matched by the error of a root that is no Debian system: without os-release or dpkg's database,
// or on a machine without apt's tools.
var ErrNoApt = errors.New("not a system with apt")

// Collector collects scans. The zero value collects the machine's own. It may be used by several goroutines.
type Collector struct {
	// Root is the directory of the root to look at; empty or "/" is the machine itself. Another root is read
	// by this machine's tools under that root's own apt configuration, which may name programs: scan only
	// roots whose owner you trust.
	Root string

	// Wait bounds the time that a running dpkg is waited for, and a scan begun again because the lists or the
	// database changed under it. 0 is [DefaultWait]; negative: not at all.
	Wait time.Duration

	// Timeout bounds each command that is run. 0 is [DefaultTimeout].
	Timeout time.Duration

	// Now is the host's clock. nil is [time.Now].
	Now func() time.Time

	// Note is told what the scan cannot say and is no reason to distrust it: an entry of dpkg's that is no package, a
	// version of which apt and the indices think differently. nil: nobody.
	Note func(text string)

	signal func(moment) // for tests: called at each moment
}

// moment is a step of a collection that a test may wait for.
type moment string

const (
	waiting moment = "waiting" // dpkg is busy, and is waited for
	reading moment = "reading" // the state of the files was noted, the packages come next
)

// Collect collects a scan of the root with the defaults of a [Collector].
func Collect(ctx context.Context, root string) (*messages.Scan, error) {
	c := Collector{Root: root}
	return c.Collect(ctx)
}

// Collect reads the root's packages and returns them as a scan without ID, Host, Tags and Hash.
//
// Whatever keeps it from knowing all packages makes a scan that is not Complete, with the reason in Error: dpkg
// at work or interrupted, a tool that fails, does not answer or warns that it was not let read something, an index
// that is missing, cut off or not to be read, more packages than the contract allows. Such a scan has the identity and
// the boot facts.
//
// An error is returned instead where there is nothing to say about: one that matches [ErrNoApt] for a root that
// is no such system, the context's own when it ended, and that of a root which cannot be opened.
func (c *Collector) Collect(ctx context.Context) (*messages.Scan, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("collect packages: %w", err)
	}
	h, err := newSystem(c.Root, c.timeout(), "")
	if err != nil {
		return nil, fmt.Errorf("collect packages: %w", err)
	}
	defer h.close()
	scan, err := c.collect(ctx, h)
	if err != nil {
		return nil, fmt.Errorf("collect packages: %w", err)
	}
	return scan, nil
}

func (c *Collector) collect(ctx context.Context, h *system) (*messages.Scan, error) {
	named, err := identify(h.root)
	if err != nil {
		return nil, err
	}
	scan := &messages.Scan{TakenAt: c.now(), OS: named, Machine: h.root.Machine()}
	boot := host.ReadBoot(h.root, scan.TakenAt)
	scan.BootedAt, scan.BootID = boot.At, boot.ID
	read, err := c.packages(ctx, h)
	scan.OS.Arch = h.arch()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, ErrNoApt):
		return nil, err
	case err != nil:
		scan.Error = host.Shorten(err.Error())
		scan.RebootRequired, scan.RebootPackages = reboot(h.root, nil)
		return scan, nil
	}
	scan.TakenAt = read.at
	scan.IndexAt = read.indexAt
	scan.Origins, scan.Packages = read.origins, read.packages
	host.Notes(read.notes, c.Note)
	scan.RebootRequired, scan.RebootPackages = reboot(h.root, read.installed)
	if err := checkWhole(scan); err != nil {
		scan.Error = host.Shorten(err.Error())
		scan.IndexAt, scan.Origins, scan.Packages = time.Time{}, nil, nil
		return scan, nil
	}
	scan.Complete = true
	return scan, nil
}

// maxReadings is how often a reading is begun again where the files keep changing.
const maxReadings = 5

// packages makes a reading between two looks at a database at rest that show the same.
func (c *Collector) packages(ctx context.Context, h *system) (*result, error) {
	if err := h.open(ctx); err != nil {
		return nil, err
	}
	deadline := time.Now().Add(c.wait())
	for attempt := 1; ; attempt++ {
		got, steady, err := c.attempt(ctx, h.tools, h.settings, deadline)
		switch {
		case steady || ctx.Err() != nil:
			return got, err
		case attempt == maxReadings || time.Now().After(deadline):
			return nil, errors.New("the lists or dpkg's database kept changing while they were read")
		}
	}
}

// attempt makes one reading. It is steady where nothing changed meanwhile: what it says then stands, be it an error.
func (c *Collector) attempt(ctx context.Context, t *toolbox, s *settings, deadline time.Time) (got *result, steady bool, err error) {
	if err := awaitQuiet(ctx, s.admindir(), deadline, c.at); err != nil {
		return nil, true, err
	}
	before, err := stamp(s)
	if err != nil {
		return nil, true, err
	}
	at := c.now()
	c.at(reading)
	got, readErr := readPackages(ctx, t, s, at)
	after, err := stamp(s)
	if err != nil {
		return nil, true, errors.Join(readErr, err)
	}
	b, err := busy(s.admindir())
	if err != nil {
		return nil, true, errors.Join(readErr, err)
	}
	if b.activity != quiet || !maps.Equal(before, after) {
		return nil, false, nil
	}
	if readErr == nil {
		readErr = errors.Join(s.unreadable(), t.heard.partial())
	}
	if readErr != nil {
		return nil, true, readErr
	}
	got.at = at
	got.notes = append(got.notes, t.heard.of(isNote)...)
	return got, true, nil
}

func (c *Collector) at(m moment) {
	if c.signal != nil {
		c.signal(m)
	}
}

func (c *Collector) now() time.Time { return host.NowBy(c.Now) }

func (c *Collector) wait() time.Duration { return host.WaitOr(c.Wait, DefaultWait) }

func (c *Collector) timeout() time.Duration { return host.TimeoutOr(c.Timeout, DefaultTimeout) }

// checkWhole returns why a scan is not one that the contract allows.
func checkWhole(scan *messages.Scan) error {
	if err := host.CheckBounds(scan); err != nil {
		return err
	}
	for i := range scan.Packages {
		if _, ok := scan.Packages[i].InstalledVersion(); ok {
			return nil
		}
	}
	return errors.New("dpkg lists no installed package")
}
