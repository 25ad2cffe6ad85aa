package baselines_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/workertest"
)

func TestTheLogSaysWhoDecidedWhat(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	if _, err := js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: messages.BucketBaselines, History: 64}); err != nil {
		t.Fatal(err)
	}
	store, err := baselines.Open(t.Context(), js)
	if err != nil {
		t.Fatal(err)
	}
	if log, err := store.Log(t.Context()); err != nil || len(log) != 0 {
		t.Fatal(log, err)
	}
	ann, bob := store.By("ann"), store.By("bob")
	_, err = ann.Put(t.Context(), "prod 1", []byte(`{"Name":"p","OperatingSystem":"UBUNTU"}`))
	for _, err := range []error{
		err, ann.Bind(t.Context(), "UBUNTU", "web team", "prod 1"), bob.SetHostGroup(t.Context(), "web-1", "web team"),
		bob.SetHostGroup(t.Context(), "web-1", ""), bob.SetDefault(t.Context(), "UBUNTU", "prod 1"), store.PutSettings(t.Context(), classify.Settings{FailedUntil: "next-scan"}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	log, err := store.Log(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range log {
		got = append(got, fmt.Sprintf("%s %s %s %s", d.By, d.About, d.Name, d.Value))
		if d.At.IsZero() || d.Revision == 0 {
			t.Errorf("%+v", d)
		}
	}
	want := []string{
		"ann baseline prod 1 stored", "ann group web team on UBUNTU prod 1", "bob host web-1 web team", "bob host web-1 ", "bob default UBUNTU prod 1",
		` settings  {"failed_until":"next-scan"}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if group, by := must(store.Library(t.Context())).Applies("web-2", "UBUNTU", "web team"); group != "web team" || by.ID != "prod 1" {
		t.Error(group, by)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
