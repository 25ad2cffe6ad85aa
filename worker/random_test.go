package worker_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify/classifytest"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/pack"
	"github.com/patchstream/patchstream/worker"
	"github.com/patchstream/patchstream/worker/workertest"
)

// Hosts of every family, whose scans come in every encoding, twice and out of order, to two workers that judge nothing twice, while
// full scans are lost from their bucket.
func TestRandomHostsAreWhatTheirEventsSay(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			lossy := seed == 0
			p := classifytest.Pick(rand.New(rand.NewPCG(seed, 7)).IntN)
			s := workertest.Server(t)
			js := workertest.JetStream(t, s)
			prepare(t, js)
			for _, bytes := range []int{20 << 10, 64 << 20} {
				start(t, s, func(c *worker.Config) { c.CacheBytes, c.Twice = bytes, nil })
			}
			hosts := make(map[string][]messages.Event)
			var all []*nats.Msg
			for i := range 8 {
				host := fmt.Sprintf("web-%d", i)
				hosts[host] = randomStory(p, host)
				workertest.Publish(t, js, hosts[host][0]) // a retirement of a host that nobody knows is none
				for _, e := range hosts[host] {
					all = append(all, sentSomehow(t, p, e))
				}
			}
			workertest.Applied(t, js)
			for i := range all {
				j := min(i+p(4), len(all)-1)
				all[i], all[j] = all[j], all[i]
			}
			for _, m := range append(all, all[:len(all)/4]...) {
				workertest.Send(t, js, m)
				switch {
				case p(2) == 0:
					workertest.Applied(t, js) // so that fewer are handled together
				case lossy && p(8) == 0:
					loseAScan(t, p, js)
				}
			}
			for host := range hosts {
				if !lossy {
					break
				}
				last := listing(host, time.Now())
				hosts[host] = append(hosts[host], last)
				workertest.Publish(t, js, last)
			}
			workertest.Applied(t, js)
			noDeadLetters(t, js)
			for host, events := range hosts {
				workertest.CheckHost(t, js, host, builtin, time.Now(), events...)
			}
		})
	}
}

// randomStory are the events of a host, most of whose full scans differ little from the one before. The first is a scan.
func randomStory(p classifytest.Pick, host string) []messages.Event {
	full := listing(host, classifytest.At(-48))
	story := []messages.Event{full}
	for range 8 {
		events, _ := p.AnyHost()
		for i, e := range events {
			scan, isScan := e.(*messages.Scan)
			if isScan && scan.Complete && !scan.Unchanged {
				if p(12) > 0 {
					scan = p.Resembling(full, time.Duration(7*i+1)*time.Minute)
					scan.RebootRequired, scan.RebootPackages, scan.OS, scan.Origins = full.RebootRequired, nil, full.OS, full.Origins
				} else {
					scan.Packages = append(scan.Packages, many()...)
				}
				e = scan
			}
			if e = saidBy(host, e); e.Validate() != nil {
				continue
			}
			if story = append(story, e); isScan && scan.Complete && !scan.Unchanged {
				full = e.(*messages.Scan)
			}
		}
	}
	return story
}

// listing is a full scan of so many packages that it is stored as it was sent.
func listing(host string, at time.Time) *messages.Scan {
	scan := classifytest.Scan(0, many()...)
	scan.Host, scan.TakenAt = host, at.UTC().Truncate(time.Second)
	return scan
}

func many() []messages.Package {
	packages := make([]messages.Package, 60)
	for i := range packages {
		packages[i] = classifytest.Package(fmt.Sprintf("lib-of-many-%03d", i), "0.9", []string{"1.0 release", "1.1 security", "1.1 updates"}[i%3])
	}
	return packages
}

// saidBy is an event of another host.
func saidBy(host string, e messages.Event) messages.Event {
	switch said := e.(type) {
	case *messages.Scan:
		said.Host = host
	case *messages.Run:
		said.Host = host
	case *messages.Override:
		said.Host = host
	case *messages.Retire:
		said.Host = host
	}
	return e
}

// sentSomehow is an event as some publisher may send it.
func sentSomehow(t testing.TB, p classifytest.Pick, e messages.Event) *nats.Msg {
	t.Helper()
	m := workertest.Encode(t, e)
	switch p(5) {
	case 0:
		text, err := messages.Encode(e, messages.JSON)
		if err != nil {
			t.Fatal(err)
		}
		m.Data = text
		return with(m, messages.HeaderContentType, messages.JSON.ContentType())
	case 1:
		return m
	}
	data, encoding := pack.Compress(m.Data, 0)
	if encoding == "" {
		return m
	}
	m.Data = data
	return with(m, messages.HeaderContentEncoding, encoding)
}

// loseAScan removes a full scan from its bucket, as a restore in part does.
func loseAScan(t testing.TB, p classifytest.Pick, js jetstream.JetStream) {
	t.Helper()
	kv, err := js.KeyValue(t.Context(), messages.BucketScans)
	if err != nil {
		t.Fatal(err)
	}
	lister, err := kv.ListKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for key := range lister.Keys() {
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return
	}
	if err := kv.Purge(t.Context(), keys[p(len(keys))]); err != nil {
		t.Fatal(err)
	}
}
