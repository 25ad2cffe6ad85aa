package tally_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/streams"
	"github.com/patchstream/patchstream/worker/tally"
	"github.com/patchstream/patchstream/worker/workertest"
)

func prepare(t testing.TB, js jetstream.JetStream) *streams.Set {
	t.Helper()
	return workertest.Streams(t, js, time.Minute)
}

// follow runs a tally until the test ends and returns where it is registered.
func follow(t testing.TB, nc *nats.Conn, change ...func(*tally.Config)) *prometheus.Registry {
	t.Helper()
	r, _ := launch(t, nc, change...)
	return r
}

// launch is follow, and returns how to end it before.
func launch(t testing.TB, nc *nats.Conn, change ...func(*tally.Config)) (r *prometheus.Registry, end func()) {
	t.Helper()
	cfg := tally.Config{Conn: nc, CheckEvery: 20 * time.Millisecond}
	for _, c := range change {
		c(&cfg)
	}
	fleet, err := tally.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		fleet.Run(ctx)
	}()
	end = func() { stop(); workertest.Wait(t, "the end of Run", done) }
	t.Cleanup(end)
	r = prometheus.NewRegistry()
	r.MustRegister(fleet)
	return r, end
}

// read returns every series by its name and labels, as in `patchstream_hosts COMPLIANT`.
func read(t testing.TB, r prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]float64)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := strings.TrimPrefix(f.GetName(), "patchstream_")
			for _, l := range m.GetLabel() { // sorted by name: level before state
				name += " " + l.GetValue()
			}
			all[name] = m.GetGauge().GetValue()
		}
	}
	return all
}

// shows waits until each of the series has its value, and those not named are 0, but for ages and dead letters.
func shows(t testing.TB, r prometheus.Gatherer, want map[string]float64) {
	t.Helper()
	var last map[string]float64
	defer func() {
		if t.Failed() {
			t.Logf("at last: %v", nonZero(last))
		}
	}()
	workertest.Eventually(t, fmt.Sprint("the metrics ", want), func() bool {
		last = read(t, r)
		for name, v := range want {
			if last[name] != v {
				return false
			}
		}
		for name, v := range nonZero(last) {
			if _, named := want[name]; !named && v != 0 && !strings.HasPrefix(name, "oldest") && !strings.HasPrefix(name, "dead_letters") {
				return false
			}
		}
		return true
	})
}

func nonZero(all map[string]float64) map[string]float64 {
	some := make(map[string]float64)
	for name, v := range all {
		if v != 0 {
			some[name] = v
		}
	}
	return some
}

// save stores a record with a summary, over what is there.
func save(t testing.TB, js jetstream.JetStream, set *streams.Set, host string, s record.Summary) {
	t.Helper()
	text, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	store := record.NewStore(js, set.Hosts, workertest.Deadline)
	_, version, err := store.Load(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := new(record.Record).Encode()
	if err != nil {
		t.Fatal(err)
	}
	encoded.Summary = text
	if _, err := store.Save(t.Context(), host, encoded, version); err != nil {
		t.Fatal(err)
	}
}

// now is the clock of a test, and of its hosts.
var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func fixed(c *tally.Config) { c.Now = func() time.Time { return now } }

func summary(status messages.HostStatus, patches ...record.Tally) record.Summary {
	return record.Summary{Status: status, ScanAt: now.Add(-time.Hour), Patches: patches}
}

func due(state messages.State, level messages.Level, n int, age time.Duration) record.Tally {
	return record.Tally{State: state, Level: level, Number: n, Since: now.Add(-age)}
}

func TestEverySeriesIsThereFromTheStart(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	r := follow(t, workertest.Connect(t, s), fixed)
	all := read(t, r)
	for _, name := range []string{"hosts COMPLIANT", "hosts NON_COMPLIANT", "hosts UNKNOWN", "fleet_followed"} {
		if v, there := all[name]; !there || v != 0 {
			t.Errorf("%s: %v %v", name, v, there)
		}
	}
	for _, level := range messages.Levels() {
		for _, state := range messages.States() {
			if v, there := all[fmt.Sprintf("patches %s %s", level, state)]; !there || v != 0 {
				t.Errorf("patches %s %s: %v %v", level, state, v, there)
			}
		}
		if v, there := all[fmt.Sprintf("oldest_missing_age_seconds %s", level)]; !there || v != 0 {
			t.Errorf("oldest %s: %v %v", level, v, there)
		}
	}
	prepare(t, workertest.JetStream(t, s))
	shows(t, r, map[string]float64{"fleet_followed": 1})
}

func TestTheFleetIsCountedAsItWasAndAsItBecomes(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	set := prepare(t, js)
	save(t, js, set, "web-1", summary(messages.NonCompliant,
		due(messages.Missing, messages.Critical, 2, 3*time.Hour), due(messages.Failed, messages.Critical, 1, 5*time.Hour),
		due(messages.Missing, messages.Low, 1, time.Hour), record.Tally{State: messages.Installed, Level: messages.Unspecified, Number: 700}))
	save(t, js, set, "db.example.org", summary(messages.Compliant, record.Tally{State: messages.Installed, Level: messages.Unspecified, Number: 50}))
	r := follow(t, workertest.Connect(t, s), fixed)
	before := map[string]float64{
		"fleet_followed": 1, "hosts NON_COMPLIANT": 1, "hosts COMPLIANT": 1,
		"patches CRITICAL MISSING": 2, "patches CRITICAL FAILED": 1, "patches LOW MISSING": 1, "patches UNSPECIFIED INSTALLED": 750,
		"oldest_missing_age_seconds CRITICAL": 5 * 3600, "oldest_missing_age_seconds LOW": 3600, "oldest_missing_age_seconds HIGH": 0,
	}
	shows(t, r, before)
	save(t, js, set, "web-1", summary(messages.Compliant, record.Tally{State: messages.Installed, Level: messages.Critical, Number: 4}))
	save(t, js, set, "web-2", summary(messages.Unknown))
	after := map[string]float64{
		"fleet_followed": 1, "hosts COMPLIANT": 2, "hosts UNKNOWN": 1, "patches CRITICAL INSTALLED": 4, "patches UNSPECIFIED INSTALLED": 50,
		"oldest_missing_age_seconds CRITICAL": 0,
	}
	shows(t, r, after)
	shows(t, follow(t, workertest.Connect(t, s), fixed), after) // who comes later agrees
}

func TestAHostThatIsGoneIsNotCounted(t *testing.T) {
	t.Parallel()
	one := map[string]float64{"fleet_followed": 1, "hosts COMPLIANT": 1}
	for name, remove := range map[string]func(context.Context, jetstream.KeyValue, jetstream.Stream) error{
		"deleted": func(ctx context.Context, kv jetstream.KeyValue, _ jetstream.Stream) error {
			return kv.Delete(ctx, "web-1")
		},
		"purged": func(ctx context.Context, kv jetstream.KeyValue, _ jetstream.Stream) error {
			return kv.Purge(ctx, "web-1")
		},
		"taken out without a mark": func(ctx context.Context, _ jetstream.KeyValue, s jetstream.Stream) error {
			return s.Purge(ctx, jetstream.WithPurgeSubject(messages.KeySubject(messages.BucketHosts, "web-1")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := workertest.Server(t)
			js := workertest.JetStream(t, s)
			set := prepare(t, js)
			save(t, js, set, "web-1", summary(messages.NonCompliant, due(messages.Missing, messages.High, 1, time.Hour)))
			save(t, js, set, "web-2", summary(messages.Compliant))
			r := follow(t, workertest.Connect(t, s), fixed)
			shows(t, r, map[string]float64{"fleet_followed": 1, "hosts COMPLIANT": 1, "hosts NON_COMPLIANT": 1, "patches HIGH MISSING": 1})
			stream, err := js.Stream(t.Context(), messages.BucketStream(messages.BucketHosts))
			if err != nil {
				t.Fatal(err)
			}
			if err := remove(t.Context(), set.Hosts, stream); err != nil {
				t.Fatal(err)
			}
			shows(t, r, one)
			save(t, js, set, "web-1", summary(messages.Compliant))
			shows(t, r, map[string]float64{"fleet_followed": 1, "hosts COMPLIANT": 2})
		})
	}
}

func TestHostsOfABucketThatWasMadeAnewAreNotCounted(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	set := prepare(t, js)
	for i := range 9 {
		save(t, js, set, fmt.Sprint("web-", i), summary(messages.NonCompliant))
	}
	r := follow(t, workertest.Connect(t, s), fixed)
	shows(t, r, map[string]float64{"fleet_followed": 1, "hosts NON_COMPLIANT": 9})
	if err := js.DeleteKeyValue(t.Context(), messages.BucketHosts); err != nil {
		t.Fatal(err)
	}
	set = prepare(t, js)
	for i := range 9 {
		save(t, js, set, fmt.Sprint("db-", i), summary(messages.Compliant))
	}
	shows(t, r, map[string]float64{"fleet_followed": 1, "hosts COMPLIANT": 9})
}

// Nothing that is not known is ever called compliant, in a metric neither.
func TestAHostOfWhichNothingIsKnownCountsAsUnknown(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	set := prepare(t, js)
	if _, err := set.Hosts.Put(t.Context(), "without-a-header", []byte("x")); err != nil {
		t.Fatal(err)
	}
	broken := nats.NewMsg(messages.KeySubject(messages.BucketHosts, "broken"))
	broken.Header.Set(messages.HeaderSummary, `{"status":`)
	workertest.Send(t, js, broken)
	save(t, js, set, "of-another-version", record.Summary{Status: "SPLENDID", Patches: []record.Tally{{State: "POLISHED", Level: "SUPREME", Number: 9}}})
	save(t, js, set, "without-a-report", record.Summarise(nil))
	shows(t, follow(t, workertest.Connect(t, s), fixed), map[string]float64{"fleet_followed": 1, "hosts UNKNOWN": 4})
}

func TestAHostWhoseScanBecameTooOldCountsAsUnknown(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	set := prepare(t, js)
	save(t, js, set, "web-1", summary(messages.Compliant))
	save(t, js, set, "web-2", summary(messages.NonCompliant))
	r := follow(t, workertest.Connect(t, s), fixed)
	fresh := map[string]float64{"fleet_followed": 1, "hosts COMPLIANT": 1, "hosts NON_COMPLIANT": 1}
	shows(t, r, fresh)
	later := follow(t, workertest.Connect(t, s), func(c *tally.Config) {
		c.Now = func() time.Time { return now.Add(7 * 24 * time.Hour) }
	})
	old := map[string]float64{"fleet_followed": 1, "hosts UNKNOWN": 1, "hosts NON_COMPLIANT": 1, "hosts_condition scan_old": 2}
	shows(t, later, old)
	store, err := baselines.Open(t.Context(), js)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.PutSettings(t.Context(), classify.Settings{ScanMaxAge: classify.Age(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	shows(t, r, old)
	if err := store.PutSettings(t.Context(), classify.Settings{ScanMaxAge: classify.Age(30 * 24 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	shows(t, r, fresh)
	shows(t, later, fresh)
}

// To workers they are the defaults, which the log alone says: an alert needs a number.
func TestSettingsThatCannotBeReadAreANumber(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	set := prepare(t, js)
	save(t, js, set, "web-1", summary(messages.Compliant))
	r := follow(t, workertest.Connect(t, s), fixed)
	fine := map[string]float64{"fleet_followed": 1, "hosts COMPLIANT": 1}
	shows(t, r, fine)
	for _, unreadable := range []string{`{"scan_max_age":"soon"}`, "{"} {
		workertest.PutKey(t, js, messages.BucketBaselines, "settings", unreadable)
		shows(t, r, map[string]float64{"fleet_followed": 1, "hosts COMPLIANT": 1, "settings_unreadable": 1})
		workertest.PutKey(t, js, messages.BucketBaselines, "settings", `{}`)
		shows(t, r, fine)
	}
}

func TestAHostWhoseOverrideExpiredCountsAsUnknownUntilItIsClassifiedAnew(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	set := prepare(t, js)
	accepted := summary(messages.Compliant)
	accepted.Expires = now.Add(time.Hour)
	save(t, js, set, "web-1", accepted)
	for after, want := range map[time.Duration]string{time.Hour - 1: "hosts COMPLIANT", time.Hour: "hosts UNKNOWN"} {
		r := follow(t, workertest.Connect(t, s), func(c *tally.Config) { c.Now = func() time.Time { return now.Add(after) } })
		shows(t, r, map[string]float64{"fleet_followed": 1, want: 1})
	}
}

func TestAHostWhoseOverrideEndsInManyYearsCountsAsCompliant(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	accepted := summary(messages.Compliant)
	accepted.Expires = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC)
	save(t, js, prepare(t, js), "web-1", accepted)
	shows(t, follow(t, workertest.Connect(t, s), fixed), map[string]float64{"fleet_followed": 1, "hosts COMPLIANT": 1})
}

// What stands on a host counts at any status. A code that only another version knows is none, and is no reason to know nothing.
func TestHostsAreCountedByWhatStandsOnThem(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	set := prepare(t, js)
	standing := func(host string, status messages.HostStatus, codes ...string) {
		of := summary(status)
		of.Conditions = codes
		save(t, js, set, host, of)
	}
	standing("web-1", messages.NonCompliant, classify.Conditions()...)
	standing("web-2", messages.Unknown, classify.ListsOld)
	standing("web-3", messages.Compliant, classify.RunFailed, "of_another_version")
	standing("web-4", messages.Compliant)
	want := map[string]float64{"fleet_followed": 1, "hosts NON_COMPLIANT": 1, "hosts UNKNOWN": 1, "hosts COMPLIANT": 2}
	for _, code := range classify.Conditions() {
		want["hosts_condition "+code] = 1
	}
	want["hosts_condition "+classify.ListsOld], want["hosts_condition "+classify.RunFailed] = 2, 2
	r := follow(t, workertest.Connect(t, s), fixed)
	shows(t, r, want)
	standing("web-1", messages.NonCompliant)
	shows(t, r, map[string]float64{
		"fleet_followed": 1, "hosts NON_COMPLIANT": 1, "hosts UNKNOWN": 1, "hosts COMPLIANT": 2, "hosts_condition lists_old": 1, "hosts_condition run_failed": 1,
	})
}

// A host's clock may be ahead of ours.
func TestAnAgeIsNeverNegative(t *testing.T) {
	t.Parallel()
	s := workertest.Server(t)
	js := workertest.JetStream(t, s)
	set := prepare(t, js)
	save(t, js, set, "web-1", summary(messages.NonCompliant, due(messages.Missing, messages.High, 1, -time.Minute)))
	r := follow(t, workertest.Connect(t, s), fixed)
	shows(t, r, map[string]float64{"fleet_followed": 1, "hosts NON_COMPLIANT": 1, "patches HIGH MISSING": 1, "oldest_missing_age_seconds HIGH": 0})
}
