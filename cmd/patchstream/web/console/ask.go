package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
)

// ask has the API do what a form asks for, in the name of whoever sent it, and reads what it answers. path is below [web.Prefix], its
// parts escaped. What the API refuses is a [*huma.ErrorModel].
func (c *console) ask(r *http.Request, method, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	inner, err := http.NewRequestWithContext(r.Context(), method, web.Prefix+path, bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("ask the API: %w", err)
	}
	inner.RequestURI, inner.RemoteAddr, inner.Host, inner.TLS = inner.URL.RequestURI(), r.RemoteAddr, r.Host, r.TLS
	for _, name := range []string{"Authorization", "Cookie", "Origin", "Sec-Fetch-Site", "X-Forwarded-Proto"} { // who asks, and from where
		if values := r.Header[name]; values != nil {
			inner.Header[name] = values
		}
	}
	inner.Header.Set("Content-Type", "application/json")
	w := &answered{header: make(http.Header), status: http.StatusOK}
	c.cfg.API.ServeHTTP(w, inner)
	if w.status >= http.StatusBadRequest {
		problem := &huma.ErrorModel{Status: w.status}
		if json.Unmarshal(w.body.Bytes(), problem) != nil || problem.Detail == "" {
			problem.Title, problem.Detail = http.StatusText(w.status), "the API refused it"
		}
		return problem
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(w.body.Bytes(), answer); err != nil {
		return fmt.Errorf("read what the API answers: %w", err)
	}
	return nil
}

// answered is an answer of the API.
type answered struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answered) Header() http.Header            { return a.header }
func (a *answered) WriteHeader(status int)         { a.status = status }
func (a *answered) Write(text []byte) (int, error) { return a.body.Write(text) }
