package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// fleetData is what the page of the fleet shows.
type fleetData struct {
	Total      query.SummaryRow // of the hosts that fit, whatever their status
	Bar        []segment        // hosts by status
	Patches    []segment        // by state, of all hosts that fit
	Conditions []segment        // hosts on which each stands
	Outdated   string           // address of the hosts that are outdated

	Trend       *chart
	TrendComes  bool // it is still being read
	TrendFailed bool // and could not be the last time

	Form    *filterForm
	Columns []column
	Hosts   []fleetHost
	Count   int
	Next    string // address of the next page; empty: this is the last
	First   string // of the first; empty: this is it
}

// fleetHost is a row of the list.
type fleetHost struct {
	query.HostView
	System  string
	ListsAt any
	Open    int
	Bar     []segment
}

// column is the head of a column, and how to sort by it.
type column struct {
	Word, Class string
	Href        string // empty: one cannot
	Sorted      string // ascending, descending, or empty: it is not sorted by this
}

const (
	fleetPage    = 100 // hosts on a page
	fleetRefresh = 30  // seconds
)

func (c *console) fleet(r *http.Request, who web.Who) (*view, error) {
	if err := knownParameters(r, slices.Concat(web.FilterNames(), []string{"sort", "cursor"})...); err != nil {
		return nil, err
	}
	if clean, is := cleaned(r); is {
		return nil, moved(clean)
	}
	v := r.URL.Query()
	f, err := web.ReadFilter(v, who.Groups, c.cfg.Now())
	if err != nil {
		return nil, err
	}
	d := &fleetData{}
	asOf, err := c.hostsOf(r, d, f, v)
	if err != nil {
		return nil, err
	}
	if err := c.overviewOf(r, d, f); err != nil {
		return nil, err
	}
	if d.Form, err = c.formOf(r, who.Groups, "sort", "cursor"); err != nil {
		return nil, err
	}
	points, known, err := c.trends.get(r.Context(), who.Groups)
	if err != nil {
		c.cfg.Log.Warn().Err(err).Msg("the trend cannot be read; trying again")
	}
	d.Trend, d.TrendComes, d.TrendFailed = draw(points), !known, err != nil
	asked := web.FilterValues(&f)
	if sort := v.Get("sort"); sort != "" {
		asked.Set("sort", sort)
	}
	return &view{
		Title: "Fleet", Section: "/", AsOf: asOf, Refresh: fleetRefresh, Data: d, CSV: csvOf("/hosts", asked),
		Commands: []command{statusCommand(asked), c.curl(r, "/hosts", asked), awsOfFleet(r, f.Groups)},
	}, nil
}

// hostsOf reads the page of hosts.
func (c *console) hostsOf(r *http.Request, d *fleetData, f query.Filter, v url.Values) (*query.AsOf, error) {
	page, err := c.cfg.Index.Hosts(r.Context(), query.HostsQuestion{Filter: f, Sort: v.Get("sort"), Limit: fleetPage, Cursor: v.Get("cursor")})
	if err != nil {
		return nil, err
	}
	longest := 1
	for h := range page.Hosts() {
		row := fleetHost{HostView: h, System: h.OS.Product, ListsAt: h.ListsAt, Open: open(h.Counts)}
		if row.System == "" {
			row.System = h.OS.System
		}
		if h.Searched != nil {
			row.ListsAt = h.Searched
		}
		d.Hosts, longest = append(d.Hosts, row), max(longest, row.Open)
	}
	for i := range d.Hosts {
		d.Hosts[i].Bar = patchBar(d.Hosts[i].Counts, longest)
	}
	d.Count = page.Total
	if page.Next != "" {
		d.Next = here(r, map[string]string{"cursor": page.Next})
	}
	if v.Get("cursor") != "" {
		d.First = here(r, nil)
	}
	d.Columns = columnsOf(r, v.Get("sort"))
	return &page.AsOf, nil
}

// overviewOf adds up the hosts that fit, whatever their status: so the bar says how the others stand, and leads to them.
func (c *console) overviewOf(r *http.Request, d *fleetData, f query.Filter) error {
	asked := f.Status
	f.Status = nil
	summary, err := c.cfg.Index.Summary(r.Context(), "", f)
	if err != nil {
		return err
	}
	d.Total = summary.Total
	d.Bar = statusBar(&d.Total)
	for i := range d.Bar {
		s := &d.Bar[i]
		s.On = slices.Equal(asked, []messages.HostStatus{messages.HostStatus(s.Code)})
		s.Href = toggled(r, "status", s.Code, s.On)
	}
	for _, state := range outstanding() {
		on := r.URL.Query().Get("state") == string(state)
		d.Patches = append(d.Patches, segment{chip: stateChip(state), N: d.Total.Counts[string(state)], On: on, Href: toggled(r, "state", string(state), on)})
	}
	for code, n := range d.Total.Conditions {
		on := r.URL.Query().Get("condition") == code
		d.Conditions = append(d.Conditions, segment{chip: conditionChip(code), N: n, On: on, Href: toggled(r, "condition", code, on)})
	}
	slices.SortFunc(d.Conditions, func(a, b segment) int {
		if a.N != b.N {
			return b.N - a.N
		}
		return strings.Compare(a.Code, b.Code)
	})
	if d.Total.Outdated > 0 {
		d.Outdated = here(r, map[string]string{"outdated": "true"})
	}
	return nil
}

// toggled is the address with a filter set, or without it where it is.
func toggled(r *http.Request, name, value string, on bool) string {
	if on {
		value = ""
	}
	return here(r, map[string]string{name: value})
}

// cleaned is the address without the parameters that say nothing, which a form sends too; false: it has none.
func cleaned(r *http.Request) (string, bool) {
	v, found := r.URL.Query(), false
	for name, values := range v {
		if !slices.ContainsFunc(values, func(one string) bool { return strings.TrimSpace(one) != "" }) {
			delete(v, name)
			found = true
		}
	}
	return address(r.URL.EscapedPath(), v), found
}

// columnsOf are the heads of the list.
func columnsOf(r *http.Request, sorted string) []column {
	if sorted == "" {
		sorted = query.ByWorst
	}
	head := func(word, class, by string) column {
		c := column{Word: word, Class: class}
		if by == "" {
			return c
		}
		next := by
		switch sorted {
		case by:
			c.Sorted, next = "ascending", "-"+by
		case "-" + by:
			c.Sorted = "descending"
		}
		if next == query.ByWorst {
			next = ""
		}
		c.Href = here(r, map[string]string{"sort": next})
		return c
	}
	return []column{
		head("Host", "", query.ByHost), head("Status", "", query.ByWorst), head("Level", "", ""), head("Conditions", "", ""), head("Patches to see to", "", query.ByMissing),
		head("Scan", "n", query.ByScan), head("Lists", "n later", ""), head("Changed", "n later", query.ByChanged), head("Group", "", ""), head("Baseline", "", ""),
	}
}

// awsOfFleet is the line of AWS's own tool that comes nearest: the counts of a patch group, or of all.
func awsOfFleet(r *http.Request, groups []string) command {
	if len(groups) == 1 && groups[0] != "" {
		return aws(r, "ssm", "describe-patch-group-state", "--patch-group", groups[0])
	}
	return aws(r, "ssm", "list-compliance-summaries")
}

// statusCommand is the line of the command line that lists the same hosts. What it has no flag for is left out.
func statusCommand(asked url.Values) command {
	words := []string{"status"}
	for _, f := range []struct{ name, flag string }{
		{"status", "--status"}, {"condition", "--condition"}, {"level", "--level"}, {"state", "--state"}, {"group", "--group"}, {"system", "--os"},
		{"missing", "--missing"}, {"package", "--package"}, {"version", "--package-version"}, {"version_below", "--below"},
		{"silent_for", "--silent-for"}, {"older_than", "--older-than"}, {"sort", "--sort"},
	} {
		if value := asked.Get(f.name); value != "" {
			words = append(words, f.flag, value)
		}
	}
	if asked.Get("outdated") != "" {
		words = append(words, "--outdated")
	}
	return cli(words...)
}
