package streams_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
	"github.com/patchstream/patchstream/worker/workertest"
)

// led starts a cluster that can place streams on all its servers, and waits until each of them knows the others:
// one that is stopped before would start with the few that it knew.
func led(t *testing.T, members []*server.Options) []*server.Server {
	t.Helper()
	servers := workertest.Join(t, members...)
	workertest.Led(t, len(members), servers...)
	for _, s := range servers {
		workertest.Eventually(t, s.Name()+" knows the others", func() bool {
			info, err := s.Jsz(nil)
			return err == nil && info.Meta != nil && len(info.Meta.Replicas) == len(members)-1
		})
	}
	return servers
}

// replicas returns the number of replicas of every stream and consumer of the contract.
func replicas(t *testing.T, js jetstream.JetStream, set *streams.Set) map[string]int {
	t.Helper()
	all := make(map[string]int)
	for name, c := range configs(t, js) {
		all[name] = c.Replicas
	}
	for _, consumer := range []jetstream.Consumer{set.Worker, set.Due} {
		info, err := consumer.Info(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all[info.Name] = 1
		if info.Cluster != nil {
			all[info.Name] += len(info.Cluster.Replicas)
		}
	}
	return all
}

// each gives everything of the contract the same number.
func each(n int) map[string]int {
	all := make(map[string]int)
	for _, name := range []string{
		messages.StreamEvents, messages.StreamLater, messages.StreamChanges, messages.StreamDead, messages.StreamResend,
		"KV_" + messages.BucketHosts, "KV_" + messages.BucketBaselines, "KV_" + messages.BucketAttempts, "KV_" + messages.BucketItems, "KV_" + messages.BucketScans,
		streams.ConsumerEvents, streams.ConsumerDue,
	} {
		all[name] = n
	}
	return all
}

func TestEverythingHasThreeReplicasOnThreeServers(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, led(t, workertest.Members(t, 3))[0])
	set := ensure(t, js)
	if diff := cmp.Diff(each(3), replicas(t, js, set)); diff != "" {
		t.Errorf("replicas (-want +got):\n%s", diff)
	}
	if len(set.Alone) > 0 {
		t.Errorf("said to be on one server only: %q", set.Alone)
	}
}

// A cluster of three knows of two servers for a moment after it has chosen a leader.
func TestNothingIsMadeWithOneReplicaBeforeTheClusterHasSettled(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, led(t, workertest.Members(t, 2))[0])
	_, err := streams.Ensure(t.Context(), js, streams.Config{AckWait: ackWait})
	if !streams.Unavailable(err) || !strings.Contains(err.Error(), "fewer than the three") {
		t.Errorf("Ensure: %v", err)
	}
	if made := configs(t, js); len(made) > 0 {
		t.Errorf("made %v", made)
	}
}

func TestEverythingHasOneReplicaOnTwoServersAndThatIsSaid(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, led(t, workertest.Members(t, 2))[0])
	set, err := streams.Ensure(t.Context(), js, streams.Config{AckWait: ackWait, Settled: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(each(1), replicas(t, js, set)); diff != "" {
		t.Errorf("replicas (-want +got):\n%s", diff)
	}
	if len(set.Alone) != len(configs(t, js)) {
		t.Errorf("said to be on one server only: %q", set.Alone)
	}
}

func TestAnOperatorsReplicasAreLeftAloneAndOneAloneIsSaid(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, led(t, workertest.Members(t, 3))[0])
	ensure(t, js)
	chosen := configs(t, js)[messages.StreamDead]
	chosen.Replicas = 1
	if _, err := js.UpdateStream(t.Context(), chosen); err != nil {
		t.Fatal(err)
	}
	set := ensure(t, js)
	if got := configs(t, js)[messages.StreamDead].Replicas; got != 1 {
		t.Errorf("%d replicas, the operator chose 1", got)
	}
	if diff := cmp.Diff([]string{messages.StreamDead}, set.Alone); diff != "" {
		t.Errorf("on one server only (-want +said):\n%s", diff)
	}
}

// The trap: the same code says that a cluster is small and that a server of it is away.
func TestNothingIsMadeWithOneReplicaBecauseAServerIsAway(t *testing.T) {
	t.Parallel()
	members := workertest.Members(t, 3)
	for _, s := range led(t, members) {
		workertest.Stop(s)
	}
	two := workertest.Join(t, members[:2]...) // the third was not seen since
	workertest.Led(t, 2, two...)
	js := workertest.JetStream(t, two[0])
	ctx, cancel := context.WithTimeout(t.Context(), workertest.Deadline)
	defer cancel()
	_, err := streams.Ensure(ctx, js, streams.Config{AckWait: ackWait})
	if err == nil || !streams.Unavailable(err) || !strings.Contains(err.Error(), messages.StreamEvents) || !strings.Contains(err.Error(), "away") {
		t.Errorf("Ensure: %v", err)
	}
	if made := configs(t, js); len(made) > 0 {
		t.Errorf("made %v", made)
	}
	workertest.Led(t, 3, append(two, workertest.Join(t, members[2])...)...)
	set := ensure(t, js)
	if diff := cmp.Diff(each(3), replicas(t, js, set)); diff != "" {
		t.Errorf("replicas when it was back (-want +got):\n%s", diff)
	}
}

func TestAClusterWithoutALeaderIsUnavailable(t *testing.T) {
	t.Parallel()
	one := workertest.Join(t, workertest.Members(t, 3)[0])
	js := workertest.JetStream(t, one[0])
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := streams.Ensure(ctx, js, streams.Config{AckWait: ackWait}); !streams.Unavailable(err) {
		t.Errorf("Ensure: %v", err)
	}
}
