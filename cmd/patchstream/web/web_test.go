package web_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/cmd/patchstream/web/webtest"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/workertest"
)

// fleet is a server with a worker, an index and the API.
type fleet struct {
	*webtest.Fleet
	url string
	log *lines

	openAPI *huma.OpenAPI
}

func newFleet(t *testing.T, keys web.Keys) *fleet {
	t.Helper()
	f := &fleet{Fleet: webtest.NewFleet(t), log: new(lines)}
	mux := http.NewServeMux()
	var err error
	if f.openAPI, err = web.Register(mux, web.Config{Index: f.Index, JS: f.JS, Keys: keys, Version: "test", Log: zerolog.New(f.log)}); err != nil {
		t.Fatal(err)
	}
	f.url = webtest.Serve(t, mux)
	return f
}

// lines is a log.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// story is two hosts of two groups.
func (f *fleet) story(t *testing.T) {
	t.Helper()
	f.Says(t,
		webtest.Grouped("web-1", "web", 0, workertest.Package("openssl", "1", "2"), workertest.Package("bash", "1")),
		webtest.Grouped("db-1", "db", 1, workertest.Package("openssl", "2"), workertest.Package("=cmd|calc", "1")),
	)
	f.Says(t, workertest.Run("web-1", 5, workertest.Outcome("openssl", "2", messages.ResultFailed)))
}

type reply struct {
	status int
	header http.Header
	body   string
}

func (f *fleet) do(t *testing.T, method, path, body string, header ...string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, f.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, string(text)}
}

func (f *fleet) get(t *testing.T, path string, header ...string) reply {
	t.Helper()
	return f.do(t, http.MethodGet, web.Prefix+path, "", header...)
}

// into reads the JSON of an answer that is 200.
func into[T any](t *testing.T, r reply) (v T) {
	t.Helper()
	if r.status != http.StatusOK {
		t.Fatalf("%d %s", r.status, r.body)
	}
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}
	return v
}

type listBody[T any] struct {
	AsOf  query.AsOf `json:"as_of"`
	Total int        `json:"total"`
	Next  string     `json:"next"`
	Items []T        `json:"items"`
}

func (f *fleet) hosts(t *testing.T, query string) (names []string) {
	t.Helper()
	body := into[listBody[struct {
		Host string `json:"host"`
	}]](t, f.get(t, "/hosts"+query))
	for _, h := range body.Items {
		names = append(names, h.Host)
	}
	if body.Total != len(names) || body.AsOf.Sequence == 0 || body.AsOf.Lagging {
		t.Errorf("%s: %+v", query, body)
	}
	return names
}

func TestHostsAreFoundByEachFilter(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	for q, want := range map[string][]string{
		"":                                 {"web-1", "db-1"},
		"?sort=host":                       {"db-1", "web-1"},
		"?sort=-host":                      {"web-1", "db-1"},
		"?status=COMPLIANT":                {"db-1"},
		"?status=NON_COMPLIANT,UNKNOWN":    {"web-1"},
		"?condition=run_failed":            {"web-1"},
		"?state=FAILED":                    {"web-1"},
		"?group=db":                        {"db-1"},
		"?system=UBUNTU&host=WEB":          {"web-1"},
		"?missing=openssl":                 {"web-1"},
		"?package=openssl":                 {"web-1", "db-1"},
		"?package=openssl&version=2":       {"db-1"},
		"?package=openssl&version_below=2": {"web-1"},
		"?older_than=1m":                   {"web-1", "db-1"},
		"?silent_for=30d":                  nil,
		"?since=1h":                        {"web-1", "db-1"},
		"?since=2200-01-01":                nil,
		"?outdated=true":                   nil,
		"?baseline=AWS-UbuntuDefaultPatchBaseline": {"web-1", "db-1"},
	} {
		if got := f.hosts(t, q); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", q, got, want)
		}
	}
}

func TestWhatIsAskedOfAHost(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	host := into[query.HostView](t, f.get(t, "/hosts/web-1"))
	if host.Status != messages.NonCompliant || host.Group != "web" || host.Counts["FAILED"] != 1 || host.LastRun == nil || host.LastRun.RunID != "r5" {
		t.Errorf("%+v", host)
	}
	patches := into[listBody[messages.Item]](t, f.get(t, "/hosts/web-1/patches?state=FAILED"))
	if patches.Total != 1 || patches.Items[0].Patch != "openssl.amd64" || patches.Items[0].Reason.Code != messages.BecauseFailedRun {
		t.Errorf("%+v", patches)
	}
	why := into[query.ExplanationView](t, f.get(t, "/hosts/web-1/patches/openssl/explanation"))
	if why.Patch != "openssl.amd64" || len(why.Sentences) == 0 {
		t.Errorf("%+v", why)
	}
	changes := into[listBody[query.ChangeView]](t, f.get(t, "/hosts/web-1/history"))
	if changes.Total != 2 || changes.Items[1].Transitions[0].From != messages.Missing || changes.Items[1].Transitions[0].To != messages.Failed {
		t.Errorf("%+v", changes)
	}
	runs := into[listBody[query.RunEntry]](t, f.get(t, "/hosts/web-1/runs"))
	if runs.Total != 1 || runs.Items[0].RunID != "r5" || runs.Items[0].Failed != 1 {
		t.Errorf("%+v", runs)
	}
	at := changes.Items[0].At.Add(time.Millisecond).Format(time.RFC3339Nano)
	past := into[query.PastView](t, f.get(t, "/hosts/web-1/at/"+at))
	if past.Revision != 1 || past.Patches[1].State != messages.Missing {
		t.Errorf("%+v", past)
	}
	for path, status := range map[string]int{
		"/hosts/nobody": 404, "/hosts/nobody/patches": 404, "/hosts/nobody/history": 404, "/hosts/nobody/runs": 404, "/hosts/nobody/at/1d": 404,
		"/hosts/web-1/patches/curl/explanation": 404, "/hosts/web-1/at/2020-01-01": 404, "/hosts/web-1/at/never": 422,
	} {
		if r := f.get(t, path); r.status != status || !strings.HasPrefix(r.header.Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s: %d %s %s", path, r.status, r.header.Get("Content-Type"), r.body)
		}
	}
}

func TestATimeBeforeTheRetentionSaysTheEarliest(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	changes := into[listBody[query.ChangeView]](t, f.get(t, "/hosts/web-1/history"))
	stream, err := f.JS.Stream(t.Context(), messages.StreamChanges)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Purge(t.Context(), jetstream.WithPurgeSequence(changes.Items[1].Sequence)); err != nil {
		t.Fatal(err)
	}
	earliest := changes.Items[1].At.Format(time.RFC3339Nano)
	if r := f.get(t, "/hosts/web-1/at/2020-01-01"); r.status != http.StatusGone || !strings.Contains(r.body, "the earliest is "+earliest) {
		t.Errorf("%d %s, want %s", r.status, r.body, earliest)
	}
	past := into[query.PastView](t, f.get(t, "/hosts/web-1/at/"+earliest))
	if past.Revision != 2 || len(past.Patches) != 2 {
		t.Errorf("%+v", past)
	}
}

func TestTheFleetIsAddedUp(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	patches := into[listBody[query.FleetPatch]](t, f.get(t, "/patches"))
	if patches.Total != 1 || patches.Items[0].Hosts != 1 || patches.Items[0].States[messages.Failed] != 1 {
		t.Errorf("%+v", patches)
	}
	pkg := into[query.PackageAnswer](t, f.get(t, "/packages/openssl"))
	if pkg.Hosts != 2 || len(pkg.Packages) != 1 || len(pkg.Packages[0].Versions) != 2 || pkg.Packages[0].Versions[0].Version != "2" || pkg.Packages[0].Missing != 1 {
		t.Errorf("%+v", pkg)
	}
	if r := f.get(t, "/packages/nothing"); r.status != http.StatusNotFound {
		t.Errorf("%d %s", r.status, r.body)
	}
	for _, by := range query.SummaryWays() {
		s := into[query.SummaryAnswer](t, f.get(t, "/summary?by="+by))
		if s.Total.Hosts != 2 || s.Total.Compliant != 1 || s.Total.Counts["FAILED"] != 1 || len(s.Rows) == 0 {
			t.Errorf("%s: %+v", by, s)
		}
	}
	trend := into[listBody[query.TrendPoint]](t, f.get(t, "/trend?days=7"))
	today := trend.Items[len(trend.Items)-1]
	if today.Hosts != 2 || today.Compliant != 1 || today.OpenPatches != 1 {
		t.Errorf("%+v", trend)
	}
}

func TestAWrongParameterIsNamedWithWhatIsAllowed(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	for path, want := range map[string][]string{
		"/hosts?status=GREEN":               {"query.status", "COMPLIANT, NON_COMPLIANT, UNKNOWN, RETIRED"},
		"/hosts?condition=old":              {"query.condition", "scan_old"},
		"/hosts?sort=size":                  {"query.sort", "worst"},
		"/hosts?limit=0":                    {"query.limit", "1"},
		"/hosts?limit=5000":                 {"query.limit", "1000"},
		"/hosts?silent_for=long":            {"query.silent_for", "14d"},
		"/hosts?statsu=COMPLIANT":           {"query.statsu", "status", "version_below"},
		"/hosts?fields=host,size":           {"query.fields", "size", "conditions"},
		"/hosts?version_below=2":            {"query.package"},
		"/hosts?cursor=x":                   {"query.cursor"},
		"/hosts?since=yesterday":            {"query.since", "RFC", "2026-11-20"},
		"/hosts?format=xml":                 {"query.format", "ndjson"},
		"/summary?by=name":                  {"query.by", "baseline"},
		"/trend?days=1000":                  {"query.days", "400"},
		"/changes?state=GONE":               {"query.state", "INSTALLED_PENDING_REBOOT"},
		"/changes?host=..":                  {"query.host"},
		"/hosts/web-1/patches?state=MISSIN": {"query.state", "MISSING"},
		"/changes/live?after=x":             {"query.after"},
	} {
		r := f.get(t, path)
		var p struct {
			Status int
			Errors []struct{ Location, Message string }
		}
		if err := json.Unmarshal([]byte(r.body), &p); err != nil || r.status != http.StatusUnprocessableEntity || p.Status != r.status || len(p.Errors) == 0 ||
			!strings.HasPrefix(r.header.Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s: %d %s, %v", path, r.status, r.body, err)
			continue
		}
		for _, w := range want {
			if w == "RFC" {
				continue
			}
			if !strings.Contains(p.Errors[0].Location+" "+p.Errors[0].Message, w) {
				t.Errorf("%s: %+v does not say %s", path, p.Errors[0], w)
			}
		}
	}
}

func TestPagesGoOnAndACursorOfAnotherIndexIsGone(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	first := into[listBody[query.HostView]](t, f.get(t, "/hosts?limit=1&since=2d"))
	second := into[listBody[query.HostView]](t, f.get(t, "/hosts?limit=1&since=2d&cursor="+first.Next))
	if first.Items[0].Host != "web-1" || second.Items[0].Host != "db-1" || first.Total != 2 || second.Next != "" {
		t.Errorf("%+v\n%+v", first, second)
	}
	if r := f.get(t, "/hosts?limit=1&sort=host&cursor="+first.Next); r.status != http.StatusUnprocessableEntity {
		t.Errorf("another question: %d %s", r.status, r.body)
	}
	other := newFleet(t, nil)
	other.story(t)
	if r := other.get(t, "/hosts?limit=1&since=2d&cursor="+first.Next); r.status != http.StatusGone || !strings.Contains(r.body, "query.cursor") {
		t.Errorf("another index: %d %s", r.status, r.body)
	}
	changes := into[listBody[query.ChangeView]](t, f.get(t, "/changes?limit=2"))
	rest := into[listBody[query.ChangeView]](t, f.get(t, "/changes?after="+changes.Next))
	if len(changes.Items) != 2 || len(rest.Items) != 1 || rest.Items[0].Sequence <= changes.Items[1].Sequence || rest.Next != "" {
		t.Errorf("%+v\n%+v", changes, rest)
	}
}

func TestListsAsCSVAndNDJSON(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	for _, path := range []string{"/hosts", "/hosts/db-1/patches", "/patches", "/changes", "/hosts/web-1/history", "/hosts/web-1/runs", "/trend"} {
		body := into[listBody[json.RawMessage]](t, f.get(t, path))
		rows, err := csv.NewReader(strings.NewReader(f.get(t, path+"?format=csv").body)).ReadAll()
		if err != nil || len(rows) != body.Total+1 {
			t.Errorf("%s: %d rows of %d, %v", path, len(rows), body.Total, err)
		}
		lines := strings.Split(strings.TrimSpace(f.get(t, path, "Accept", "application/x-ndjson").body), "\n")
		if len(lines) != body.Total || lines[0] != string(body.Items[0]) {
			t.Errorf("%s: %q, want %s", path, lines, body.Items)
		}
	}
	r := f.get(t, "/hosts/db-1/patches?format=csv&fields=patch,state")
	if r.header.Get("Content-Type") != "text/csv; charset=utf-8" || r.body != "patch,state\n'=cmd|calc.amd64,INSTALLED\nopenssl.amd64,INSTALLED\n" {
		t.Errorf("%s %q", r.header.Get("Content-Type"), r.body)
	}
	if r := f.get(t, "/hosts?fields=host,status&format=ndjson"); r.body != "{\"host\":\"web-1\",\"status\":\"NON_COMPLIANT\"}\n{\"host\":\"db-1\",\"status\":\"COMPLIANT\"}\n" {
		t.Errorf("%q", r.body)
	}
}

func TestNoCellIsAFormula(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{"=1": "'=1", "+1": "'+1", "-1": "'-1", "@a": "'@a", "\ta": "'\ta", "\ra": "'\ra", "a=1": "a=1", "": ""} {
		if got := web.Harmless(cell); got != want {
			t.Errorf("%q: %q", cell, got)
		}
	}
}

func TestAnAnswerThatIsTheSameIsNotSentAgain(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	for _, path := range []string{"/hosts", "/hosts/web-1", "/summary", "/patches", "/hosts/web-1/patches"} {
		first := f.get(t, path)
		tag := first.header.Get("ETag")
		if again := f.get(t, path, "If-None-Match", tag); tag == "" || again.status != http.StatusNotModified || again.body != "" || again.header.Get("ETag") != tag {
			t.Errorf("%s: %q %d %s", path, tag, again.status, again.body)
		}
		defer func() {
			if again := f.get(t, path, "If-None-Match", tag); again.status != http.StatusOK {
				t.Errorf("%s is another, and %d", path, again.status)
			}
		}()
	}
	f.Says(t, workertest.Run("web-1", 6, workertest.Outcome("openssl", "2", messages.ResultInstalled)))
}

// live reads server-sent events.
func (f *fleet) live(t *testing.T, path string, header ...string) *bufio.Scanner {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), workertest.Deadline)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url+web.Prefix+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	if response.StatusCode != http.StatusOK {
		t.Fatal(response.Status)
	}
	return bufio.NewScanner(response.Body)
}

// next returns the next event: its id, its name, its data.
func next(t *testing.T, s *bufio.Scanner) (id, event, data string) {
	t.Helper()
	for s.Scan() {
		switch name, value, _ := strings.Cut(s.Text(), ": "); {
		case s.Text() == "" && data != "":
			return id, event, data
		case name == "id":
			id = value
		case name == "event":
			event = value
		case name == "data":
			data = value
		}
	}
	t.Fatal("the events ended: ", s.Err())
	return
}

func TestChangesComeAsTheyHappenAndNoneIsMissedInBetween(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	s := f.live(t, "/changes/live")
	if !s.Scan() || !strings.HasPrefix(s.Text(), ":") { // from now on
		t.Fatal("nothing came")
	}
	f.Says(t, workertest.Scan("new-1", 0, workertest.Package("a", "1")), workertest.Scan("new-2", 0, workertest.Package("a", "1")), workertest.Scan("new-3", 0, workertest.Package("a", "1")))
	id, event, data := next(t, s)
	var first query.ChangeView
	if err := json.Unmarshal([]byte(data), &first); err != nil || event != "change" || fmt.Sprint(first.Sequence) != id || !strings.HasPrefix(first.Host, "new-") {
		t.Errorf("%s %s %s, %v", id, event, data, err)
	}
	again := f.live(t, "/changes/live", "Last-Event-ID", id)
	for range 2 {
		wantID, _, want := next(t, s)
		if gotID, _, got := next(t, again); gotID != wantID || got != want {
			t.Errorf("%s %s, want %s %s", gotID, got, wantID, want)
		}
	}
	if _, event, _ := next(t, f.live(t, "/changes/live?after=1000000")); event != "gap" {
		t.Errorf("of another stream: %s", event)
	}
	alone := f.live(t, "/changes/live?after=1&host=web-1&state=FAILED")
	if _, _, data := next(t, alone); !strings.Contains(data, `"to":"FAILED"`) || !strings.Contains(data, `"host":"web-1"`) {
		t.Error(data)
	}
}

func TestAnIndexThatIsNotWholeIsNoAnswer(t *testing.T) {
	t.Parallel()
	js := workertest.JetStream(t, workertest.Server(t))
	index, err := query.NewIndex(query.IndexConfig{Conn: js.Conn()})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	if _, err := web.Register(mux, web.Config{Index: index, JS: js}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(mux)
	defer server.Close()
	f := &fleet{url: server.URL}
	for _, path := range []string{"/hosts", "/hosts/web-1", "/summary", "/changes", "/trend"} {
		if r := f.get(t, path); r.status != http.StatusServiceUnavailable || r.header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
}
