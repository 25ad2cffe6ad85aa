package query

import (
	"slices"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Known is what a host's newest list of packages says of a patch, beside its state. What it does not say is empty.
type Known struct {
	Severity    string    // of its notices the most serious one's as the vendor writes it, else the priority of the version
	CVEs        []string  // of its notices
	InstalledAt time.Time // of the installed version
	ReleasedAt  time.Time // of the version that the state is about
	Notices     []string  // ids
}

// Known says of patches of the host what is known of them. Only a host of [Index.Record] or [Fleet.Host] knows anything.
func (h *Host) Known() func(*classify.Item) Known {
	if h.Listed == nil {
		return func(i *classify.Item) (k Known) {
			k.ofReason(i)
			return k
		}
	}
	packages := make(map[string]*messages.Package, len(h.Listed.Packages))
	for i := range h.Listed.Packages {
		p := &h.Listed.Packages[i]
		packages[h.Listed.OS.PatchName(p.Name, p.Arch)] = p
	}
	notices := make(map[string]*messages.Advisory, len(h.Listed.Advisories))
	for i := range h.Listed.Advisories {
		notices[h.Listed.Advisories[i].ID] = &h.Listed.Advisories[i]
	}
	return func(i *classify.Item) (k Known) {
		k.ofReason(i)
		if p := packages[i.Patch]; p != nil {
			k.ofPackage(i, p, notices)
		}
		return k
	}
}

// ofReason takes what the reason of the state says.
func (k *Known) ofReason(i *classify.Item) {
	for _, n := range i.Reason.Notices {
		if k.Severity == "" {
			k.Severity, k.ReleasedAt = n.Severity, n.At
		}
		k.notice(n.ID, n.CVEs)
	}
	if o := i.Reason.Outcome; o != nil && o.Result == messages.ResultInstalled && o.Version == i.Installed {
		k.InstalledAt = o.FinishedAt
	}
}

func (k *Known) ofPackage(i *classify.Item, p *messages.Package, notices map[string]*messages.Advisory) {
	if installed, is := p.InstalledVersion(); is && installed == i.Installed && !p.InstalledAt.IsZero() {
		k.InstalledAt = p.InstalledAt
	}
	about := i.Version
	if about == "" {
		about = i.Installed
	}
	ids, priority := p.Advisories, "" // those at or below what is installed
	for at := range p.Versions {
		if v := &p.Versions[at]; v.Version == about {
			priority = v.Priority
			if len(v.Advisories) > 0 {
				ids = v.Advisories
			}
			if !v.ReleasedAt.IsZero() {
				k.ReleasedAt = v.ReleasedAt
			}
		}
	}
	if len(k.Notices) == 0 {
		for _, id := range ids {
			if n := notices[id]; n != nil {
				if k.Severity == "" {
					k.Severity = n.Severity
				}
				k.notice(id, n.CVEs)
			}
		}
	}
	if k.Severity == "" {
		k.Severity = priority
	}
}

func (k *Known) notice(id string, cves []string) {
	k.Notices = append(k.Notices, id)
	for _, cve := range cves {
		if !slices.Contains(k.CVEs, cve) {
			k.CVEs = append(k.CVEs, cve)
		}
	}
}
