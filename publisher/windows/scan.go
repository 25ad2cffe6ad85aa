package windows

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// Scan returns what the dump says of the host's updates, without Host, Tags and Hash. Its ID is the dump's own, so that the
// same dump is never two scans.
//
// It is not Complete, with the reason in Error, where a search failed, or none covers what is installed or what is not, or no
// search ever reached a service; where the script itself failed; and where there is more than the contract allows.
func (d *Dump) Scan() *messages.Scan {
	s := &messages.Scan{
		ID: "wua-" + d.sum[:32], TakenAt: d.TakenAt, OS: d.os.os(), Machine: host.MachineOf(d.machineGUID),
		RebootRequired: d.rebootRequired, RebootPackages: d.rebooting(), IndexAt: d.searchedAt(),
	}
	if !d.bootedAt.After(d.TakenAt) {
		s.BootedAt = d.bootedAt
	}
	if why := d.incomplete(); why != "" {
		s.Error = host.Shorten(why)
		return s
	}
	s.Origins = d.origins()
	d.fill(s)
	s.Complete = true
	if err := publishable(s); err != nil {
		s.Complete, s.Error = false, host.Shorten(err.Error())
		s.Origins, s.Packages, s.Advisories = nil, nil, nil
	}
	return s
}

// publishable returns why the contract does not allow a scan, under any host's name.
func publishable(s *messages.Scan) error {
	named := *s
	named.Host = "x"
	return named.Validate()
}

// fill adds a package for each entry, and the advisories of its updates.
func (d *Dump) fill(s *messages.Scan) {
	gone, named := superseded(d.distinct()), d.kbsByID()
	installedAt := d.installedAt()
	known := make(map[string]bool)
	for _, e := range d.entries() {
		state, updates := e.worst(gone)
		version := newestRevision(updates)
		p := messages.Package{Name: e.name, Arch: s.OS.Arch, State: state}
		if state == installed || state == messages.KBReboot {
			p.Installed, p.InstalledAt = &version, installedAt[e.name]
		}
		v := messages.Version{Version: version}
		for _, u := range updates {
			id := e.name
			if len(updates) > 1 {
				id = u.id
			}
			v.Advisories = append(v.Advisories, id)
			if !known[id] {
				known[id] = true
				s.Advisories = append(s.Advisories, u.advisory(id, named))
			}
		}
		slices.Sort(v.Advisories)
		v.Advisories = slices.Compact(v.Advisories)
		p.Versions = []messages.Version{v}
		s.Packages = append(s.Packages, p)
	}
}

// advisory is what the update is for.
func (u *update) advisory(id string, named map[string][]string) messages.Advisory {
	a := messages.Advisory{
		ID: id, Type: u.classification, Severity: u.severity, UpdatedAt: u.changedAt, CVEs: u.cves, Aliases: u.bulletins,
		Products: u.products, Families: u.families, Set: u.set(), Reboot: u.mayReboot,
	}
	for _, old := range u.supersedes {
		for _, name := range named[old] {
			a.Supersedes = add(a.Supersedes, name)
		}
	}
	return a
}

// kbsByID returns the names of the dump's updates by their ids. What an update replaces is told by ids, of which those that
// the agent no longer lists say nothing to anybody.
func (d *Dump) kbsByID() map[string][]string {
	named := make(map[string][]string)
	for _, u := range d.distinct() {
		named[u.id] = u.names()
	}
	return named
}

// rebooting returns the names of what waits for a boot.
func (d *Dump) rebooting() []string {
	var names []string
	for _, u := range d.distinct() {
		if u.reboot {
			for _, name := range u.names() {
				names = add(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// incomplete says why the dump does not tell the whole truth.
func (d *Dump) incomplete() string {
	if d.why != "" {
		return "the script that asks the update agent failed: " + d.why
	}
	if len(d.searches) == 0 {
		return "the dump holds no search"
	}
	var covered coverage
	for i := range d.searches {
		s := &d.searches[i]
		if why := s.failure(); why != "" {
			return why
		}
		c, narrow := readCriteria(s.criteria)
		if narrow != "" {
			return fmt.Sprintf("the search for %q does not say all: %s", s.criteria, narrow)
		}
		covered.installed = covered.installed || c.installed && c.shown
		covered.others = covered.others || c.others && c.shown
	}
	switch {
	case !covered.installed:
		return "the dump holds no search for what is installed (IsInstalled=1)"
	case !covered.others:
		return "the dump holds no search for what is not installed (IsInstalled=0 and IsHidden=0)"
	case d.searchedAt().IsZero():
		return "the update agent has never searched with success: it answered from an empty store"
	}
	return ""
}

// searchedAt is when somebody last heard from a service what updates there are: the answer of the offline file is as old as
// the file. The oldest of several searches counts.
func (d *Dump) searchedAt() time.Time {
	var oldest time.Time
	for i := range d.searches {
		s := &d.searches[i]
		at := d.lastSearch
		switch {
		case !s.service.fileAt.IsZero():
			at = s.service.fileAt
		case s.online != nil && *s.online && s.failure() == "":
			at = d.TakenAt
		}
		if oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
		if at.IsZero() {
			return at
		}
	}
	return oldest
}

// The services that Microsoft runs, by their ids.
var services = map[string]string{
	"9482f4b4-e343-43b6-b170-9a65bc822c77": "Windows Update",
	"7971f918-a847-4430-9279-4a52d1efe18d": "Microsoft Update",
	"3da21691-e39d-4da6-8a4b-b43877bcb1b7": "WSUS",
}

// archiveOffline is the archive of Microsoft's offline file.
const archiveOffline = "wsusscn2"

// origins returns who was asked, each once, and, where it was the offline file alone, that there is more which was not read:
// it has security updates, rollups and service packs, and no others.
func (d *Dump) origins() []messages.Origin {
	var all []messages.Origin
	for i := range d.searches {
		o := d.searches[i].service.origin()
		if !slices.ContainsFunc(all, func(x messages.Origin) bool { return x == o }) {
			all = append(all, o)
		}
	}
	if len(all) > 0 && !slices.ContainsFunc(all, func(o messages.Origin) bool { return o.Archive != archiveOffline }) {
		all = append(all, messages.Origin{Archive: messages.ArchiveNotOffline, Origin: "Microsoft", Unread: true})
	}
	return all
}

func (s *service) origin() messages.Origin {
	o := messages.Origin{Archive: "default", Origin: "Microsoft", Label: s.name, Trusted: true}
	switch {
	case !s.fileAt.IsZero():
		o.Archive, o.Date = archiveOffline, s.fileAt
	case s.server != "" || s.selection == selectManaged || services[s.id] == "WSUS":
		o.Archive, o.Origin, o.Site = "WSUS", "", siteOf(s.server)
	case services[s.id] != "":
		o.Archive = services[s.id]
	case s.selection == selectOthers:
		o.Archive = strings.TrimSpace(s.id)
	case s.selection == 2:
		o.Archive = "Windows Update"
	}
	return o
}

// siteOf is the host name in a URL.
func siteOf(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
