package consoleproof

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// views are the pages of the console, by the name of their pictures.
var views = []struct{ name, path string }{
	{"packages", "/packages"},
	{"package", "/packages/openssl"},
	{"baselines", "/baselines"},
	{"baseline", "/baselines/prod-debian"},
	{"changes", "/changes"},
	{"health", "/health"},
	{"override", "/act/override?host=app-1&patch=curl.amd64"},
	{"retire", "/act/retire?host=mail-1"},
}

// logIn signs in with a token, as a person does.
func (b *tab) logIn(token string) {
	b.t.Helper()
	b.visit("/login")
	b.do(chromedp.SendKeys(chromedp.CSS(`input[name="token"]`), token+"\r"))
	b.awaits(`location.pathname === "/" && document.readyState === "complete"`)
}

func TestEveryViewInEveryLook(t *testing.T) {
	b := open(t, operator)
	for _, v := range views {
		for i, l := range looks() {
			if b.as(l); i == 0 {
				b.visit(v.path)
			}
			b.keep(v.name + "-" + l.String())
			b.accessible(v.name + " " + l.String())
		}
	}
}
