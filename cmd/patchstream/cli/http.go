package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	stdlog "log"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"
)

// site serves /healthz, /readyz and /metrics, in which nothing is about a host, and beside them what it is given.
type site struct {
	listener net.Listener
	server   *http.Server
	failures *stdlog.Logger // of requests
	shown    *certificate   // nil: it speaks plainly
	hangups  func()         // ends that the certificate is looked at at SIGHUP; nil where there is none

	answering context.Context // of requests: those that follow something end with it
	end       context.CancelFunc
}

const closeTimeout = 5 * time.Second

// listenWeb takes the address at once, so that one that is taken is found before anything else is started.
func listenHTTP(address string, log zerolog.Logger) (*site, error) {
	if err := checkAddress("--http", address, "127.0.0.1:8420"); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--http %s: %w: name another address (port 0 takes a free one)", address, err)
	}
	w := &site{listener: listener, failures: stdlog.New(errorLines{log}, "", 0)}
	w.answering, w.end = context.WithCancel(context.Background())
	return w, nil
}

func (w *site) url() string {
	if w.shown != nil {
		return "https://" + w.listener.Addr().String()
	}
	return "http://" + w.listener.Addr().String()
}

// serve answers until close. ready says what is in the way of the process's work; nil: nothing.
func (w *site) serve(ready func() error, metrics *prometheus.Registry, failed func(error)) {
	w.serveWith(routes(ready, metrics, w.failures), failed)
}

// serveWith answers by a handler until close.
func (w *site) serveWith(handler http.Handler, failed func(error)) {
	w.server = impatient(handler)
	w.server.BaseContext = func(net.Listener) context.Context { return w.answering }
	w.server.ErrorLog = w.failures
	go func() {
		serve := w.server.Serve
		if w.shown != nil {
			w.server.TLSConfig = &tls.Config{GetConfigForClient: w.shown.forClient, MinVersion: tls.VersionTLS12}
			serve = func(l net.Listener) error { return w.server.ServeTLS(l, "", "") }
		}
		if err := serve(w.listener); !errors.Is(err, http.ErrServerClosed) {
			failed(fmt.Errorf("serve HTTP: %w", err))
		}
	}()
}

func (w *site) close() {
	w.end()
	if w.hangups != nil {
		w.hangups()
	}
	if w.server == nil {
		_ = w.listener.Close()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = w.server.Shutdown(ctx)
}

func routes(ready func() error, metrics *prometheus.Registry, failures *stdlog.Logger) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := ready(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintln(w, "ready")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{ErrorLog: failures}))
	return mux
}

// errorLines makes lines of our log of what net/http has to say.
type errorLines struct{ log zerolog.Logger }

func (e errorLines) Write(line []byte) (int, error) {
	e.log.Error().Str("part", "http").Msg(strings.TrimSpace(string(line)))
	return len(line), nil
}
