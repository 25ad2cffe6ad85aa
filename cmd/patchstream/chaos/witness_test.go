package chaos

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
)

// witness reads changes as they come, and looks at once whether the state that each describes is stored.
type witness struct {
	report  *report
	hosts   *record.Store
	looked  atomic.Int64
	running jetstream.ConsumeContext
}

// watch begins to read. The consumer is an ordered one: it outlives its server.
func (w *world) watch(ctx context.Context, t *testing.T) *witness {
	t.Helper()
	js := jetStream(t, connect(t, w.url))
	kv, err := js.KeyValue(ctx, messages.BucketHosts)
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := js.OrderedConsumer(ctx, messages.StreamChanges, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{messages.ChangedSubject(">")},
	})
	if err != nil {
		t.Fatal(err)
	}
	eye := &witness{report: w.report, hosts: record.NewStore(js, kv, attemptTimeout)}
	eye.running, err = consumer.Consume(func(msg jetstream.Msg) { eye.look(ctx, msg) },
		jetstream.ConsumeErrHandler(func(jetstream.ConsumeContext, error) {}))
	if err != nil {
		t.Fatal(err)
	}
	return eye
}

// look asks once: where the server is away, it was not seen.
func (w *witness) look(ctx context.Context, msg jetstream.Msg) {
	change, err := decode(message{subject: msg.Subject(), header: msg.Headers(), payload: msg.Data()})
	if err != nil {
		w.report.wrong("%v", err)
		return
	}
	stored, _, err := w.hosts.Load(ctx, change.host)
	if err != nil {
		return
	}
	w.looked.Add(1)
	if stored == nil || stored.Revision < change.changed.Revision {
		w.report.wrong("%s: revision %d was published before it was stored", change.host, change.changed.Revision)
	}
}

// end returns how many changes were seen in time.
func (w *witness) end() int {
	w.running.Stop()
	<-w.running.Closed()
	return w.report.count("changes looked at as they came", int(w.looked.Load()))
}
