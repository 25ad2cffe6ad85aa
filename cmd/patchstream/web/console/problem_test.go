package console_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/cmd/patchstream/web/console"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/workertest"
)

// An index that nobody fills is one that is still being read.
func TestAPageThatIsNotReadyComesByItself(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	index, err := query.NewIndex(query.IndexConfig{Conn: js.Conn()})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	if err := console.Register(mux, console.Config{Config: web.Config{Index: index, JS: js}, API: mux}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/hosts/web-1", "/search?q=web-1"} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.RemoteAddr, r.Host = "127.0.0.1:1", "localhost"
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Refresh") == "" || !strings.Contains(w.Body.String(), "Reading the fleet") {
			t.Errorf("%s: %d, Refresh %q: %s", path, w.Code, w.Header().Get("Refresh"), w.Body)
		}
	}
}

func TestWithoutKeysOnlyThisMachineIsLetIn(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.story(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "rebound.example" // a page whose name was made to lead here
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("status %d", response.StatusCode)
	}
	if r := s.get(t, "/login?to=/help"); r.status != http.StatusSeeOther || r.header.Get("Location") != "/help" {
		t.Errorf("nobody needs to sign in: %d", r.status)
	}
}

// A link from another site comes without the cookie: the page is asked for once more from here.
func TestALinkFromElsewhereNeedsNoNewSignIn(t *testing.T) {
	t.Parallel()
	s := newSite(t, ring())
	s.story(t)
	if r := s.get(t, "/hosts/web-1", "Sec-Fetch-Site", "cross-site"); r.status != http.StatusOK || r.header.Get("Refresh") != "0" || strings.Contains(r.body, "openssl") {
		t.Errorf("status %d, Refresh %q", r.status, r.header.Get("Refresh"))
	}
	session := s.signIn(t, "token-of-all")
	if r := s.get(t, "/hosts/web-1", "Sec-Fetch-Site", "same-origin", "Cookie", session); r.status != http.StatusOK || !strings.Contains(r.body, "openssl") {
		t.Errorf("status %d", r.status)
	}
}

func TestColoursAreKept(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	r := s.send(t, http.MethodPost, "/theme", "theme=dark&back=/help")
	cookie, _, _ := strings.Cut(r.header.Get("Set-Cookie"), ";")
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/help" {
		t.Errorf("status %d, to %q", r.status, r.header.Get("Location"))
	}
	if r := s.get(t, "/help", "Cookie", cookie); !strings.Contains(r.body, `data-theme="dark"`) {
		t.Errorf("with %q: %.200s", cookie, r.body)
	}
	for _, wrong := range []string{"theme=pink", `theme="><script>`} {
		if r := s.send(t, http.MethodPost, "/theme", wrong); r.header.Get("Set-Cookie") != "" {
			t.Errorf("%q is kept: %q", wrong, r.header.Get("Set-Cookie"))
		}
	}
	if r := s.get(t, "/help", "Cookie", `patchstream_theme=x"onload`); !strings.Contains(r.body, `data-theme="auto"`) {
		t.Errorf("a cookie of nobody's: %.200s", r.body)
	}
}
