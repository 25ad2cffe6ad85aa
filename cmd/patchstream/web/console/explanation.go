package console

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// explanationData is why a patch is in its state.
type explanationData struct {
	query.ExplanationView
	Notices []messages.Notice
	Several []string // patches that the name may mean, where it means no one; the rest is empty then
}

func (c *console) explanation(r *http.Request, who web.Who) (*view, error) {
	if err := knownParameters(r); err != nil {
		return nil, err
	}
	name, patch := r.PathValue("host"), r.PathValue("patch")
	answer, err := c.cfg.Index.Host(r.Context(), name, who.Groups)
	if err != nil {
		return nil, err
	}
	stored, err := c.cfg.Index.Record(r.Context(), name)
	if err != nil {
		return nil, err
	}
	d := &explanationData{}
	fit := query.Named(stored.Report, patch)
	switch len(fit) {
	case 0:
		return nil, huma.Error404NotFound(fmt.Sprintf("%s has no patch %q", name, patch))
	case 1:
		d.ExplanationView, d.Notices = query.Explain(stored.Report, fit[0]), fit[0].Reason.Notices
		patch = fit[0].Patch
	default:
		d.Host = name
		for _, i := range fit {
			d.Several = append(d.Several, i.Patch)
		}
	}
	return &view{
		Title: patch + " on " + name, Section: "/", AsOf: &answer.AsOf, Data: d,
		Commands: []command{cli("explain", name, patch), c.curl(r, strings.TrimSuffix(patchURL(name, patch), "/")+"/explanation", nil)},
	}, nil
}
