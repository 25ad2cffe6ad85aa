package mac

import (
	"slices"

	"github.com/patchstream/patchstream/messages"
)

// catalogue is the packages by their names.
type catalogue struct {
	arch     string
	packages map[string]*messages.Package
}

func (c *catalogue) get(name string) *messages.Package {
	p := c.packages[name]
	if p == nil {
		p = &messages.Package{Name: name, Arch: c.arch}
		c.packages[name] = p
	}
	return p
}

// addRows takes over the newest row of each name: what was put in place last is there, also where it is the older version.
// Rows of macOS itself only tell when the version that runs came; of other releases they are history.
func (c *catalogue) addRows(rows []installRow, running string) {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b installRow) int { return a.Date.Compare(b.Date) })
	for i := range rows {
		r := &rows[i]
		r.Version = versionOf(r.Name, r.Version)
		if r.Name == "" || len(r.Version) > messages.MaxVersionBytes {
			continue
		}
		name, version := named(r.Name, r.Version)
		if !r.byOthers && isMacOS(r.Name, r.Version) {
			if version == running {
				c.get(name).InstalledAt = r.Date
			}
			continue
		}
		p := c.get(name)
		p.Installed, p.InstalledAt, p.Source = &version, r.Date, ""
		if r.byOthers {
			p.Source = messages.SourceInstaller
		}
	}
}

// addMacOS adds the system itself, of which sw_vers has the last word.
func (c *catalogue) addMacOS(version string) {
	p := c.get(macOSName(version))
	p.Installed, p.Source = &version, ""
}

// addOffer adds a version that is offered. Of several of one name the last is the candidate, as the list goes upwards.
func (c *catalogue) addOffer(o *offer) {
	name, version := named(clean(o.title), clean(o.version))
	p := c.get(name)
	p.Candidate = version
	if macOS := c.packages[macOSName(o.version)]; name == securityUpdate && p.Installed == nil && macOS != nil {
		p.Installed, p.InstalledAt = macOS.Installed, macOS.InstalledAt // the first one of the release that runs: it updates what is there
	}
	if p.Source == messages.SourceInstaller { // softwareupdate has updates for it after all
		p.Source = ""
	}
	if !slices.ContainsFunc(p.Versions, func(v messages.Version) bool { return v.Version == version }) {
		p.Versions = append(p.Versions, messages.Version{Version: version, Section: o.kind()})
	}
}
