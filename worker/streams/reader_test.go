package streams_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
	"github.com/patchstream/patchstream/worker/workertest"
)

// Who reads a message a request sees what a consumer does, of buckets that keep one entry of a key and of those that keep many.
func TestAReaderReadsWhatAConsumerDoes(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	workertest.Streams(t, js, time.Minute)
	reader := streams.NewReader(js)
	for _, bucket := range []string{messages.BucketHosts, messages.BucketBaselines} {
		kv, err := js.KeyValue(t.Context(), bucket)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, js, reader, bucket, 0)
		for i := range 300 {
			key := fmt.Sprint("key-", i%100)
			if i%7 == 3 {
				err = kv.Delete(t.Context(), key)
			} else {
				_, err = kv.Put(t.Context(), key, fmt.Append(nil, i))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		compare(t, js, reader, bucket, 60)
	}
	if _, err := streams.OpenKeys(t.Context(), reader, "NONE"); !errors.Is(err, jetstream.ErrBucketNotFound) {
		t.Error(err)
	}
	if _, err := reader.PublishMsg(t.Context(), nats.NewMsg("patch.scan.web-1")); !errors.Is(err, nats.ErrPermissionViolation) {
		t.Error(err)
	}
}

func compare(t *testing.T, js jetstream.JetStream, reader *streams.Reader, bucket string, least int) {
	t.Helper()
	var said [2][]string
	for i, by := range []jetstream.JetStream{js, reader} {
		keys, err := streams.OpenKeys(t.Context(), by, bucket)
		if err != nil {
			t.Fatal(err)
		}
		if err := keys.Each(t.Context(), func(e streams.Entry) error {
			said[i] = append(said[i], fmt.Sprint(e.Key, e.Seq, string(e.Value), e.Time.UTC()))
			one, err := keys.Get(t.Context(), e.Key)
			if err != nil || one.Seq != e.Seq || string(one.Value) != string(e.Value) {
				t.Errorf("%+v, %v", one, err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		slices.Sort(said[i])
		if names, err := keys.Names(t.Context()); err != nil || len(names) != len(said[i]) || !slices.IsSorted(names) {
			t.Errorf("%v, %v", names, err)
		}
		if _, err := keys.Get(t.Context(), "none"); !errors.Is(err, jetstream.ErrKeyNotFound) {
			t.Error(err)
		}
	}
	if !slices.Equal(said[0], said[1]) || len(said[0]) < least {
		t.Errorf("%s: a consumer\n%q\na reader\n%q", bucket, said[0], said[1])
	}
	stop := errors.New("enough")
	keys, err := streams.OpenKeys(t.Context(), reader, bucket)
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Each(t.Context(), func(streams.Entry) error { return stop }); least > 0 && !errors.Is(err, stop) {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := keys.Each(ended, func(streams.Entry) error { return nil }); err == nil {
		t.Error("the context had ended")
	}
}

// Who asks for the state of a fleet a thousand times must not use up the consumers that the bucket may have.
func TestWhatReadsHeadersIsSoonForgottenByTheServer(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	workertest.Streams(t, js, time.Minute)
	kv, err := js.KeyValue(t.Context(), messages.BucketHosts)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.PutString(t.Context(), "web-1", "x"); err != nil {
		t.Fatal(err)
	}
	read := 0
	if err := streams.ReadHeaders(t.Context(), js, messages.BucketHosts, func(streams.Entry) error { read++; return nil }); err != nil || read != 1 {
		t.Fatalf("%d entries, %v", read, err)
	}
	workertest.SoonForgotten(t, js, messages.BucketStream(messages.BucketHosts))
}
