package console

import (
	"net/http"
	"slices"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/worker/query"
)

// fleetData is what the page of the fleet shows.
type fleetData struct {
	Total query.SummaryRow
	Hosts []query.Row
	Count int
	Next  string // address of the next page; empty: this is the last
	First string // of the first; empty: this is it
}

// fleetPage is how many hosts are on a page.
const fleetPage = 100

func (c *console) fleet(r *http.Request, who web.Who) (*view, error) {
	if err := knownParameters(r, slices.Concat(web.FilterNames(), []string{"sort", "cursor"})...); err != nil {
		return nil, err
	}
	v := r.URL.Query()
	f, err := web.ReadFilter(v, who.Groups, c.cfg.Now())
	if err != nil {
		return nil, err
	}
	page, err := c.cfg.Index.Hosts(r.Context(), query.HostsQuestion{Filter: f, Sort: v.Get("sort"), Limit: fleetPage, Cursor: v.Get("cursor")})
	if err != nil {
		return nil, err
	}
	summary, err := c.cfg.Index.Summary(r.Context(), "", f)
	if err != nil {
		return nil, err
	}
	d := &fleetData{Total: summary.Total, Count: page.Total}
	for h := range page.Hosts() {
		d.Hosts = append(d.Hosts, query.RowOf(&h))
	}
	if page.Next != "" {
		d.Next = here(r, map[string]string{"cursor": page.Next})
	}
	if v.Get("cursor") != "" {
		d.First = here(r, nil)
	}
	asked := web.FilterValues(&f)
	if sort := v.Get("sort"); sort != "" {
		asked.Set("sort", sort)
	}
	return &view{
		Title: "Fleet", Section: "/", AsOf: &page.AsOf, Data: d, CSV: csvOf("/hosts", asked),
		Commands: []command{cli("status"), c.curl(r, "/hosts", asked)},
	}, nil
}
