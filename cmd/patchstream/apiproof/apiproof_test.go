package apiproof

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/workertest"
)

func TestOthersToolsTakeTheDocumentAndTheirClientAsks(t *testing.T) {
	document, url := served(t)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/client")); err != nil {
		t.Fatal(err)
	}
	older, err := document.Downgrade()
	if err != nil {
		t.Fatal(err)
	}
	newest, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"openapi.json": newest, "openapi-3.0.json": older} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"run", "./validate", "openapi.json"},
		{"tool", "oapi-codegen", "-generate", "types,client", "-package", "main", "-o", "ask/client.go", "openapi-3.0.json"},
		{"run", "./ask", url + web.Prefix},
	} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
	}
}

// served is an API of a fleet of one host that lacks a patch.
func served(t *testing.T) (*huma.OpenAPI, string) {
	t.Helper()
	js := workertest.JetStream(t, workertest.Server(t))
	w, err := worker.New(worker.Config{Conn: js.Conn()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{}, 2)
	go func() { _ = w.Run(ctx); ended <- struct{}{} }()
	workertest.Wait(t, "the worker", w.Started())
	index := follow(ctx, t, js, ended)
	mux := http.NewServeMux()
	document, err := web.Register(mux, web.Config{Index: index, JS: js, Version: "proof"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(func() { server.Close(); cancel(); <-ended; <-ended })
	workertest.Publish(t, js, workertest.Scan("web-1", 0, workertest.Package("openssl", "1", "2")))
	workertest.Applied(t, js)
	if err := index.Wait(t.Context(), 1, 0); err != nil {
		t.Fatal(err)
	}
	return document, server.URL
}

func follow(ctx context.Context, t *testing.T, js jetstream.JetStream, ended chan<- struct{}) *query.Index {
	t.Helper()
	index, err := query.NewIndex(query.IndexConfig{Conn: js.Conn()})
	if err != nil {
		t.Fatal(err)
	}
	go func() { index.Run(ctx); ended <- struct{}{} }()
	return index
}
