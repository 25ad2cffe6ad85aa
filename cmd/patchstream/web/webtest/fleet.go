package webtest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/workertest"
)

// Fleet is a server with a worker and an index, which run until the test ends.
type Fleet struct {
	JS    jetstream.JetStream
	Index *query.Index
}

// NewFleet starts one.
func NewFleet(t *testing.T) *Fleet {
	t.Helper()
	js := workertest.JetStream(t, workertest.Server(t))
	w, err := worker.New(worker.Config{Conn: js.Conn()})
	if err != nil {
		t.Fatal(err)
	}
	index, err := query.NewIndex(query.IndexConfig{Conn: js.Conn(), CheckEvery: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{}, 2)
	go func() { _ = w.Run(ctx); ended <- struct{}{} }()
	workertest.Wait(t, "the worker", w.Started())
	go func() { index.Run(ctx); ended <- struct{}{} }()
	t.Cleanup(func() { cancel(); <-ended; <-ended })
	f := &Fleet{js, index}
	f.Indexed(t) // that there is no host yet
	return f
}

// Serve serves a handler until the test ends, and returns its URL.
func Serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return server.URL
}

// Says publishes events, and waits until they are applied and in the index.
func (f *Fleet) Says(t *testing.T, events ...messages.Event) {
	t.Helper()
	workertest.Publish(t, f.JS, events...)
	workertest.Applied(t, f.JS)
	f.Indexed(t)
}

// Indexed waits until all that is stored by now is in the index.
func (f *Fleet) Indexed(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), workertest.Deadline)
	defer cancel()
	last := func(bucket string) uint64 { return workertest.State(t, f.JS, messages.BucketStream(bucket)).LastSeq }
	if err := f.Index.Wait(ctx, last(messages.BucketHosts), last(messages.BucketBaselines)); err != nil {
		t.Fatal(err, f.Index.Ready())
	}
}

// Grouped is a scan of a host that proposes a group.
func Grouped(host, group string, minute int, packages ...messages.Package) *messages.Scan {
	s := workertest.Scan(host, minute, packages...)
	s.Tags = map[string]string{"PatchGroup": group}
	s.Hash = messages.ContentHash(s)
	return s
}
