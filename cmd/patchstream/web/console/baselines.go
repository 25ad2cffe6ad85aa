package console

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/cmd/patchstream/web"
	awsapi "github.com/patchstream/patchstream/cmd/patchstream/web/aws"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// baselinesData is what the page of baselines shows.
type baselinesData struct {
	Used, Unused []listedBaseline // those that are stored or judge some host, and the built-in ones that judge none
	None         int              // hosts that no baseline judges
}

// listedBaseline is a baseline, and the hosts that it judges.
type listedBaseline struct {
	query.BaselineView
	Judges query.SummaryRow
}

// itemsOf is what the API answers where it lists something.
type itemsOf[T any] struct {
	Items []T `json:"items"`
}

func (c *console) baselines(r *http.Request, who web.Who) (*view, error) {
	if err := knownParameters(r); err != nil {
		return nil, err
	}
	var all itemsOf[query.BaselineView]
	if err := c.ask(r, http.MethodGet, "/baselines", nil, &all); err != nil {
		return nil, err
	}
	summary, err := c.cfg.Index.Summary(r.Context(), query.SummaryByBaseline, query.Filter{Scope: who.Groups})
	if err != nil {
		return nil, err
	}
	judges := make(map[string]query.SummaryRow)
	for _, row := range summary.Rows {
		judges[row.Key] = row
	}
	d := &baselinesData{None: judges[""].Hosts}
	for _, b := range all.Items {
		one := listedBaseline{b, judges[b.ID]}
		if b.Builtin && one.Judges.Hosts == 0 {
			d.Unused = append(d.Unused, one)
		} else {
			d.Used = append(d.Used, one)
		}
	}
	return &view{
		Title: "Baselines", Section: "/baselines", AsOf: &summary.AsOf, Data: d, CSV: csvOf("/baselines", nil),
		Commands: []command{cli("baseline", "list"), c.curl(r, "/baselines", nil), aws(r, "ssm", "describe-patch-baselines")},
	}, nil
}

// baselineData is what the page of a baseline shows.
type baselineData struct {
	query.BaselineView
	Sentences []string
	Unread    string // why it cannot be read; empty: it can
	Approved  []string
	Rejected  []string
	Judges    query.SummaryRow
	HostsURL  string
	Revisions []query.RevisionView // newest first; none of a built-in one
	Shown     uint64               // revision; 0: built in
	Before    uint64               // the revision before it; 0: there is none
	Changes   []baseline.Change    // from the one before
	Text      string               // as it was stored
}

func (c *console) baselinePage(r *http.Request, who web.Who) (*view, error) {
	if err := knownParameters(r, "revision"); err != nil {
		return nil, err
	}
	id := r.PathValue("id")
	d := &baselineData{HostsURL: address("/", url.Values{"baseline": {id}})}
	if err := c.describeBaseline(r, id, d); err != nil {
		return nil, err
	}
	at := "/baselines/" + url.PathEscape(id)
	v := url.Values{}
	if revision := r.URL.Query().Get("revision"); revision != "" {
		v.Set("revision", revision)
	}
	var text json.RawMessage
	if err := c.ask(r, http.MethodGet, address(at, v), nil, &text); err != nil {
		return nil, err
	}
	if b := d.read(text); b != nil {
		unknown, err := query.UnknownValues(r.Context(), b, c.cfg.Index.Products)
		if err != nil {
			return nil, err
		}
		d.Warnings = append(d.Warnings, unknown...)
	}
	if err := c.revisions(r, at, v.Get("revision"), d); err != nil {
		return nil, err
	}
	summary, err := c.cfg.Index.Summary(r.Context(), "", query.Filter{Baselines: []string{id}, Scope: who.Groups})
	if err != nil {
		return nil, err
	}
	d.Judges = summary.Total
	return &view{
		Title: id, Section: "/baselines", AsOf: &summary.AsOf, Data: d,
		Commands: append(d.commands(), c.curl(r, at, v), aws(r, "ssm", "get-patch-baseline", "--baseline-id", awsapi.BaselineID(id))),
	}, nil
}

// commands are those of patchstream itself that say the same.
func (d *baselineData) commands() []command {
	if d.Shown == 0 {
		return []command{cli("baseline", "get", d.ID)}
	}
	of := func(revision uint64) string { return d.ID + "@" + strconv.FormatUint(revision, 10) }
	list := []command{cli("baseline", "get", of(d.Shown)), cli("baseline", "log", d.ID)}
	if d.Before > 0 {
		list = append(list, cli("baseline", "diff", of(d.Before), of(d.Shown)))
	}
	return list
}

// describeBaseline says what the list of baselines says of one. Of one that was removed it says nothing.
func (c *console) describeBaseline(r *http.Request, id string, d *baselineData) error {
	var all itemsOf[query.BaselineView]
	if err := c.ask(r, http.MethodGet, "/baselines", nil, &all); err != nil {
		return err
	}
	d.BaselineView = query.BaselineView{ID: id}
	if at := slices.IndexFunc(all.Items, func(b query.BaselineView) bool { return b.ID == id }); at >= 0 {
		d.BaselineView = all.Items[at]
	}
	return nil
}

// read says what a baseline says.
func (d *baselineData) read(text []byte) *baseline.Baseline {
	d.Text = indented(text)
	b, err := baseline.Parse(text)
	if err != nil {
		d.Unread = err.Error()
		return nil
	}
	d.Sentences, d.Approved, d.Rejected, d.Warnings = b.Sentences(), b.ApprovedPatches, b.RejectedPatches, b.Warnings
	d.Name, d.OS = b.Name, b.OperatingSystem
	return b
}

func indented(text []byte) string {
	var again bytes.Buffer
	if json.Indent(&again, text, "", "  ") != nil {
		return string(text)
	}
	return again.String()
}

// revisions lists the revisions of a baseline, and what the one that is shown says otherwise than the one before.
func (c *console) revisions(r *http.Request, at, asked string, d *baselineData) error {
	if baseline.Builtin(d.ID) != nil {
		return nil
	}
	var all itemsOf[query.RevisionView]
	if err := c.ask(r, http.MethodGet, at+"/revisions", nil, &all); err != nil {
		return err
	}
	d.Revisions = all.Items
	slices.Reverse(d.Revisions)
	stored := slices.DeleteFunc(slices.Clone(d.Revisions), func(v query.RevisionView) bool { return v.Removed })
	if len(stored) == 0 {
		return nil
	}
	shown := 0
	if asked != "" {
		number, err := strconv.ParseUint(asked, 10, 64)
		if shown = slices.IndexFunc(stored, func(v query.RevisionView) bool { return v.Revision == number }); err != nil || shown < 0 {
			return huma.Error404NotFound("revision " + asked + " is not kept")
		}
	}
	if d.Shown = stored[shown].Revision; shown+1 == len(stored) {
		return nil
	}
	d.Before, d.Changes = stored[shown+1].Revision, stored[shown].Changes
	return nil
}

// judged are the hosts of a row by status, in the order in which they are shown.
func judged(row query.SummaryRow) []countedStatus {
	all := []countedStatus{{messages.NonCompliant, row.NonCompliant}, {messages.Unknown, row.Unknown}, {messages.Compliant, row.Compliant}}
	return slices.DeleteFunc(all, func(c countedStatus) bool { return c.Hosts == 0 })
}

// countedStatus is how many hosts have a status.
type countedStatus struct {
	Status messages.HostStatus
	Hosts  int
}
