package console

import (
	"net/http"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
)

// route is an address of the console.
type route struct {
	pattern string
	handler http.Handler
}

// viewer answers a request with what a page shows. Who asks was let in; what they may not see is not found.
type viewer func(r *http.Request, who web.Who) (*view, error)

// section is a part of the console, in the order of its navigation.
type section struct {
	Name, Path string
	Key        string // with g before it, it leads there
}

// sections returns the parts of the console.
func sections() []section {
	return []section{
		{"Fleet", "/", "f"},
		{"Packages", "/packages", "p"},
		{"Baselines", "/baselines", "b"},
		{"Changes", "/changes", "c"},
		{"Health", "/health", "h"},
	}
}

// routes returns all addresses of the console.
func (c *console) routes() []route {
	page := func(pattern, file string, answer viewer) route { return route{pattern, c.page(file, answer)} }
	return []route{
		page("GET /{$}", "fleet.html", c.fleet),
		page("GET /hosts/{host}", "host.html", c.host),
		page("GET /hosts/{host}/patches/{patch}", "explanation.html", c.explanation),
		page("GET /packages", "packages.html", c.packages),
		page("GET /packages/{name}", "package.html", c.packagePage),
		page("GET /baselines", "baselines.html", c.baselines),
		page("GET /baselines/{id}", "baseline.html", c.baselinePage),
		page("GET /changes", "changes.html", c.changes),
		{"GET /changes/rows", http.HandlerFunc(c.changeRows)},
		page("GET /health", "health.html", c.health),
		page("GET /act/{action}", "act.html", c.act),
		{"POST /act/{action}", http.HandlerFunc(c.confirm)},
		page("GET /search", "search.html", c.search),
		page("GET /help", "help.html", c.help),
		{"GET /login", http.HandlerFunc(c.signInForm)},
		{"POST /login", http.HandlerFunc(c.signIn)},
		{"POST /logout", http.HandlerFunc(c.signOut)},
		{"POST /theme", http.HandlerFunc(c.chooseTheme)},
		{"GET /assets/{file}", http.HandlerFunc(c.assets.serve)},
		page("/", "problem.html", func(*http.Request, web.Who) (*view, error) { return nil, errNoPage }),
	}
}
