package consoleproof

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// view is a page of the console.
type view struct {
	name, path string // the name is its picture's
	operators  bool   // for them alone
}

var views = []view{
	{name: "fleet", path: "/"},
	{name: "host", path: "/hosts/app-1"},
	{name: "patch", path: "/hosts/app-1/patches/curl.amd64"},
	{name: "packages", path: "/packages"},
	{name: "package", path: "/packages/openssl"},
	{name: "baselines", path: "/baselines"},
	{name: "baseline", path: "/baselines/prod-debian"},
	{name: "changes", path: "/changes"},
	{name: "health", path: "/health"},
	{name: "override", path: "/act/override?host=app-1&patch=curl.amd64", operators: true},
	{name: "help", path: "/help"},
}

// logIn signs in with a token, as a person does.
func (b *tab) logIn(token string) {
	b.t.Helper()
	b.visit("/login")
	b.do(chromedp.SendKeys(chromedp.CSS(`input[name="token"]`), token+"\r"))
	b.awaits(`location.pathname === "/" && document.readyState === "complete"`)
}

func TestEveryViewInEveryLook(t *testing.T) {
	for _, v := range views {
		t.Run(v.name, func(t *testing.T) {
			b := open(t, operator)
			for i, l := range looks() {
				if b.as(l); i == 0 || v.name == "fleet" { // what it opens depends on the width with which it came
					b.visit(v.path)
				}
				b.keep(v.name + "-" + l.String())
				b.accessible(v.name + " " + l.String())
			}
		})
	}
}
