package console

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/worker/query"
)

// Config configures a console. Index, JS and API are required.
type Config struct {
	web.Config

	// API answers what the console asks in the name of whoever uses it: what has [web.Prefix] in its path.
	API http.Handler
}

// console is the pages of one index.
type console struct {
	cfg    Config
	trends *trendCache
	facets *facetCache
	pages  map[string]*template.Template // by file
	assets assets
}

// Register adds the console to a mux: its pages, and what they load.
func Register(mux *http.ServeMux, cfg Config) error {
	if cfg.Index == nil || cfg.JS == nil || cfg.API == nil {
		return errors.New("console: Config.Index, Config.JS and Config.API are required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	trends := query.NewTrends(cfg.Index)
	c := &console{
		cfg: cfg,
		trends: &trendCache{
			days: func(ctx context.Context, scope []string) ([]query.TrendPoint, error) {
				return trends.Days(ctx, trendDays, scope)
			},
			now: cfg.Now, kept: make(map[string]*keptTrend),
		},
		facets: &facetCache{index: cfg.Index, now: cfg.Now, kept: make(map[string]facets)},
	}
	var err error
	if c.assets, err = readAssets(); err != nil {
		return err
	}
	if c.pages, err = c.readPages(); err != nil {
		return err
	}
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1024))
	if err != nil {
		return err
	}
	around := func(h http.Handler) http.Handler { return compress(protected(h)) }
	for _, p := range c.routes() {
		mux.Handle(p.pattern, around(p.handler))
	}
	return nil
}

// policy is what a page may load and do. Nothing in it runs but the console's own script.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// protected says what a page may do, and refuses what a page of another origin sends.
func protected(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	checked := origin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
		checked.ServeHTTP(w, r)
	})
}

// maxFormBytes bounds what a form may bring.
const maxFormBytes = 1 << 20
