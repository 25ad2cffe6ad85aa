package console_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
)

// keyring is keys by their tokens, each of which is also the secret of its key.
type keyring struct {
	mu   sync.Mutex
	keys map[string]web.Who
}

func ring() *keyring {
	return &keyring{keys: map[string]web.Who{
		"token-of-all": {Name: "ops", Role: web.Operator}, "token-of-web": {Name: "webteam", Role: web.Viewer, Groups: []string{"web"}},
	}}
}

func (k *keyring) Bearer(token string) (web.Who, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if who, has := k.keys[token]; has {
		return who, nil
	}
	return web.Who{}, web.ErrNoKey
}

func (k *keyring) Named(name string) (web.Who, string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for token, who := range k.keys {
		if who.Name == name {
			return who, token, nil
		}
	}
	return web.Who{}, "", web.ErrNoKey
}

func (k *keyring) AccessKey(string) (web.Who, string, error) { return web.Who{}, "", web.ErrNoKey }

func (k *keyring) revoke(token string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.keys, token)
}

// signIn returns the cookie of a session, as a browser sends it.
func (s *site) signIn(t *testing.T, token string, header ...string) string {
	t.Helper()
	r := s.send(t, http.MethodPost, "/login", url.Values{"token": {token}, "to": {"/hosts/web-1"}}.Encode(), header...)
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/hosts/web-1" {
		t.Fatalf("sign in: status %d, to %q: %s", r.status, r.header.Get("Location"), r.body)
	}
	cookie, _, _ := strings.Cut(r.header.Get("Set-Cookie"), ";")
	return cookie
}

func TestASessionEndsWithItsKey(t *testing.T) {
	t.Parallel()
	keys := ring()
	s := newSite(t, keys)
	s.story(t)
	if r := s.get(t, "/hosts/web-1"); r.status != http.StatusSeeOther || r.header.Get("Location") != "/login?to=%2Fhosts%2Fweb-1" {
		t.Errorf("without a session: status %d, to %q", r.status, r.header.Get("Location"))
	}
	if r := s.send(t, http.MethodPost, "/login", "token=wrong&to=/"); r.status != http.StatusUnauthorized || r.header.Get("Set-Cookie") != "" || !strings.Contains(r.body, "There is no such key") {
		t.Errorf("a wrong key: status %d, cookie %q", r.status, r.header.Get("Set-Cookie"))
	}
	session := s.signIn(t, "token-of-all")
	if strings.Contains(session, "token") {
		t.Errorf("the cookie has the key in it: %q", session)
	}
	for _, path := range []string{"/", "/hosts/web-1", "/api/v1/hosts"} { // of the API too: the live changes and CSV are its
		if r := s.get(t, path, "Cookie", session); r.status != http.StatusOK || !strings.Contains(r.body, "web-1") {
			t.Errorf("%s: status %d", path, r.status)
		}
	}
	changed := session[:len(session)-1] + "A"
	if changed == session {
		changed = session[:len(session)-1] + "B"
	}
	for _, forged := range []string{changed, strings.Replace(session, "=ops.", "=webteam.", 1), "patchstream_session=ops.1.1.1.1", "patchstream_session=", "patchstream_session=ops"} {
		if r := s.get(t, "/", "Cookie", forged); r.status != http.StatusSeeOther {
			t.Errorf("%q is let in: status %d", forged, r.status)
		}
	}
	keys.revoke("token-of-all")
	for path, status := range map[string]int{"/": http.StatusSeeOther, "/api/v1/hosts": http.StatusUnauthorized} {
		if r := s.get(t, path, "Cookie", session); r.status != status {
			t.Errorf("%s after the key was revoked: status %d, want %d", path, r.status, status)
		}
	}
}

func TestWhoSignedOutIsOut(t *testing.T) {
	t.Parallel()
	s := newSite(t, ring())
	session := s.signIn(t, "token-of-all")
	r := s.send(t, http.MethodPost, "/logout", "", "Cookie", session)
	if r.status != http.StatusSeeOther || !strings.Contains(r.header.Get("Set-Cookie"), "Max-Age=0") || r.header.Get("Clear-Site-Data") == "" {
		t.Errorf("sign out: status %d, cookie %q", r.status, r.header.Get("Set-Cookie"))
	}
	if r := s.get(t, "/", "Cookie", session); r.status != http.StatusSeeOther {
		t.Errorf("the cookie that was kept is let in: status %d", r.status)
	}
}

func TestWhatASessionsCookieAllows(t *testing.T) {
	t.Parallel()
	s := newSite(t, ring())
	for under, words := range map[string][]string{
		"http": {"patchstream_session=", "Path=/", "HttpOnly", "SameSite=Strict"}, "https": {"__Host-patchstream_session=", "Path=/", "HttpOnly", "SameSite=Strict", "Secure"},
	} {
		r := s.send(t, http.MethodPost, "/login", "token=token-of-all", "X-Forwarded-Proto", under)
		for _, word := range words {
			if cookie := r.header.Get("Set-Cookie"); !slices.ContainsFunc(strings.Split(cookie, "; "), func(part string) bool { return strings.HasPrefix(part, word) }) {
				t.Errorf("under %s: %q lacks %q", under, cookie, word)
			}
		}
	}
	for _, to := range []string{"https://elsewhere.example", "//elsewhere.example", "///elsewhere.example", `/\elsewhere.example`, "javascript:alert(1)", "/\r\nX: y"} {
		r := s.send(t, http.MethodPost, "/login", url.Values{"token": {"token-of-all"}, "to": {to}}.Encode())
		if r.header.Get("Location") != "/" {
			t.Errorf("%q leads to %q", to, r.header.Get("Location"))
		}
	}
	for _, path := range []string{"/login", "/logout", "/theme"} {
		if r := s.send(t, http.MethodPost, path, "token=token-of-all&theme=dark", "Sec-Fetch-Site", "cross-site"); r.status != http.StatusForbidden || r.header.Get("Set-Cookie") != "" {
			t.Errorf("%s from another site: status %d", path, r.status)
		}
	}
}

func TestAKeyOfSomeGroupsSeesTheirHostsAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, ring())
	s.story(t)
	session := s.signIn(t, "token-of-web")
	if r := s.get(t, "/", "Cookie", session); !strings.Contains(r.body, "web-1") || strings.Contains(r.body, "db-1") || strings.Contains(r.body, `value="db"`) {
		t.Errorf("the fleet: %s", r.body)
	}
	for _, path := range []string{"/hosts/db-1", "/hosts/db-1/patches/openssl", "/hosts/never"} {
		if r := s.get(t, path, "Cookie", session); r.status != http.StatusNotFound || strings.Contains(r.body, "missing") {
			t.Errorf("%s: status %d", path, r.status)
		}
	}
	if r := s.get(t, "/search?q=db-1", "Cookie", session); !strings.Contains(r.body, "Nothing is called so") {
		t.Errorf("search: %s", r.body)
	}
	if r := s.send(t, http.MethodPost, "/api/v1/hosts/web-1/retire", "{}", "Cookie", session, "Content-Type", "application/json"); r.status != http.StatusForbidden {
		t.Errorf("a viewer writes: status %d", r.status)
	}
}
