package console_test

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/cmd/patchstream/web/console"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/workertest"
)

// site is a server with a worker, an index, the API and the console.
type site struct {
	js    jetstream.JetStream
	index *query.Index
	url   string
}

func newSite(t *testing.T, keys web.SessionKeys) *site {
	t.Helper()
	s := &site{js: workertest.JetStream(t, workertest.Server(t))}
	w, err := worker.New(worker.Config{Conn: s.js.Conn()})
	if err != nil {
		t.Fatal(err)
	}
	if s.index, err = query.NewIndex(query.IndexConfig{Conn: s.js.Conn(), CheckEvery: 20 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{}, 2)
	go func() { _ = w.Run(ctx); ended <- struct{}{} }()
	workertest.Wait(t, "the worker", w.Started())
	go func() { s.index.Run(ctx); ended <- struct{}{} }()
	mux, cfg := http.NewServeMux(), web.Config{Index: s.index, JS: s.js, Version: "test"}
	if keys != nil {
		cfg.Keys, cfg.Sessions = keys, web.NewSessions(keys, nil)
	}
	if _, err := web.Register(mux, cfg); err != nil {
		t.Fatal(err)
	}
	if err := console.Register(mux, console.Config{Config: cfg, API: mux}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close(); cancel(); <-ended; <-ended })
	s.url = server.URL
	return s
}

// says publishes events, and waits until they are applied and in the index.
func (s *site) says(t *testing.T, events ...messages.Event) {
	t.Helper()
	workertest.Publish(t, s.js, events...)
	workertest.Applied(t, s.js)
	ctx, cancel := context.WithTimeout(t.Context(), workertest.Deadline)
	defer cancel()
	hosts := workertest.State(t, s.js, messages.BucketStream(messages.BucketHosts)).LastSeq
	baselines := workertest.State(t, s.js, messages.BucketStream(messages.BucketBaselines)).LastSeq
	if err := s.index.Wait(ctx, hosts, baselines); err != nil {
		t.Fatal(err, s.index.Ready())
	}
}

// grouped is a scan of a host that proposes a group.
func grouped(host, group string, minute int, packages ...messages.Package) *messages.Scan {
	s := workertest.Scan(host, minute, packages...)
	s.Tags = map[string]string{"PatchGroup": group}
	s.Hash = messages.ContentHash(s)
	return s
}

// story is two hosts of two groups, one of which calls a package what a browser might run.
func (s *site) story(t *testing.T) {
	t.Helper()
	s.says(t,
		grouped("web-1", "web", 0, workertest.Package("openssl", "1", "2"), workertest.Package("bash", "1")),
		grouped("db-1", "db", 1, workertest.Package("openssl", "2"), workertest.Package(hostile, "1", "2")),
	)
	s.says(t, workertest.Run("web-1", 5, workertest.Outcome("openssl", "2", messages.ResultFailed)))
}

const hostile = `<img/src=x/onerror=alert(1)>`

type reply struct {
	status int
	header http.Header
	body   string
	wire   int // bytes, compressed where it is
}

// get reads a page as a browser does, with what is given of headers.
func (s *site) get(t *testing.T, path string, header ...string) reply {
	t.Helper()
	return s.send(t, http.MethodGet, path, "", header...)
}

func (s *site) send(t *testing.T, method, path, form string, header ...string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r) // follows no redirection
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	wire, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	body := string(wire)
	if response.Header.Get("Content-Encoding") == "gzip" {
		body = unzipped(t, body)
	}
	return reply{response.StatusCode, response.Header, body, len(wire)}
}

func unzipped(t testing.TB, body string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func TestEachPageIsWholeAndLoadsNothingElse(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	s.story(t)
	for path, says := range map[string]string{
		"/":        "web-1",
		"/help":    "Pending reboot",
		"/nowhere": "there is no such page",
	} {
		r := s.get(t, path)
		if want := http.StatusOK; path != "/nowhere" && r.status != want {
			t.Errorf("%s: status %d", path, r.status)
		}
		if !strings.Contains(r.body, says) || !strings.HasSuffix(strings.TrimSpace(r.body), "</html>") {
			t.Errorf("%s says no %q, or is no whole page:\n%s", path, says, r.body)
		}
		if p := r.header.Get("Content-Security-Policy"); !strings.HasPrefix(p, "default-src 'none'; script-src 'self'; style-src 'self';") {
			t.Errorf("%s: policy %q", path, p)
		}
		for _, never := range []string{" style=", "<style", " onclick", "http://", "https://", "<img"} {
			if rest := strings.ReplaceAll(r.body, s.url, ""); strings.Contains(rest, never) {
				t.Errorf("%s has %q", path, never)
			}
		}
	}
}
