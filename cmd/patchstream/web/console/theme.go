package console

import (
	"net/http"
	"slices"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
)

const (
	themeCookie = "patchstream_theme"
	themeLasts  = 400 * 24 * 60 * 60 // seconds; no browser keeps a cookie for longer
)

// themes returns the colours that may be chosen; auto is what the system has.
func themes() []string { return []string{"auto", "light", "dark"} }

// themeOf is the theme that was chosen.
func themeOf(r *http.Request) string {
	cookie, err := r.Cookie(themeCookie)
	if err != nil || !slices.Contains(themes(), cookie.Value) {
		return themes()[0]
	}
	return cookie.Value
}

// chooseTheme keeps a choice of colours, and leads back.
func (c *console) chooseTheme(w http.ResponseWriter, r *http.Request) {
	if theme := r.PostFormValue("theme"); slices.Contains(themes(), theme) {
		http.SetCookie(w, &http.Cookie{
			Name: themeCookie, Value: theme, Path: "/", MaxAge: themeLasts, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: web.UnderTLS(r),
		})
	}
	http.Redirect(w, r, local(r.PostFormValue("back")), http.StatusSeeOther)
}
