package console

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/worker/query"
)

// view is what a page shows. Only Title is required.
type view struct {
	Title    string
	Section  string      // path of the section that it belongs to
	AsOf     *query.AsOf // how far its answer goes; nil: it is not of the index
	Refresh  int         // seconds after which a script may show it anew in its place; 0: not
	Commands []command   // that say the same
	CSV      string      // address of the same as CSV; empty: there is none
	Data     any         // for the template
}

// frame is what a template is given.
type frame struct {
	*view
	Sections []section
	Who      web.Who
	SignedIn bool // by a session, so that one may sign out
	Theme    string
	Here     string // address of the page, with its parameters
	Now      time.Time
	Version  string
}

// Operator reports whether who looks at the page may decide.
func (f *frame) Operator() bool { return f.Who.Role == web.Operator }

// errNoPage says that there is no such address.
var errNoPage = huma.Error404NotFound("there is no such page")

// moved says that what is asked for has another address.
type moved string

func (m moved) Error() string { return "it is at " + string(m) }

// page answers with what a viewer says, in the template of a file.
func (c *console) page(file string, answer viewer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, status, why := c.cfg.Admit(r)
		switch {
		case status == http.StatusUnauthorized:
			c.sendToSignIn(w, r)
			return
		case status != 0:
			c.problem(w, r, who, huma.NewError(status, why))
			return
		}
		c.renew(w, r)
		v, err := answer(r, who)
		var elsewhere moved
		if errors.As(err, &elsewhere) {
			http.Redirect(w, r, string(elsewhere), http.StatusSeeOther)
			return
		}
		if err != nil {
			c.problem(w, r, who, err)
			return
		}
		c.render(w, r, http.StatusOK, file, v, who)
	})
}

// render writes a page. It is made as a whole first: one that fails is an error, and no half page.
func (c *console) render(w http.ResponseWriter, r *http.Request, status int, file string, v *view, who web.Who) {
	f := &frame{
		view: v, Sections: sections(), Who: who, SignedIn: c.signedIn(r), Theme: themeOf(r), Here: r.URL.RequestURI(), Now: c.cfg.Now().UTC(), Version: c.cfg.Version,
	}
	var text bytes.Buffer
	if err := c.pages[file].ExecuteTemplate(&text, "layout", f); err != nil {
		c.cfg.Log.Error().Err(err).Str("page", file).Msg("a page could not be made")
		http.Error(w, "the page could not be made; the log of the server says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "private, no-cache")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes())
}

// trouble is what is shown in the place of a page.
type trouble struct {
	Status      int
	Words       string
	Details     []string
	Read, Total uint64 // of an index that is not whole: how far it is
	Again       string // address to try, without what was wrong; empty: none
}

// problem shows what is wrong. What is not ready yet is asked for again by the browser itself.
func (c *console) problem(w http.ResponseWriter, r *http.Request, who web.Who, err error) {
	t := &trouble{Status: http.StatusInternalServerError}
	notWhole := errors.Is(err, query.ErrNotWhole)
	err = c.cfg.Problem(r.Context(), err)
	var known huma.StatusError
	if errors.As(err, &known) {
		t.Status, t.Words = known.GetStatus(), known.Error()
	}
	var model *huma.ErrorModel
	if errors.As(err, &model) {
		t.Words = model.Detail
		for _, d := range model.Errors {
			t.Details = append(t.Details, fmt.Sprintf("%s: %s", strings.TrimPrefix(d.Location, "query."), d.Message))
		}
	}
	v := &view{Title: http.StatusText(t.Status), Data: t}
	switch {
	case notWhole:
		t.Read, t.Total = c.cfg.Index.Progress()
		v.Title = "Reading the fleet"
		w.Header().Set("Refresh", "1")
	case t.Status == http.StatusServiceUnavailable:
		v.Title = "Not available now"
		w.Header().Set("Refresh", "5")
	case r.URL.RawQuery != "" && t.Status != http.StatusNotFound:
		t.Again = r.URL.EscapedPath()
	}
	c.render(w, r, t.Status, "problem.html", v, who)
}

// here is the address of a request with other parameters; those with an empty value are left out, and so is the place in a list.
func here(r *http.Request, change map[string]string) string {
	v := r.URL.Query()
	v.Del("cursor")
	for name, value := range change {
		if v.Del(name); value != "" {
			v.Set(name, value)
		}
	}
	return address(r.URL.EscapedPath(), v)
}

// address is a path with parameters.
func address(path string, v url.Values) string {
	if query := v.Encode(); query != "" {
		return path + "?" + query
	}
	return path
}

// known refuses parameters that a page does not have: a filter with a typo in its name would mean the whole fleet.
func knownParameters(r *http.Request, names ...string) error {
	for name := range r.URL.Query() {
		if !slices.Contains(names, name) && name != doneParameter {
			return huma.Error422UnprocessableEntity("a parameter is wrong", &huma.ErrorDetail{Location: name, Message: "there is no such parameter: there are " + strings.Join(names, ", ")})
		}
	}
	return nil
}
