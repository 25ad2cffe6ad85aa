package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// packagesData is what the page of packages shows: the patches that are not in order on some host.
type packagesData struct {
	Asked    url.Values
	Patches  []query.FleetPatch
	Total    int
	Next     string // address of the next page; empty: this is the last
	First    string // of the first; empty: this is it
	States   []messages.State
	Levels   []messages.Level
	Narrowed bool // by a filter
}

// outstanding are the states of patches that are not in order, the most pressing first.
func outstanding() []messages.State {
	return []messages.State{messages.Failed, messages.Missing, messages.InstalledPendingReboot, messages.InstalledRejected, messages.AvailableSecurityUpdate}
}

// ofPatches are the parameters of the page that are about patches, beside those about hosts.
func ofPatches() []string { return []string{"name", "patch_level", "classification", "cursor"} }

// packagesPage is how many patches are on a page.
const packagesPage = 100

func (c *console) packages(r *http.Request, who web.Who) (*view, error) {
	if err := knownParameters(r, slices.Concat(web.FilterNames(), ofPatches())...); err != nil {
		return nil, err
	}
	if clean, is := cleaned(r); is {
		return nil, moved(clean)
	}
	v := said(r.URL.Query())
	f, err := web.ReadFilter(v, who.Groups, c.cfg.Now())
	if err != nil {
		return nil, err
	}
	q := query.PatchesQuestion{Hosts: f, Name: v.Get("name"), Limit: packagesPage, Cursor: v.Get("cursor")}
	if level := messages.Level(v.Get("patch_level")); level != "" {
		if !slices.Contains(messages.Levels(), level) {
			return nil, &messages.FieldError{Field: "query.patch_level", Problem: "there is no such level"}
		}
		q.Levels = []messages.Level{level}
	}
	if classification := v.Get("classification"); classification != "" {
		q.Classifications = []string{classification}
	}
	page, err := c.cfg.Index.Patches(r.Context(), q)
	if err != nil {
		return nil, err
	}
	v.Del("cursor")
	d := &packagesData{Asked: v, Patches: page.Patches, Total: page.Total, States: outstanding(), Levels: messages.Levels(), Narrowed: len(v) > 0}
	if page.Next != "" {
		d.Next = here(r, map[string]string{"cursor": page.Next})
	}
	if q.Cursor != "" {
		d.First = here(r, nil)
	}
	return &view{
		Title: "Packages", Section: "/packages", AsOf: &page.AsOf, Data: d, CSV: csvOf("/patches", v),
		Commands: []command{patchesCommand(v), c.curl(r, "/patches", v)},
	}, nil
}

// patchesCommand is the line of the command line that lists the same patches. What it has no flag for is left out.
func patchesCommand(asked url.Values) command {
	words := []string{"patches"}
	for _, f := range []struct{ name, flag string }{
		{"name", "--name"}, {"notice", "--notice"}, {"state", "--state"}, {"patch_level", "--level"}, {"group", "--group"},
	} {
		if value := asked.Get(f.name); value != "" {
			words = append(words, f.flag, value)
		}
	}
	return cli(words...)
}

// said leaves of parameters those that have a value, as a form sends them all.
func said(v url.Values) url.Values {
	kept := make(url.Values)
	for name, values := range v {
		if some := slices.DeleteFunc(slices.Clone(values), func(s string) bool { return s == "" }); len(some) > 0 {
			kept[name] = some
		}
	}
	return kept
}

// packageData is what the page of a package shows.
type packageData struct {
	Name     string
	Hosts    int // that have it in some version
	Packages []onePackage
	Notices  []string
	Lacking  []query.HostView // at most lackingShown
	Lack     int
	AllLack  string // address of all of them
}

// onePackage is a package of one architecture: what is installed of it, and how the patch stands where it is not in order.
type onePackage struct {
	query.PackageView
	Patch   *query.FleetPatch // nil: it is in order wherever it is
	Largest int               // hosts of the version that most have
}

// lackingShown is how many hosts that lack a package its page has.
const lackingShown = 50

func (c *console) packagePage(r *http.Request, who web.Who) (*view, error) {
	if err := knownParameters(r, web.FilterNames()...); err != nil {
		return nil, err
	}
	name, v := r.PathValue("name"), said(r.URL.Query())
	f, err := web.ReadFilter(v, who.Groups, c.cfg.Now())
	if err != nil {
		return nil, err
	}
	answer, err := c.cfg.Index.Package(r.Context(), name, f)
	if err != nil {
		return nil, err
	}
	patches, err := c.cfg.Index.Patches(r.Context(), query.PatchesQuestion{Hosts: f, Name: name})
	if err != nil {
		return nil, err
	}
	d := &packageData{Name: name, Hosts: answer.Hosts, Packages: together(name, answer.Packages, patches.Patches)}
	if len(d.Packages) == 0 {
		return nil, huma.Error404NotFound("no host that you may see knows a package " + name)
	}
	for _, p := range d.Packages {
		if p.Patch != nil {
			d.Notices = append(d.Notices, p.Patch.Notices...)
		}
	}
	slices.Sort(d.Notices)
	d.Notices = slices.Compact(d.Notices)
	f.Missing = name
	lacking, err := c.cfg.Index.Hosts(r.Context(), query.HostsQuestion{Filter: f, Limit: lackingShown})
	if err != nil {
		return nil, err
	}
	d.Lacking, d.Lack, d.AllLack = slices.Collect(lacking.Hosts()), lacking.Total, address("/", url.Values{"missing": {name}})
	return &view{
		Title: name, Section: "/packages", AsOf: &answer.AsOf, Data: d, CSV: csvOf("/hosts", url.Values{"missing": {name}}),
		Commands: []command{cli("status", "--missing", name), c.curl(r, "/packages/"+url.PathEscape(name), v), c.curl(r, "/hosts", url.Values{"missing": {name}})},
	}, nil
}

// together puts beside each package of that name how its patch stands.
func together(name string, packages []query.PackageView, patches []query.FleetPatch) (all []onePackage) {
	for _, p := range packages {
		one := onePackage{PackageView: p}
		for _, v := range p.Versions {
			one.Largest = max(one.Largest, v.Hosts)
		}
		all = append(all, one)
	}
	for i := range patches {
		p := &patches[i]
		if !strings.EqualFold(p.Name, name) && !strings.EqualFold(p.Patch, name) {
			continue
		}
		at := slices.IndexFunc(all, func(o onePackage) bool { return o.PackageView.Patch == p.Patch })
		if at < 0 {
			all = append(all, onePackage{PackageView: query.PackageView{Patch: p.Patch, Name: p.Name, Arch: p.Arch}})
			at = len(all) - 1
		}
		all[at].Patch = p
	}
	slices.SortFunc(all, func(a, b onePackage) int { return cmp.Compare(a.PackageView.Patch, b.PackageView.Patch) })
	return all
}
