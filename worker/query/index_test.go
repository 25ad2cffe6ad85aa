package query_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/streams"
	"github.com/patchstream/patchstream/worker/workertest"
)

// world is a server without workers, into which a test writes records as workers would, with a clock of its own.
type world struct {
	js     jetstream.JetStream
	kv     jetstream.KeyValue
	store  *baselines.Store
	now    time.Time
	clock  atomic.Int64 // the same
	seq    uint64
	events map[string][]messages.Event
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{js: workertest.JetStream(t, workertest.Server(t)), events: make(map[string][]messages.Event)}
	w.set(workertest.At(60))
	w.kv = workertest.Streams(t, w.js, time.Minute).Hosts
	var err error
	if w.store, err = baselines.Open(t.Context(), w.js); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) set(now time.Time) {
	w.now = now
	w.clock.Store(now.UnixNano())
}

// index runs an index until the test ends, and waits until it is whole.
func (w *world) index(t testing.TB) *query.Index {
	t.Helper()
	x, err := query.NewIndex(query.IndexConfig{Conn: w.js.Conn(), CheckEvery: 20 * time.Millisecond, Now: func() time.Time { return time.Unix(0, w.clock.Load()).UTC() }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); x.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	w.reaches(t, x)
	return x
}

// reaches waits until an index has all that was written.
func (w *world) reaches(t fataler, x *query.Index) {
	ctx, cancel := context.WithTimeout(context.Background(), workertest.Deadline)
	defer cancel()
	state, err := streams.NewBucket(w.js, messages.BucketBaselines).Look(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Wait(ctx, w.seq, state.LastSeq); err != nil {
		t.Fatal("the index: ", err, x.Ready())
	}
}

type fataler interface{ Fatal(args ...any) }

func must[T any](t fataler, v T, err error) T {
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// say adds events to those of a host and stores the record that follows from them.
func (w *world) say(t fataler, host string, events ...messages.Event) {
	w.events[host] = append(w.events[host], events...)
	w.write(t, host, nil)
}

func (w *world) write(t fataler, host string, before *classify.Report) {
	ctx := context.Background()
	l, err := w.store.Library(ctx)
	must(t, l, err)
	r := &record.Record{Revision: w.seq + 1, CommittedAt: w.now}
	for _, e := range w.events[host] {
		r.Facts.Add(e, messages.ContentSum(e))
	}
	r.Report = l.Judge(host, &r.Facts, w.now)
	classify.Diff(before, r.Report, w.now)
	w.seq = workertest.Put(t, w.kv, w.js, host, r)
}

func (w *world) remove(t fataler, host string) {
	delete(w.events, host)
	must(t, 0, w.kv.Delete(context.Background(), host))
	w.seq++
}

// reset takes everything back, so that a history that failed can be told again.
func (w *world) reset(t fataler) {
	ctx := context.Background()
	for _, host := range slices.Sorted(maps.Keys(w.events)) {
		w.remove(t, host)
		must(t, 0, w.store.SetHostGroup(ctx, host, ""))
	}
	must(t, 0, w.store.PutSettings(ctx, classify.Settings{}))
	must(t, 0, w.store.SetDefault(ctx, "UBUNTU", ""))
	w.set(workertest.At(60))
}

// all is what a full read finds.
func (w *world) all(t fataler) map[string]*query.Host {
	ctx := context.Background()
	fleet, err := query.Open(ctx, w.js, w.now)
	must(t, fleet, err)
	hosts := make(map[string]*query.Host)
	must(t, 0, fleet.All(ctx, func(h *query.Host) error { hosts[h.Report.Host] = h; return nil }))
	return hosts
}

// asked is a filter, and the same as a look at a whole report.
type asked struct {
	name   string
	filter query.Filter
	fits   func(*query.Host) bool
}

func someItem(h *query.Host, is func(*classify.Item) bool) bool {
	return slices.ContainsFunc(h.Report.Patches, func(i classify.Item) bool { return is(&i) })
}

func questions(now time.Time) []asked {
	status := func(s ...messages.HostStatus) func(*query.Host) bool {
		return func(h *query.Host) bool { return slices.Contains(s, h.Report.Status) }
	}
	hasVersion := func(name string, is func(string) bool) func(*query.Host) bool {
		return func(h *query.Host) bool {
			return someItem(h, func(i *classify.Item) bool {
				return i.Installed != "" && (i.Name == name || i.Patch == name) && is(i.Installed)
			})
		}
	}
	lacks := func(h *query.Host) bool {
		return someItem(h, func(i *classify.Item) bool {
			return i.Name == "a" && (i.State == messages.Missing || i.State == messages.Failed)
		})
	}
	list := []asked{
		{"all", query.Filter{}, func(*query.Host) bool { return true }},
		{"red", query.Filter{Status: []messages.HostStatus{messages.NonCompliant}}, status(messages.NonCompliant)},
		{"others", query.Filter{Status: []messages.HostStatus{messages.Compliant, messages.Unknown, messages.Retired}}, status(messages.Compliant, messages.Unknown, messages.Retired)},
		{"medium", query.Filter{Levels: []messages.Level{messages.Medium, messages.High}}, func(h *query.Host) bool {
			return h.Report.Level == messages.Medium || h.Report.Level == messages.High
		}},
		{"old", query.Filter{Conditions: []string{classify.ScanOld, classify.RunFailed}}, func(h *query.Host) bool {
			return slices.Contains(h.Report.Codes(), classify.ScanOld) || slices.Contains(h.Report.Codes(), classify.RunFailed)
		}},
		{"failed", query.Filter{States: []messages.State{messages.Failed, messages.Installed}}, func(h *query.Host) bool {
			return someItem(h, func(i *classify.Item) bool { return i.State == messages.Failed || i.State == messages.Installed })
		}},
		{"group", query.Filter{Groups: []string{"web", ""}}, func(h *query.Host) bool { return h.Report.Group == "web" || h.Report.Group == "" }},
		{"scope", query.Filter{Scope: []string{"web"}}, func(h *query.Host) bool { return h.Report.Group == "web" }},
		{"missing", query.Filter{Missing: "A"}, lacks},
		{"has", query.Filter{Package: "A"}, hasVersion("a", func(string) bool { return true })},
		{"exactly", query.Filter{Package: "b.amd64", Version: "2"}, hasVersion("b.amd64", func(v string) bool { return v == "2" })},
		{"below", query.Filter{Package: "a", VersionBelow: "10"}, hasVersion("a", func(v string) bool { return v == "1" || v == "2" || v == "9" })},
		{"silent", query.Filter{SilentFor: 24 * time.Hour}, func(h *query.Host) bool {
			heard := h.HostView().HeardAt
			return h.Report.Status != messages.Retired && heard != nil && heard.Before(now.Add(-24*time.Hour))
		}},
		{"outdated", query.Filter{Outdated: true}, func(h *query.Host) bool { return h.Outdated }},
		{"named", query.Filter{Names: []string{"h-3.example.org", "h-1.example.org", "nobody"}}, func(h *query.Host) bool {
			return h.Report.Host == "h-1.example.org" || h.Report.Host == "h-3.example.org"
		}},
		{"none", query.Filter{Names: []string{}}, func(*query.Host) bool { return false }},
		{"counted", query.Filter{Counted: []query.Counted{{Count: "MISSING", Is: query.Greater, Than: 0}, {Count: "INSTALLED", Is: query.Less, Than: 2}, {Count: messages.CriticalNonCompliant, Is: query.NotEqual, Than: 1}}}, func(h *query.Host) bool {
			c := h.Report.Counts
			return c["MISSING"] > 0 && c["INSTALLED"] < 2 && c[messages.CriticalNonCompliant] != 1
		}},
		{"present", query.Filter{Presences: []query.Presence{query.Present}}, func(h *query.Host) bool {
			v := h.HostView()
			return v.Presence() == query.Present
		}},
		{"silent or gone", query.Filter{Presences: []query.Presence{query.Silent, query.Gone}, Status: []messages.HostStatus{messages.Compliant, messages.NonCompliant, messages.Unknown, messages.Retired}}, func(h *query.Host) bool {
			return h.Report.Status == messages.Retired || h.Report.About.ScanAt.IsZero() || slices.Contains(h.Report.Codes(), classify.ScanOld)
		}},
		{"no Ubuntu", query.Filter{NotSystems: []string{"UBUNTU"}}, func(h *query.Host) bool { return h.Report.About.OS.System != "UBUNTU" }},
		{"part", query.Filter{Host: "H-1"}, func(h *query.Host) bool { return strings.Contains(h.Report.Host, "h-1") }},
	}
	for i := range list {
		fits, retired := list[i].fits, slices.Contains(list[i].filter.Status, messages.Retired)
		list[i].fits = func(h *query.Host) bool { return (retired || h.Report.Status != messages.Retired) && fits(h) }
	}
	return list
}

// agrees fails unless an index says of the fleet what a full read does.
func (w *world) agrees(t interface {
	Fatal(args ...any)
	Errorf(format string, args ...any)
}, x *query.Index) {
	ctx := context.Background()
	want := w.all(t)
	got, err := x.Names(ctx, nil)
	must(t, got, err)
	slices.Sort(got)
	if names := slices.Sorted(maps.Keys(want)); !slices.Equal(names, got) {
		t.Errorf("hosts %v, a full read has %v", got, names)
	}
	for name, h := range want {
		answer, err := x.Host(ctx, name, nil)
		must(t, answer, err)
		wanted := h.HostView()
		if wanted.LastRun != nil {
			wanted.LastRun.Ignored = nil // not in a list
		}
		for _, v := range []*query.HostView{&wanted, &answer.Host} { // when it was due no more matters
			if v.DueAt != nil && !v.DueAt.After(w.now) {
				v.DueAt = nil
			}
		}
		if diff := gocmp.Diff(wanted, answer.Host); diff != "" {
			t.Errorf("%s (-full read +index):\n%s", name, diff)
		}
	}
	for _, q := range questions(w.now) {
		var fit []string
		for name, h := range want {
			if q.fits(h) {
				fit = append(fit, name)
			}
		}
		slices.Sort(fit)
		var found []string
		question := query.HostsQuestion{Filter: q.filter, Sort: query.ByHost, Limit: 2}
		for {
			page, err := x.Hosts(ctx, question)
			must(t, page, err)
			if page.Total != len(fit) {
				t.Errorf("%s: %d hosts, a full read has %d", q.name, page.Total, len(fit))
			}
			for h := range page.Hosts() {
				found = append(found, h.Host)
			}
			if question.Cursor = page.Next; page.Next == "" {
				break
			}
		}
		if !slices.Equal(found, fit) {
			t.Errorf("%s: %v, a full read has %v", q.name, found, fit)
		}
	}
	w.addsUp(t, x, want)
	w.weighs(t, x, want)
}

// addsUp compares what an index adds up.
func (w *world) addsUp(t interface {
	Fatal(args ...any)
	Errorf(format string, args ...any)
}, x *query.Index, want map[string]*query.Host) {
	ctx := context.Background()
	missing, versions, statuses := map[string]int{}, map[string]int{}, map[messages.HostStatus]int{}
	for _, h := range want {
		if h.Report.Status == messages.Retired {
			continue
		}
		statuses[h.Report.Status]++
		for _, i := range h.Report.Patches {
			if i.State.Outstanding() {
				missing[i.Patch]++
			}
			if i.Name == "a" && i.Installed != "" {
				versions[i.Installed]++
			}
		}
	}
	patches, err := x.Patches(ctx, query.PatchesQuestion{Hosts: query.Filter{States: []messages.State{messages.Missing, messages.Failed}}})
	must(t, patches, err)
	got := map[string]int{}
	for _, p := range patches.Patches {
		got[p.Patch] = p.Hosts
	}
	if !maps.Equal(got, missing) {
		t.Errorf("patches %v, a full read has %v", got, missing)
	}
	answer, err := x.Package(ctx, "A", query.Filter{})
	must(t, answer, err)
	got = map[string]int{}
	for _, p := range answer.Packages {
		for _, v := range p.Versions {
			got[v.Version] += v.Hosts
		}
	}
	if !maps.Equal(got, versions) {
		t.Errorf("versions %v, a full read has %v", got, versions)
	}
	for _, by := range append(query.SummaryWays(), "") {
		summary, err := x.Summary(ctx, by, query.Filter{})
		must(t, summary, err)
		total := summary.Total
		if got := map[messages.HostStatus]int{messages.Compliant: total.Compliant, messages.NonCompliant: total.NonCompliant, messages.Unknown: total.Unknown}; got[messages.Compliant] != statuses[messages.Compliant] ||
			got[messages.NonCompliant] != statuses[messages.NonCompliant] || got[messages.Unknown] != statuses[messages.Unknown] {
			t.Errorf("%v, a full read has %v", got, statuses)
		}
	}
}

// An index of a random history of hosts, operators and time says what a full read says.
func TestAnIndexAfterARandomHistoryEqualsAFullRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var hosts []string
	for i := range 14 {
		hosts = append(hosts, fmt.Sprintf("h-%d.example.org", i))
	}
	x := w.index(t)
	rapid.Check(t, func(r *rapid.T) {
		w.reset(r)
		host := rapid.SampledFrom(hosts)
		minute := rapid.IntRange(0, 59)
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			w.step(r, host.Draw(r, "host"), minute.Draw(r, "minute"))
		}
		w.reaches(t, x)
		w.agrees(r, x)
	})
	w.agrees(t, w.index(t)) // one that starts now
}

// step is something that happens: a host speaks, somebody decides, time passes.
func (w *world) step(r *rapid.T, host string, minute int) {
	ctx := context.Background()
	version := rapid.SampledFrom([]string{"", "1", "2", "9", "10"})
	pkg := func(name string) messages.Package {
		p := workertest.Package(name, version.Draw(r, name), "10")
		if p.Installed != nil && *p.Installed == "10" {
			p.Versions = p.Versions[:1]
		}
		return p
	}
	switch rapid.IntRange(0, 13).Draw(r, "what") {
	case 0, 1, 2, 3:
		scan := workertest.Scan(host, minute, pkg("a"), pkg("b"), workertest.Package("rest", "1"))
		if rapid.Bool().Draw(r, "tagged") {
			scan.Tags = map[string]string{"PatchGroup": rapid.SampledFrom([]string{"web", "db"}).Draw(r, "tag")}
		}
		scan.TakenAt = w.now.Add(-time.Duration(minute) * time.Minute)
		w.say(r, host, scan)
	case 4:
		run := workertest.Run(host, minute, workertest.Outcome("a", "10", rapid.SampledFrom([]messages.Result{messages.ResultInstalled, messages.ResultFailed}).Draw(r, "result")))
		w.say(r, host, run)
	case 5, 11, 12:
		o := workertest.Override(host, minute, "a.amd64", messages.NotApplicable)
		o.At, o.ExpiresAt = w.now, w.now.Add(time.Duration(minute)*time.Hour)
		w.say(r, host, o)
	case 6:
		if _, known := w.events[host]; known {
			e := workertest.Retire(host, minute)
			e.At = w.now
			w.say(r, host, e)
		}
	case 7:
		if _, known := w.events[host]; known {
			w.remove(r, host)
		}
	case 8:
		must(r, 0, w.store.SetHostGroup(ctx, host, rapid.SampledFrom([]string{"", "web", "odd"}).Draw(r, "group")))
	case 9:
		age, err := classify.ParseAge(rapid.SampledFrom([]string{"1d", "3d", "7d"}).Draw(r, "age"))
		must(r, 0, w.store.PutSettings(ctx, classify.Settings{ScanMaxAge: must(r, age, err)}))
	case 10:
		text := fmt.Sprintf(`{"Name":"mine","OperatingSystem":"UBUNTU","ApprovalRules":{"PatchRules":[{"PatchFilterGroup":{"PatchFilters":[{"Key":"PRODUCT","Values":["*"]}]},"ComplianceLevel":%q,"ApproveAfterDays":0}]}}`,
			rapid.SampledFrom([]string{"HIGH", "MEDIUM"}).Draw(r, "level"))
		_, err := w.store.Put(ctx, "mine", []byte(text))
		must(r, 0, err)
		must(r, 0, w.store.SetDefault(ctx, "UBUNTU", "mine"))
	default:
		w.set(w.now.Add(time.Duration(minute) * time.Hour))
	}
}

func (w *world) status(t *testing.T, x *query.Index, host string) query.HostView {
	t.Helper()
	answer, err := x.Host(t.Context(), host, nil)
	return must(t, answer, err).Host
}

// What time alone changes is right in the answer that is given next, without a worker and without an event.
func TestTimeAloneIsRightInEveryAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	accepted := workertest.Override("silent", 1, "a.amd64", messages.Installed)
	accepted.ExpiresAt = workertest.At(90)
	w.say(t, "silent", workertest.Scan("silent", 0, workertest.Package("a", "1", "2")), accepted)
	x := w.index(t)
	for _, c := range []struct {
		minute int
		status messages.HostStatus
		codes  string
	}{
		{89, messages.Compliant, "[]"}, {90, messages.NonCompliant, "[]"}, {7*24*60 + 1, messages.NonCompliant, "[scan_old]"},
	} {
		w.set(workertest.At(c.minute))
		got := w.status(t, x, "silent")
		codes := []string{}
		for _, condition := range got.Conditions {
			codes = append(codes, condition.Code)
		}
		if got.Status != c.status || fmt.Sprint(codes) != c.codes {
			t.Errorf("minute %d: %s %v, want %s %s", c.minute, got.Status, codes, c.status, c.codes)
		}
	}
	w.agrees(t, x)
}

// An override may end in a year for which 64 bits of nanoseconds are too few.
func TestAnOverrideThatEndsInManyYearsStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	accepted := workertest.Override("web", 1, "a.amd64", messages.Installed)
	accepted.ExpiresAt = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC)
	w.say(t, "web", workertest.Scan("web", 0, workertest.Package("a", "1", "2")), accepted)
	x := w.index(t)
	w.set(workertest.At(2))
	if got := w.status(t, x, "web"); got.Status != messages.Compliant {
		t.Errorf("%+v", got)
	}
	w.agrees(t, x)
}

// What cannot be classified again, while the server is away, is not called compliant.
func TestWhatCannotBeClassifiedAgainIsNotCompliant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	accepted := workertest.Override("web", 1, "a.amd64", messages.Installed)
	accepted.ExpiresAt = workertest.At(90)
	w.say(t, "web", workertest.Scan("web", 0, workertest.Package("a", "1", "2")), accepted)
	x := w.index(t)
	w.js.Conn().Close()
	w.set(workertest.At(91))
	if got := w.status(t, x, "web"); got.Status != messages.Unknown {
		t.Errorf("%+v", got)
	}
}

func TestABucketMadeAnewIsReadAnewAndItsCursorsAreOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 3 {
		w.say(t, fmt.Sprintf("old-%d", i), workertest.Scan(fmt.Sprintf("old-%d", i), 0, workertest.Package("a", "1")))
	}
	x := w.index(t)
	first, err := x.Hosts(t.Context(), query.HostsQuestion{Limit: 1})
	must(t, first, err)
	if _, err := x.Hosts(t.Context(), query.HostsQuestion{Limit: 1, Sort: query.ByHost, Cursor: first.Next}); !errors.Is(err, query.ErrCursor) {
		t.Errorf("with another order: %v", err)
	}
	must(t, 0, w.js.DeleteKeyValue(t.Context(), messages.BucketHosts))
	w.kv, err = w.js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: messages.BucketHosts})
	must(t, w.kv, err)
	w.say(t, "new-0", workertest.Scan("new-0", 0, workertest.Package("a", "1")))
	workertest.Eventually(t, "the new bucket is read", func() bool {
		names, err := x.Names(t.Context(), nil)
		return err == nil && slices.Equal(names, []string{"new-0"})
	})
	if _, err := x.Hosts(t.Context(), query.HostsQuestion{Limit: 1, Cursor: first.Next}); !errors.Is(err, query.ErrOtherCursor) {
		t.Errorf("%v", err)
	}
}

func TestAnIndexThatIsNotWholeSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x, err := query.NewIndex(query.IndexConfig{Conn: w.js.Conn()})
	must(t, x, err)
	if _, err := x.Hosts(t.Context(), query.HostsQuestion{}); !errors.Is(err, query.ErrNotWhole) {
		t.Errorf("%v", err)
	}
	w.say(t, "web", workertest.Scan("web", 0, workertest.Package("a", "1")))
	var read, total uint64
	if err := x.Load(t.Context(), func(r, n uint64) { read, total = r, n }); err != nil || read != 1 || total != 1 {
		t.Errorf("%d of %d, %v", read, total, err)
	}
	if names, err := x.Names(t.Context(), nil); err != nil || !slices.Equal(names, []string{"web"}) {
		t.Errorf("%v, %v", names, err)
	}
	bare, err := query.NewIndex(query.IndexConfig{Conn: workertest.JetStream(t, workertest.Server(t)).Conn()})
	must(t, bare, err)
	if err := bare.Load(t.Context(), func(uint64, uint64) {}); !errors.Is(err, query.ErrNoBucket) {
		t.Errorf("%v", err)
	}
}

func TestOnlyWholeOrdersAndLimitsAreTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.index(t)
	for _, q := range []query.HostsQuestion{{Sort: "size"}, {Limit: -1}, {Limit: query.MaxPage + 1}, {Cursor: "?"}} {
		_, err := x.Hosts(t.Context(), q)
		if field := new(messages.FieldError); !errors.As(err, &field) {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// Whichever way hosts are sorted, a page goes on behind the one before.
func TestPagesOfEachOrderHaveEachHostOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 7 {
		host := fmt.Sprintf("h-%d", i)
		w.set(workertest.At(60 + i%3))
		w.say(t, host, workertest.Scan(host, i%4, workertest.Package("a", "1", fmt.Sprint(2+i%2))))
	}
	x := w.index(t)
	for _, by := range query.Orders() {
		for _, sort := range []string{by, "-" + by} {
			whole, err := x.Hosts(t.Context(), query.HostsQuestion{Sort: sort})
			must(t, whole, err)
			var want, got []string
			for h := range whole.Hosts() {
				want = append(want, h.Host)
			}
			for q := (query.HostsQuestion{Sort: sort, Limit: 3}); ; {
				page, err := x.Hosts(t.Context(), q)
				must(t, page, err)
				for h := range page.Hosts() {
					got = append(got, h.Host)
				}
				if q.Cursor = page.Next; q.Cursor == "" {
					break
				}
			}
			if len(want) != 7 || !slices.Equal(got, want) {
				t.Errorf("%s: %v, whole %v", sort, got, want)
			}
		}
	}
}
