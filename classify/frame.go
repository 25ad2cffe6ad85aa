package classify

import (
	"maps"
	"slices"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// Frame is what a report leaves for the next one, so that that one judges only what changed (see [Judging]).
type Frame struct {
	Rules string    // fingerprint of the rules that made the report
	At    time.Time // as of when they did

	// Scan is the event on which each item rests that is not of Own, and Statement the newest one that says whether the host
	// needs a boot.
	Scan      messages.RebootReason
	Statement messages.RebootReason
	Own       []string // patches, sorted
	Booting   []string // KBs that wait for a boot because the scan says so of them, sorted

	Waits   bool  // an item waits for a reboot, computed or shown
	Entries []int // of ApprovedPatches that fit something, by position
	Census  census
}

// Rest puts into an item the events on which it rests, where those are the newest of the host: they say nothing of the item
// itself, which stays as it is while they come and go.
func (f *Frame) Rest(i *Item) {
	if !f.Rests(i) {
		return
	}
	i.Reason.Event = f.Scan.Event
	if on := f.rebootOf(i); on != nil {
		reboot := *on
		i.Reason.Reboot = &reboot
	}
}

// Rests reports whether an item rests on the newest events of the host, and not on one of its own.
func (f *Frame) Rests(i *Item) bool {
	_, own := slices.BinarySearch(f.Own, i.Patch)
	return !own
}

// RestsForReboot reports whether the boot for which an item waits is asked for by the newest events of the host.
func (f *Frame) RestsForReboot(i *Item) bool {
	return f.Rests(i) && f.rebootOf(i) != nil
}

func (f *Frame) rebootOf(i *Item) *messages.RebootReason {
	switch _, ofKB := slices.BinarySearch(f.Booting, i.Patch); {
	case i.Reason.Code == messages.BecauseKernelWaits, i.Reason.Code == messages.BecauseRebootOfHost && ofKB:
		return &f.Scan
	case i.Reason.Code == messages.BecauseRebootOfHost:
		return &f.Statement
	}
	return nil
}

// frame is what the report leaves for the next one.
func (c *classifier) frame(waits bool) *Frame {
	f := &Frame{Rules: ruleset(), Census: c.census, Waits: waits, Own: slices.Sorted(maps.Keys(c.own)), Booting: slices.Sorted(maps.Keys(c.booting))}
	for i, fits := range c.matched {
		if fits {
			f.Entries = append(f.Entries, i)
		}
	}
	c.date(f)
	return f
}

// date puts into a frame the time and the newest events.
func (c *classifier) date(f *Frame) {
	f.At, f.Scan, f.Statement = c.now, messages.RebootReason{}, messages.RebootReason{}
	if c.scan != nil {
		f.Scan = messages.RebootReason{Event: c.scan.ID, At: c.scan.At}
	}
	if said := c.facts.ScanStatement; said != nil {
		f.Statement = messages.RebootReason{Event: said.ID, At: said.At}
	}
}

// hostReboot is what the host itself says of a boot that it needs, as far as it concerns packages.
type hostReboot struct {
	due      bool      // and there was none since
	packages []string  // because of which; empty: not told
	since    time.Time // else those that were installed after this; zero: not told either
}

func (c *classifier) hostReboot() hostReboot {
	said := c.facts.ScanStatement
	if c.settings.PendingReboot == rebootRuns || said == nil || !said.Required || c.bootedSince(said.At, said.BootID) {
		return hostReboot{}
	}
	if len(said.Packages) > 0 {
		return hostReboot{due: true, packages: said.Packages}
	}
	return hostReboot{due: true, since: said.BootedAt}
}

func (h hostReboot) equal(other hostReboot) bool {
	return h.due == other.due && slices.Equal(h.packages, other.packages) && h.since.Equal(other.since)
}

// concerns reports whether a package makes the host need a boot.
func (h hostReboot) concerns(p *messages.Package) bool {
	if len(h.packages) == 0 {
		return h.due && !h.since.IsZero() && p.InstalledAt.After(h.since)
	}
	return slices.Contains(h.packages, p.Name)
}

// sameFrame reports whether all packages are judged as they were before, as far as they share what they are judged by. The
// baseline, the settings and what the full scan says beside its packages are the same.
func (c *classifier) sameFrame(was *classifier) bool {
	return maps.Equal(c.kernels, was.kernels) && c.reboot.equal(was.reboot) && c.kbsWait() == was.kbsWait() &&
		slices.EqualFunc(c.origins, was.origins, func(a, b originKind) bool {
			return a.security == b.security && a.read == b.read && a.unread == b.unread
		})
}

// kbsWait reports whether KBs wait of which the scan says that they do.
func (c *classifier) kbsWait() bool { return c.census.Booting && c.awaitsBoot() }
