package console_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/cmd/patchstream/web/console"
	"github.com/patchstream/patchstream/cmd/patchstream/web/webtest"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/workertest"
)

// site is a server with a worker, an index, the API and the console.
type site struct {
	*webtest.Fleet
	url string
}

func newSite(t *testing.T, keys web.SessionKeys) *site {
	t.Helper()
	s := &site{Fleet: webtest.NewFleet(t)}
	mux, cfg := http.NewServeMux(), web.Config{Index: s.Index, JS: s.JS, Version: "test"}
	if keys != nil {
		cfg.Keys, cfg.Sessions = keys, web.NewSessions(keys, nil)
	}
	if _, err := web.Register(mux, cfg); err != nil {
		t.Fatal(err)
	}
	if err := console.Register(mux, console.Config{Config: cfg, API: mux}); err != nil {
		t.Fatal(err)
	}
	s.url = webtest.Serve(t, mux)
	return s
}

// story is two hosts of two groups, one of which calls a package what a browser might run.
func (s *site) story(t *testing.T) {
	t.Helper()
	s.Says(t,
		webtest.Grouped("web-1", "web", 0, workertest.Package("openssl", "1", "2"), workertest.Package("bash", "1")),
		webtest.Grouped("db-1", "db", 1, workertest.Package("openssl", "2"), workertest.Package(hostile, "1", "2")),
	)
	s.Says(t, workertest.Run("web-1", 5, workertest.Outcome("openssl", "2", messages.ResultFailed)))
}

const hostile = `<img/src=x/onerror=alert(1)>`

type reply struct {
	status int
	header http.Header
	body   string
	wire   int // bytes, compressed where it is
}

// get reads a page as a browser does, with what is given of headers.
func (s *site) get(t *testing.T, path string, header ...string) reply {
	t.Helper()
	return s.send(t, http.MethodGet, path, "", header...)
}

func (s *site) send(t *testing.T, method, path, form string, header ...string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r) // follows no redirection
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	wire, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	body := string(wire)
	if response.Header.Get("Content-Encoding") == "gzip" {
		body = unzipped(t, body)
	}
	return reply{response.StatusCode, response.Header, body, len(wire)}
}

func unzipped(t testing.TB, body string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func TestEachPageIsWholeAndLoadsNothingElse(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.story(t)
	for path, says := range map[string]string{
		"/":        "web-1",
		"/help":    "Pending reboot",
		"/nowhere": "there is no such page",
	} {
		r := s.get(t, path)
		if want := http.StatusOK; path != "/nowhere" && r.status != want {
			t.Errorf("%s: status %d", path, r.status)
		}
		if !strings.Contains(r.body, says) || !strings.HasSuffix(strings.TrimSpace(r.body), "</html>") {
			t.Errorf("%s says no %q, or is no whole page:\n%s", path, says, r.body)
		}
		if p := r.header.Get("Content-Security-Policy"); !strings.HasPrefix(p, "default-src 'none'; script-src 'self'; style-src 'self';") {
			t.Errorf("%s: policy %q", path, p)
		}
		for _, never := range []string{" style=", "<style", " onclick", "http://", "https://", "<img"} {
			if rest := strings.ReplaceAll(r.body, s.url, ""); strings.Contains(rest, never) {
				t.Errorf("%s has %q", path, never)
			}
		}
	}
}
