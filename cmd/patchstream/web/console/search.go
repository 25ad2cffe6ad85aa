package console

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// searchData is what was found.
type searchData struct {
	Asked    string
	Hosts    []query.HostView
	HostsAll int // how many there are
	HostsURL string
	Packages []query.PackageView // of exactly this name
	Patches  []query.FleetPatch  // not in order somewhere, with this in their names
	All      int                 // how many there are
	AllURL   string
	Lacking  int // hosts with a patch to see to that names the notice or the CVE
	NoticeOn string
}

const (
	searchShown    = 20
	searchMaxBytes = 200
)

// noticeLike is what may be the id of an update notice or a CVE, and no name.
var noticeLike = regexp.MustCompile(`(?i)^(CVE-\d{4}-\d+|[A-Z]{2,}[A-Z0-9]*-\d{4}[:-]\d+(:\d+)?(-\d+)?)$`)

func (c *console) search(r *http.Request, who web.Who) (*view, error) {
	if err := knownParameters(r, "q"); err != nil {
		return nil, err
	}
	q := strings.TrimSpace(r.URL.Query().Get("q"))
	if q == "" {
		return nil, moved("/")
	}
	if len(q) > searchMaxBytes {
		return nil, &messages.FieldError{Field: "query.q", Problem: "is too long for a name"}
	}
	if noticeLike.MatchString(q) {
		return nil, moved(address("/", url.Values{"notice": {q}}))
	}
	d := &searchData{Asked: q, HostsURL: address("/", url.Values{"host": {q}}), AllURL: address("/packages", url.Values{"name": {q}}), NoticeOn: address("/", url.Values{"notice": {q}})}
	hosts, err := c.cfg.Index.Hosts(r.Context(), query.HostsQuestion{Filter: query.Filter{Host: q, Scope: who.Groups}, Limit: searchShown})
	if err != nil {
		return nil, err
	}
	d.HostsAll = hosts.Total
	for h := range hosts.Hosts() {
		d.Hosts = append(d.Hosts, h)
	}
	installed, err := c.cfg.Index.Package(r.Context(), q, query.Filter{Scope: who.Groups})
	if err != nil {
		return nil, err
	}
	d.Packages = installed.Packages
	patches, err := c.cfg.Index.Patches(r.Context(), query.PatchesQuestion{Hosts: query.Filter{Scope: who.Groups}, Name: q, Limit: searchShown})
	if err != nil {
		return nil, err
	}
	d.Patches, d.All = patches.Patches, patches.Total
	noticed, err := c.cfg.Index.Hosts(r.Context(), query.HostsQuestion{Filter: query.Filter{Notice: q, Scope: who.Groups}, Limit: 1})
	if err != nil {
		return nil, err
	}
	d.Lacking = noticed.Total
	if only := d.only(); only != "" {
		return nil, moved(only)
	}
	return &view{Title: "Search: " + q, Section: "/search", AsOf: &hosts.AsOf, Data: d, Commands: []command{
		c.curl(r, "/hosts", url.Values{"host": {q}}), c.curl(r, "/patches", url.Values{"name": {q}}),
	}}, nil
}

// only is the address of the one thing that is called so; empty: there is none, or several may be meant.
func (d *searchData) only() string {
	exact := ""
	for _, h := range d.Hosts {
		if strings.EqualFold(h.Host, d.Asked) {
			exact = hostURL(h.Host)
		}
	}
	switch {
	case exact != "" && len(d.Packages) == 0:
		return exact
	case exact == "" && d.HostsAll == 0 && len(d.Packages) > 0 && d.Lacking == 0:
		return packageURL(d.Packages[0].Name)
	case d.HostsAll == 0 && len(d.Packages) == 0 && d.All == 0 && d.Lacking > 0:
		return d.NoticeOn
	}
	return ""
}
