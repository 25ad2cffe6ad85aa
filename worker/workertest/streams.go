package workertest

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/worker/streams"
)

// Streams makes the streams, buckets and consumers, for tests in which no worker has done so. As a worker does, it
// asks again while a cluster has no leader.
func Streams(t testing.TB, js jetstream.JetStream, ackWait time.Duration) *streams.Set {
	t.Helper()
	var set *streams.Set
	Eventually(t, "streams", func() (made bool) {
		var err error
		if set, err = streams.Ensure(t.Context(), js, streams.Config{AckWait: ackWait}); err != nil && !streams.Unavailable(err) {
			t.Fatal(err)
		}
		return err == nil
	})
	return set
}

// PutKey puts an entry into a bucket, as somebody does by hand.
func PutKey(t testing.TB, js jetstream.JetStream, bucket, key, value string) {
	t.Helper()
	kv, err := js.KeyValue(t.Context(), bucket)
	if err == nil {
		_, err = kv.Put(t.Context(), key, []byte(value))
	}
	if err != nil {
		t.Fatal(err)
	}
}
