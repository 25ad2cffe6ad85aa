package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/messages"
)

// actData is what the pages of an action show: its form, or, once all that it wants is there, what it will do.
type actData struct {
	*action
	Asked  url.Values
	Fields []input  // that are to be filled in
	Fixed  []input  // that the address says
	About  []string // how it is now
	Says   []string
	Wrong  string // why it could not be done; empty: it was not tried
	States []messages.State
	Levels []messages.Level
}

// Title, Button, Danger and Name are for the template.
func (d *actData) Title() string  { return d.title }
func (d *actData) Button() string { return d.button }
func (d *actData) Danger() bool   { return d.danger }
func (d *actData) Name() string   { return d.name }

// Back is where somebody goes who does not want it.
func (d *actData) Back() string { return d.back(d.Asked) }

// act shows the form of an action; what it is about stands in the address.
func (c *console) act(r *http.Request, who web.Who) (*view, error) {
	a, err := actionOf(r, who)
	if err != nil {
		return nil, err
	}
	v := a.kept(r.URL.Query())
	d := a.data(v)
	if err := a.wants(v, "fixed"); err != nil {
		return nil, err
	}
	if len(d.Fields) == 0 { // nothing is to be filled in
		return c.confirmation(r, a, v, d)
	}
	if a.about != nil {
		if d.About, err = a.about(c, r, v); err != nil {
			return nil, err
		}
	}
	return &view{Title: a.title, Data: d}, nil
}

// confirm answers a form of an action: the first time with what it will do, and once that is confirmed it does it.
func (c *console) confirm(w http.ResponseWriter, r *http.Request) {
	who, status, why := c.cfg.Admit(r)
	if status == http.StatusUnauthorized {
		c.sendToSignIn(w, r)
		return
	}
	if status != 0 {
		c.problem(w, r, who, huma.NewError(status, why))
		return
	}
	a, err := actionOf(r, who)
	if err != nil {
		c.problem(w, r, who, err)
		return
	}
	if err := r.ParseForm(); err != nil {
		c.problem(w, r, who, huma.Error400BadRequest("the form cannot be read: "+err.Error()))
		return
	}
	v := a.kept(r.PostForm)
	d := a.data(v)
	err = a.wants(v, "")
	var shown *view
	if err == nil && r.PostForm.Get("confirmed") == "yes" {
		method, path, body := a.do(v)
		if err = c.ask(r, method, path, body, nil); err == nil {
			http.Redirect(w, r, withDone(a.back(v), a.name), http.StatusSeeOther)
			return
		}
	} else if err == nil {
		shown, err = c.confirmation(r, a, v, d)
	}
	if err == nil {
		c.render(w, r, http.StatusOK, "act.html", shown, who)
		return
	}
	d.Says, d.Wrong, status = nil, "", http.StatusInternalServerError
	if known := (huma.StatusError)(nil); errors.As(c.cfg.Problem(r.Context(), err), &known) {
		status, d.Wrong = known.GetStatus(), problemWords(known)
	}
	c.render(w, r, status, "act.html", &view{Title: a.title, Data: d}, who)
}

// problemWords is what is wrong, with the names of the fields.
func problemWords(err huma.StatusError) string {
	var model *huma.ErrorModel
	if !errors.As(err, &model) {
		return err.Error()
	}
	words := []string{model.Detail}
	for _, d := range model.Errors {
		words = append(words, fmt.Sprintf("%s: %s", d.Location[strings.LastIndex(d.Location, ".")+1:], d.Message))
	}
	return strings.Join(words, "; ")
}

// curlTo is a line that has the API do something.
func (c *console) curlTo(r *http.Request, method, path string, body any) command {
	line := c.curl(r, path, nil)
	with := " -X " + method
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return line
		}
		with += " -H 'Content-Type: application/json' --data " + quoted(string(text))
	}
	return command{line.Tool, strings.Replace(line.Line, "curl -s", "curl -s"+with, 1)}
}

// confirmation says what an action will do.
func (c *console) confirmation(r *http.Request, a *action, v url.Values, d *actData) (*view, error) {
	says, err := a.says(c, r, v)
	if err != nil {
		return nil, err
	}
	d.Says = says
	method, path, body := a.do(v)
	return &view{Title: a.title, Data: d, Commands: []command{cli(a.command(v)...), c.curlTo(r, method, path, body)}}, nil
}

// actionOf is the action of an address, for who may decide.
func actionOf(r *http.Request, who web.Who) (*action, error) {
	if err := mayAct(who); err != nil {
		return nil, err
	}
	all := actions()
	at := slices.IndexFunc(all, func(a action) bool { return a.name == r.PathValue("action") })
	if at < 0 {
		return nil, errNoPage
	}
	return &all[at], nil
}

// kept are the values that an action knows of.
func (a *action) kept(v url.Values) url.Values {
	some := make(url.Values)
	for _, f := range a.fields {
		if text := v.Get(f.Name); text != "" {
			some.Set(f.Name, text)
		}
	}
	return some
}

// wants refuses an action that lacks something, of a kind where one is given.
func (a *action) wants(v url.Values, kind string) error {
	for _, f := range a.fields {
		if f.Must && v.Get(f.Name) == "" && (kind == "" || f.Kind == kind) {
			return huma.Error422UnprocessableEntity("something is missing", &huma.ErrorDetail{Location: f.Name, Message: "must not be empty"})
		}
	}
	return nil
}

func (a *action) data(v url.Values) *actData {
	d := &actData{action: a, Asked: v, States: messages.States(), Levels: messages.Levels()}
	for _, f := range a.fields {
		switch {
		case f.Kind != "fixed":
			d.Fields = append(d.Fields, f)
		case v.Get(f.Name) != "":
			d.Fixed = append(d.Fixed, f)
		}
	}
	return d
}

// doneParameter is where an address says what was done.
const doneParameter = "done"

// withDone is an address at which is said what was done.
func withDone(at, name string) string { return address(at, url.Values{doneParameter: {name}}) }

// doneWords is what the address of a page says was done; empty: nothing.
func doneWords(here string) string {
	u, err := url.Parse(here)
	if err != nil {
		return ""
	}
	for _, a := range actions() {
		if a.name == u.Query().Get(doneParameter) {
			return a.done
		}
	}
	return ""
}
