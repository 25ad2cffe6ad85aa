package worker_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/workertest"
)

// history is the events of a host in which later ones overrule, confirm and contradict earlier ones.
func history(host string) []messages.Event {
	openssl := workertest.Package("openssl", "3.0.1", "3.0.2")
	curl := workertest.Package("curl", "7.0", "7.1", "7.2")
	reboot := workertest.Run(host, 3, workertest.Outcome("openssl", "3.0.2", messages.ResultInstalled), workertest.Outcome("curl", "7.2", messages.ResultFailed))
	reboot.RebootRequired = new(true)
	reboot.RebootPackages = []string{"openssl"}
	failed := workertest.Scan(host, 4)
	failed.Complete, failed.Hash, failed.Error, failed.BootID = false, "", "apt-cache was killed", "boot-2"
	full := workertest.Scan(host, 5, workertest.Package("openssl", "3.0.2"), curl)
	unchanged := *full
	unchanged.ID, unchanged.TakenAt, unchanged.Packages, unchanged.Unchanged = "scan-6", workertest.At(6), nil, true
	withdrawn := workertest.Override(host, 8, "openssl.amd64", "")
	withdrawn.Withdraw = true
	return []messages.Event{
		workertest.Scan(host, 1, openssl, curl),
		workertest.Override(host, 2, "curl.amd64", messages.Installed),
		reboot,
		failed,
		full,
		&unchanged,
		workertest.Override(host, 7, "openssl.amd64", messages.InstalledRejected),
		withdrawn,
		workertest.Run(host, 9, workertest.Outcome("curl", "7.2", messages.ResultInstalled), workertest.Outcome("new-one", "1.0", messages.ResultInstalled)),
		workertest.Recheck(host, "recheck-1", 0),
	}
}

// shuffled returns the events in an order that depends on the seed alone.
func shuffled(events []messages.Event, seed uint64) []messages.Event {
	random := rand.New(rand.NewPCG(seed, 1))
	order := make([]messages.Event, len(events))
	for i, j := range random.Perm(len(events)) {
		order[i] = events[j]
	}
	return order
}

func TestTheReportDependsOnTheEventsAndNotOnTheirOrder(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	const orders = 12
	hosts := make(map[string][]messages.Event)
	for seed := range uint64(orders) {
		host := fmt.Sprintf("web-%d", seed)
		hosts[host] = history(host)
		order := hosts[host] // the first as it happened, the second backwards
		if seed == 1 {
			order = nil
			for i := range hosts[host] {
				order = append(order, hosts[host][len(hosts[host])-1-i])
			}
		} else if seed > 1 {
			order = shuffled(hosts[host], seed)
		}
		workertest.Publish(t, js, order...)
	}
	workertest.Applied(t, js)
	for host, events := range hosts {
		workertest.CheckHost(t, js, host, builtin, time.Now(), events...)
	}
}

// A retirement is a fact like any other, once a host is known.
func TestTheReportDependsOnWhatIsLaterThanTheNewestRetirementWheneverThatComes(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	hosts := make(map[string][]messages.Event)
	for seed := range uint64(8) {
		host := fmt.Sprintf("web-%d", seed)
		hosts[host] = append(history(host), workertest.Retire(host, 2), workertest.Retire(host, 4+4*int(seed%2)))
		workertest.Publish(t, js, hosts[host][0])
		workertest.Publish(t, js, shuffled(hosts[host], seed)...)
	}
	workertest.Applied(t, js)
	for host, events := range hosts {
		workertest.CheckHost(t, js, host, builtin, time.Now(), events...)
	}
}

func TestEventsThatComeTwiceChangeNothing(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	start(t, s)
	events := history("web-1")
	workertest.Publish(t, js, events...)
	workertest.Applied(t, js)
	before := workertest.ReadChanges(t, js)["web-1"].Revisions()
	workertest.Publish(t, js, events...)
	workertest.Publish(t, js, shuffled(events, 3)...)
	workertest.Applied(t, js)
	published := workertest.CheckHost(t, js, "web-1", builtin, time.Now(), events...)
	if len(published.Changed) != len(before) {
		t.Errorf("revisions %d after the first time, %d after the third", before, published.Revisions())
	}
}

func TestThreeWorkersThatMeetAtOneHostPublishOneStory(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	metrics := prometheus.NewRegistry()
	start(t, s, func(c *worker.Config) { c.Metrics = metrics })
	start(t, s)
	start(t, s)
	hosts := make(map[string][]messages.Event)
	var all []messages.Event
	for i := range 4 {
		host := fmt.Sprintf("web-%d", i)
		hosts[host] = history(host)
		for m := range 20 {
			hosts[host] = append(hosts[host], workertest.Override(host, 10+m, "curl.amd64", messages.States()[m%8]))
		}
		all = append(all, hosts[host]...)
	}
	workertest.Publish(t, js, shuffled(append(all, all...), 7)...)
	workertest.Applied(t, js)
	for host, events := range hosts {
		workertest.CheckHost(t, js, host, builtin, time.Now(), events...)
	}
	t.Logf("conflicts of the first worker: %v", counter(t, metrics, "patchstream_conflicts_total"))
}

// counter returns the sum of a metric over its labels.
func counter(t testing.TB, metrics *prometheus.Registry, name string, labels ...string) float64 {
	t.Helper()
	families, err := metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
	metric:
		for _, m := range f.GetMetric() {
			for i := 0; i < len(labels); i += 2 {
				for _, l := range m.GetLabel() {
					if l.GetName() == labels[i] && l.GetValue() != labels[i+1] {
						continue metric
					}
				}
			}
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return sum
}

// bound reads the consumer of the workers, for tests that stand in for one.
func bound(t *testing.T, js jetstream.JetStream) jetstream.Consumer {
	t.Helper()
	c, err := js.Consumer(t.Context(), messages.StreamEvents, "patchstream-worker")
	if err != nil {
		t.Fatal(err)
	}
	return c
}
