package tally_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/tally"
	"github.com/patchstream/patchstream/worker/workertest"
)

func TestATallyNeedsAConnection(t *testing.T) {
	if _, err := tally.New(tally.Config{}); err == nil || !strings.Contains(err.Error(), "Conn") {
		t.Errorf("New: %v", err)
	}
}

func TestWhatChangedWhileTheServerWasAwayIsCounted(t *testing.T) {
	t.Parallel()
	opts := &server.Options{Host: "127.0.0.1", Port: workertest.FreePort(t), NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(), MaxPayload: 8 << 20}
	s, err := workertest.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { workertest.Stop(s) })
	nc, err := nats.Connect(s.ClientURL(), nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond), nats.ReconnectJitter(0, 0), nats.Timeout(workertest.Deadline))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	set := prepare(t, workertest.JetStream(t, s))
	save(t, workertest.JetStream(t, s), set, "web-1", summary(messages.Compliant))
	r := follow(t, nc, fixed)
	shows(t, r, map[string]float64{"fleet_followed": 1, "hosts COMPLIANT": 1})

	workertest.Stop(s)
	shows(t, r, map[string]float64{"fleet_followed": 0, "hosts COMPLIANT": 1})
	if s, err = workertest.Start(aside(opts)); err != nil { // where only we reach it
		t.Fatal(err)
	}
	js := workertest.JetStream(t, s)
	save(t, js, prepare(t, js), "web-1", summary(messages.NonCompliant))
	save(t, js, prepare(t, js), "web-2", summary(messages.Unknown))
	workertest.Stop(s)
	if s, err = workertest.Start(opts); err != nil {
		t.Fatal(err)
	}
	shows(t, r, map[string]float64{"fleet_followed": 1, "hosts NON_COMPLIANT": 1, "hosts UNKNOWN": 1})
	js = workertest.JetStream(t, s)
	save(t, js, prepare(t, js), "web-2", summary(messages.Compliant))
	shows(t, r, map[string]float64{"fleet_followed": 1, "hosts NON_COMPLIANT": 1, "hosts COMPLIANT": 1})
}

// aside is a server on the same store that does not listen.
func aside(opts *server.Options) *server.Options {
	o := opts.Clone()
	o.DontListen = true
	return o
}

func TestAnOutageIsToldOnceAndShown(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	prepare(t, js)
	log := new(strings.Builder)
	nc := workertest.Connect(t, s)
	r, stop := launch(t, nc, func(c *tally.Config) { c.Log = zerolog.New(log) })
	for range 2 {
		shows(t, r, map[string]float64{"fleet_followed": 1})
		if err := js.DeleteKeyValue(t.Context(), messages.BucketBaselines); err != nil {
			t.Fatal(err)
		}
		shows(t, r, map[string]float64{"fleet_followed": 0})
		asked := nc.Stats().OutMsgs
		workertest.Eventually(t, "some more checks", func() bool { return nc.Stats().OutMsgs > asked+10 })
		prepare(t, js)
	}
	shows(t, r, map[string]float64{"fleet_followed": 1})
	stop()
	if n := strings.Count(log.String(), "\n"); n != 2 || strings.Count(log.String(), "the fleet is not counted") != 2 || strings.Count(log.String(), `"error":`) != 2 {
		t.Errorf("%d lines for two outages: %s", n, log)
	}
}
