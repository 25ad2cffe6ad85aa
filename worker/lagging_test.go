package worker_test

import (
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/streams"
	"github.com/patchstream/patchstream/worker/workertest"
)

// lagging has every direct get of the hosts' records answered as a replica does that has fallen behind: with what is stored now,
// whatever comes later. It returns how many were asked of it. A real replica lags for as long as it likes; here the bucket lets
// no server answer, and the test does.
func lagging(t *testing.T, js jetstream.JetStream, set *streams.Set, host string) <-chan struct{} {
	t.Helper()
	asked := make(chan struct{}, 1000)
	answer := nats.NewMsg("")
	answer.Header.Set("Status", "404")
	if entry, err := set.Hosts.Get(t.Context(), host); err == nil {
		answer.Data = entry.Value()
		answer.Header = nats.Header{
			jetstream.StreamHeader: {messages.BucketStream(messages.BucketHosts)}, jetstream.SubjectHeader: {messages.KeySubject(messages.BucketHosts, host)},
			jetstream.SequenceHeader: {strconv.FormatUint(entry.Revision(), 10)}, jetstream.TimeStampHeaer: {entry.Created().Format(time.RFC3339Nano)},
		}
	}
	s, err := js.Stream(t.Context(), messages.BucketStream(messages.BucketHosts))
	if err != nil {
		t.Fatal(err)
	}
	config := s.CachedInfo().Config
	config.AllowDirect = false
	if _, err := js.UpdateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Conn().Subscribe("$JS.API.DIRECT.GET."+config.Name+".>", func(m *nats.Msg) {
		asked <- struct{}{}
		if err := m.RespondMsg(&nats.Msg{Header: answer.Header, Data: answer.Data}); err != nil {
			t.Error(err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if err := js.Conn().Flush(); err != nil {
		t.Fatal(err)
	}
	return asked
}

// rewrite stores a host's record anew, as another worker does.
func rewrite(t *testing.T, js jetstream.JetStream, set *streams.Set, host string, change func(*record.Record)) {
	t.Helper()
	records := record.NewStore(js, set.Hosts, 5*time.Second)
	r, version, err := records.LoadNewest(t.Context(), host, math.MaxInt)
	if err != nil {
		t.Fatal(err)
	}
	change(r)
	encoded, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if encoded.Scan != nil {
		if err := records.SaveScan(t.Context(), host, encoded.Scan); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := records.Save(t.Context(), host, encoded, version); err != nil {
		t.Fatal(err)
	}
}

// newest returns a host's record as the leader has it.
func newest(t *testing.T, js jetstream.JetStream, set *streams.Set, host string) *record.Record {
	t.Helper()
	r, _, err := record.NewStore(js, set.Hosts, 5*time.Second).LoadNewest(t.Context(), host, math.MaxInt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// onThree returns a cluster of three on which a worker runs.
func onThree(t *testing.T, change ...func(*worker.Config)) (jetstream.JetStream, *streams.Set) {
	t.Helper()
	servers := workertest.Join(t, workertest.Members(t, 3)...)
	workertest.Led(t, 3, servers...)
	js := workertest.JetStream(t, servers[0])
	set := prepare(t, js)
	workertest.Wait(t, "the start of a worker", launchOn(t, workertest.Connect(t, servers[1]), change...).Started())
	return js, set
}

// withoutCache has a worker load every record anew.
func withoutCache(c *worker.Config) { c.CacheBytes = 1 }

// Another worker has written the record since this one cached it, or this one has none in memory and asks a replica that lags:
// what falls due is asked of the record that the leader has.
func TestARecheckIsOfTheNewestRecordWhoeverWroteIt(t *testing.T) {
	t.Parallel()
	const by = "another baseline"
	for event, again := range map[string]func(*testing.T, jetstream.JetStream){
		"a recheck": func(t *testing.T, js jetstream.JetStream) {
			workertest.Publish(t, js, workertest.Recheck("web-1", "r", 0))
		},
		"what fell due": func(t *testing.T, js jetstream.JetStream) { schedule(t, js, "web-1", time.Now().Add(-time.Minute)) },
	} {
		for kept, config := range map[string]func(*worker.Config){"cached": func(*worker.Config) {}, "not cached": withoutCache} {
			t.Run(event+", "+kept, func(t *testing.T) {
				t.Parallel()
				js, set := onThree(t, config)
				workertest.Publish(t, js, accepted("web-1", time.Now().Add(time.Hour).UTC())...)
				workertest.Applied(t, js)
				lagging(t, js, set, "web-1")
				rewrite(t, js, set, "web-1", func(r *record.Record) { r.Basis.By = by })
				again(t, js)
				workertest.Eventually(t, "a look at the newest record", func() bool { return newest(t, js, set, "web-1").Basis.By != by })
			})
		}
	}
}

// Nothing is written for what falls due and changes nothing, and the cached record is as good as any: the leader says in a few
// bytes that it is the newest.
func TestARecheckOfACachedRecordLoadsNone(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	set := prepare(t, js)
	start(t, s)
	workertest.Publish(t, js, accepted("web-1", time.Now().Add(time.Hour).UTC())...)
	workertest.Applied(t, js)
	direct := lagging(t, js, set, "web-1")
	looks := asked(t, js, "$JS.API.STREAM.MSG.GET."+messages.BucketStream(messages.BucketHosts))
	workertest.Publish(t, js, &messages.Recheck{ID: "recheck-1", Host: "web-1"})
	workertest.Applied(t, js)
	if len(direct) != 0 || len(looks) != 1 {
		t.Errorf("%d direct gets, and %d looks", len(direct), len(looks))
	}
}

// A replica that lags knows nothing of a host yet. Its retirement is not taken for one of a host that nobody knows.
func TestARetirementIsNotLostToAReplicaThatLags(t *testing.T) {
	t.Parallel()
	js, set := onThree(t, withoutCache)
	direct := lagging(t, js, set, "web-1")
	workertest.Publish(t, js, workertest.Scan("web-1", 1, workertest.Package("openssl", "3.0.1", "3.0.2")))
	workertest.Applied(t, js)
	workertest.Publish(t, js, workertest.Retire("web-1", 2))
	workertest.Applied(t, js)
	if status := newest(t, js, set, "web-1").Report.Status; status != messages.Retired || len(direct) == 0 {
		t.Errorf("the host is %s after %d direct gets", status, len(direct))
	}
}

// A worker that was refused since it had an older record does not go on with it.
func TestAReplicaThatLagsHoldsNoEventUp(t *testing.T) {
	t.Parallel()
	js, set := onThree(t, withoutCache)
	workertest.Publish(t, js, workertest.Scan("web-1", 1, workertest.Package("openssl", "3.0.1", "3.0.2")))
	workertest.Applied(t, js)
	direct := lagging(t, js, set, "web-1")
	rewrite(t, js, set, "web-1", func(r *record.Record) { r.Basis.By = "another baseline" })
	workertest.Publish(t, js, workertest.Override("web-1", 2, "openssl.amd64", messages.Installed))
	workertest.Applied(t, js)
	if n := len(newest(t, js, set, "web-1").Facts.Overrides); n != 1 || len(direct) != 1 {
		t.Errorf("%d overrides after %d direct gets", n, len(direct))
	}
}
