package web

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Role is what a key is good for.
type Role string

// The roles.
const (
	Viewer   Role = "viewer"   // reads
	Operator Role = "operator" // reads, and writes what is a person's to decide
)

// Who asks.
type Who struct {
	Name   string
	Role   Role
	Groups []string // patch groups, of whose hosts alone it may know; nil: of all
}

// Keys finds who has a key. It is safe for concurrent use.
type Keys interface {
	// Bearer returns who has a token. [ErrNoKey]: nobody.
	Bearer(token string) (Who, error)
	// AccessKey returns who has a pair of keys, by its public half, and its secret half. [ErrNoKey]: nobody.
	AccessKey(id string) (who Who, secret string, err error)
}

// ErrNoKey says that nobody has such a key.
var ErrNoKey = errors.New("no such key")

// Local is who asks where there are no keys: somebody on this machine.
const Local = "local"

type whoKey struct{}

// whoOf returns who asks.
func whoOf(ctx context.Context) Who {
	who, _ := ctx.Value(whoKey{}).(Who)
	if who.Name == "" { // nobody was let in: a route beside the guard
		who.Groups = []string{}
	}
	return who
}

// maxBodyBytes bounds what a request may bring.
const maxBodyBytes = 1 << 20

// guard lets in who may come, says who they are, and logs what is written.
func (a *api) guard(next http.Handler) http.Handler {
	checked := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		if open(r.URL.Path) { // nothing in it is about a host, and a browser sends no key for it
			next.ServeHTTP(w, r)
			return
		}
		who, status, why := a.cfg.Admit(r)
		if status != 0 {
			if status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", `Bearer realm="patchstream"`)
			}
			refuse(w, status, why)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBodyBytes)
		r = r.WithContext(context.WithValue(r.Context(), whoKey{}, who))
		if reads(r) {
			next.ServeHTTP(w, r)
			return
		}
		noted := &noting{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(noted, r)
		a.cfg.Log.Info().Str("by", who.Name).Str("from", r.RemoteAddr).Str("method", r.Method).Str("path", r.URL.Path).Int("status", noted.status).Msg("a write over HTTP")
	})
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, "a page of another origin may not write here")
	}))
	return origin.Handler(checked)
}

// open reports whether a path is for everybody: the page of the API and its document.
func open(path string) bool {
	return path == "/docs" || strings.HasPrefix(path, Prefix+"/openapi")
}

func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// Admit returns who asks; or, with a status, why they may not.
func (c *Config) Admit(r *http.Request) (who Who, status int, why string) {
	if c.Keys == nil {
		if !fromThisMachine(r) {
			return Who{}, http.StatusForbidden, "without keys only this machine is let in, by a name of its own such as localhost: make keys with \"patchstream auth api-key\", and give serve --auth"
		}
		return Who{Name: Local, Role: Operator}, 0, ""
	}
	who, err := c.whoAsks(r)
	switch {
	case errors.Is(err, ErrNoSession):
		return Who{}, http.StatusUnauthorized, "a key is needed: Authorization: Bearer KEY"
	case errors.Is(err, ErrNoKey):
		return Who{}, http.StatusUnauthorized, "there is no such key"
	case err != nil:
		c.Log.Error().Err(err).Msg("the keys cannot be read")
		return Who{}, http.StatusServiceUnavailable, "the keys cannot be read"
	case !reads(r) && who.Role != Operator:
		return Who{}, http.StatusForbidden, "this key only reads: an operator's key may write"
	}
	return who, 0, ""
}

// whoAsks finds who has the key of a request, or else its session. [ErrNoSession]: it has neither.
func (c *Config) whoAsks(r *http.Request) (Who, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case strings.EqualFold(scheme, "Bearer") && token != "":
		return c.Keys.Bearer(strings.TrimSpace(token))
	case c.Sessions != nil && r.Header.Get("Authorization") == "":
		return c.Sessions.Who(r)
	}
	return Who{}, ErrNoSession
}

// fromThisMachine reports whether a request comes from this machine, and calls it by a name that no other site can have: a page whose name
// is made to lead here sends its own.
func fromThisMachine(r *http.Request) bool {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !remote.Addr().Unmap().IsLoopback() {
		return false
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || err == nil && address.IsLoopback()
}

func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: why})
}

// mayWriteAll refuses who is limited to some groups what is about all hosts.
func mayWriteAll(ctx context.Context) error {
	if whoOf(ctx).Groups != nil {
		return huma.Error403Forbidden("this key is limited to some groups, and this is about all hosts")
	}
	return nil
}

// mayWriteGroup refuses who is limited to other groups.
func mayWriteGroup(ctx context.Context, group string) error {
	if groups := whoOf(ctx).Groups; groups != nil && !slices.Contains(groups, group) {
		return huma.Error403Forbidden("this key is limited to other groups")
	}
	return nil
}

// noting remembers the status of an answer.
type noting struct {
	http.ResponseWriter
	status int
}

func (n *noting) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}

// Unwrap is for [http.ResponseController].
func (n *noting) Unwrap() http.ResponseWriter { return n.ResponseWriter }
