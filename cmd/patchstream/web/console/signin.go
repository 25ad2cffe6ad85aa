package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
)

// signInData is what the form of signing in shows.
type signInData struct {
	To    string // where it leads
	Wrong string // why it did not work; empty: it was not tried
}

func (c *console) signedIn(r *http.Request) bool {
	if c.cfg.Sessions == nil {
		return false
	}
	_, err := c.cfg.Sessions.Who(r)
	return err == nil
}

// renew lets a session last for as long as pages are opened.
func (c *console) renew(w http.ResponseWriter, r *http.Request) {
	if c.cfg.Sessions == nil {
		return
	}
	if cookie := c.cfg.Sessions.Renew(r); cookie != nil {
		http.SetCookie(w, cookie)
	}
}

// sendToSignIn answers who is not signed in. A browser that follows a link from another site sends no cookie of ours: it is sent to the same
// address once more from here, and then it does.
func (c *console) sendToSignIn(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		c.problem(w, r, web.Who{}, huma.Error401Unauthorized("sign in first"))
		return
	}
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		w.Header().Set("Refresh", "0")
		c.render(w, r, http.StatusOK, "moment.html", &view{Title: "One moment"}, web.Who{})
		return
	}
	to := "/login"
	if at := r.URL.RequestURI(); at != "/" {
		to = address(to, url.Values{"to": {at}})
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (c *console) signInForm(w http.ResponseWriter, r *http.Request) {
	to := local(r.URL.Query().Get("to"))
	if _, status, _ := c.cfg.Admit(r); status == 0 {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	c.render(w, r, http.StatusOK, "signin.html", &view{Title: "Sign in", Data: signInData{To: to}}, web.Who{})
}

func (c *console) signIn(w http.ResponseWriter, r *http.Request) {
	to := local(r.PostFormValue("to"))
	if c.cfg.Sessions == nil {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	cookie, who, err := c.cfg.Sessions.SignIn(r, r.PostFormValue("token"))
	switch {
	case errors.Is(err, web.ErrNoKey):
		c.cfg.Log.Warn().Str("from", r.RemoteAddr).Msg("somebody could not sign in: there is no such key")
		c.render(w, r, http.StatusUnauthorized, "signin.html", &view{Title: "Sign in", Data: signInData{to, "There is no such key. It may have been revoked, or a part of it is missing."}}, web.Who{})
		return
	case err != nil:
		c.problem(w, r, web.Who{}, err)
		return
	}
	c.cfg.Log.Info().Str("by", who.Name).Str("from", r.RemoteAddr).Msg("signed in")
	http.SetCookie(w, cookie)
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (c *console) signOut(w http.ResponseWriter, r *http.Request) {
	if c.cfg.Sessions != nil {
		http.SetCookie(w, c.cfg.Sessions.SignOut(r))
	}
	w.Header().Set("Clear-Site-Data", `"cache"`) // else the way back would still show what was seen
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// local is a path of this console, / for everything else: a form must not lead elsewhere.
func local(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	return to
}
