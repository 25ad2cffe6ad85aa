package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/worker/query"
)

// Prefix is where the API is.
const Prefix = "/api/v1"

// Config configures an API. Index and JS are required.
type Config struct {
	Index *query.Index
	JS    jetstream.JetStream
	Log   zerolog.Logger

	// Keys finds who has a key. Nil: whoever comes from this machine, to an address of it, may do everything.
	Keys Keys

	// Sessions are those of browsers, which have them instead of a key. Nil: there are none.
	Sessions *Sessions

	Version string
	Now     func() time.Time // nil: [time.Now]
}

// api is the API of one index.
type api struct {
	cfg    Config
	huma   huma.API
	trends *query.Trends
	jobs   jobs
	live   chan struct{} // a place for each who follows the changes
}

// liveReaders is how many may follow the changes at a time: each has a consumer on the server.
const liveReaders = 64

// Register adds the API and its page to a mux, and returns the OpenAPI document.
func Register(mux *http.ServeMux, cfg Config) (*huma.OpenAPI, error) {
	if cfg.Index == nil || cfg.JS == nil {
		return nil, errors.New("web: Config.Index and Config.JS are required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	a := &api{cfg: cfg, trends: query.NewTrends(cfg.Index), live: make(chan struct{}, liveReaders)}
	inner := http.NewServeMux()
	a.huma = humago.NewWithPrefix(inner, Prefix, a.config())
	a.huma.UseMiddleware(a.knownParameters)
	a.hosts()
	a.fleet()
	a.changes()
	a.decisions()
	a.hostDecisions()
	registerDocs(inner)
	guarded := a.guard(inner)
	mux.Handle(Prefix+"/", guarded)
	mux.Handle("/docs", guarded)
	if err := a.registerAWS(mux); err != nil {
		return nil, err
	}
	return a.huma.OpenAPI(), nil
}

func (a *api) config() huma.Config {
	c := huma.DefaultConfig("patchstream", a.cfg.Version)
	c.Info.Description = "Patch compliance of a fleet: which hosts stand how, why, since when, and what changed."
	c.DocsPath, c.SchemasPath = "", "" // a page of our own, which needs no other site
	c.CreateHooks = nil                // no $schema in answers
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key": {Type: "http", Scheme: "bearer", Description: "A key that \"patchstream auth api-key\" made. Without keys the server lets in this machine alone."},
	}
	c.Security = []map[string][]string{{"key": {}}, {}}
	return c
}

// scope is the groups that whoever asks may see; nil: all.
func scope(ctx context.Context) []string { return whoOf(ctx).Groups }
