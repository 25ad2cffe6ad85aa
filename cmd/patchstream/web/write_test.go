package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/cmd/patchstream/web/webtest"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/workertest"
)

func (f *fleet) write(t *testing.T, method, path, body string, header ...string) reply {
	t.Helper()
	return f.do(t, method, web.Prefix+path, body, header...)
}

// finished waits until a recheck has ended.
func (f *fleet) finished(t *testing.T, id string, header ...string) (view web.RecheckView) {
	t.Helper()
	workertest.Eventually(t, "the recheck ends", func() bool {
		view = into[web.RecheckView](t, f.get(t, "/rechecks/"+id, header...))
		return view.Finished || view.Error != ""
	})
	f.Indexed(t)
	return view
}

const strict = `{"Name":"strict","OperatingSystem":"UBUNTU","ApprovalRules":{"PatchRules":[]},"RejectedPatches":["bash"],"RejectedPatchesAction":"BLOCK"}`

// Whatever is decided, and however, acts on the hosts that it concerns, and on no other.
func TestADecisionActs(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	stored := into[web.DecidedBody](t, f.write(t, http.MethodPut, "/baselines/strict", strict))
	if stored.Revision == 0 || stored.Recheck == nil || stored.Recheck.Hosts != 0 || !stored.Recheck.Finished {
		t.Errorf("stored, and applies to nobody: %+v", stored)
	}
	for _, c := range []struct {
		method, path, body string
		hosts              int
		status, want       string
	}{
		{http.MethodPut, "/groups/web/baselines/UBUNTU", `{"baseline":"strict"}`, 1, "web-1", "NON_COMPLIANT"},
		{http.MethodPut, "/hosts/db-1/group", `{"group":"web"}`, 1, "db-1", "COMPLIANT"},
		{http.MethodPut, "/baselines/strict", strings.Replace(strict, "bash", "openssl", 1), 2, "db-1", "NON_COMPLIANT"},
		{http.MethodPut, "/groups/web/baselines/UBUNTU", `{"baseline":""}`, 2, "db-1", "COMPLIANT"},
		{http.MethodPut, "/defaults/UBUNTU", `{"baseline":"strict"}`, 2, "db-1", "NON_COMPLIANT"},
		{http.MethodPut, "/hosts/db-1/group", `{"group":""}`, 1, "db-1", "NON_COMPLIANT"},
		{http.MethodPatch, "/settings", `{"scan_max_age":"30m"}`, 2, "db-1", "NON_COMPLIANT"},
		{http.MethodPatch, "/settings", `{"scan_max_age":null,"failed_until":"next-scan"}`, 2, "db-1", "NON_COMPLIANT"},
		{http.MethodPut, "/defaults/UBUNTU", `{"baseline":""}`, 2, "db-1", "COMPLIANT"},
	} {
		decided := into[web.DecidedBody](t, f.write(t, c.method, c.path, c.body))
		view := f.finished(t, decided.Recheck.ID)
		if view.Hosts != c.hosts || view.Applied != c.hosts || view.By != web.Local || view.Outcome == nil || view.Outcome.Hosts != c.hosts {
			t.Errorf("%s %s: %+v", c.path, c.body, view)
		}
		if got := into[query.HostView](t, f.get(t, "/hosts/"+c.status)); string(got.Status) != c.want || got.Outdated {
			t.Errorf("%s %s: %s is %s, %v", c.path, c.body, c.status, got.Status, got.Outdated)
		}
	}
	if got := into[classify.Settings](t, f.get(t, "/settings")); got.FailedUntil != "next-scan" || got.ScanMaxAge != 0 {
		t.Errorf("%+v", got)
	}
	waits := into[web.DecidedBody](t, f.write(t, http.MethodPut, "/defaults/UBUNTU?no_recheck=true", `{"baseline":"strict"}`))
	f.Indexed(t)
	if outdated := f.hosts(t, "?outdated=true"); waits.Recheck != nil || len(outdated) != 2 {
		t.Errorf("%+v, outdated %v", waits, outdated)
	}
	view := into[web.RecheckView](t, f.write(t, http.MethodPost, "/rechecks", `{"outdated":true}`))
	if view = f.finished(t, view.ID); view.Hosts != 2 || view.Outcome.Status["COMPLIANT > NON_COMPLIANT"] != 1 || len(f.hosts(t, "?outdated=true")) != 0 {
		t.Errorf("%+v %+v", view, view.Outcome)
	}
}

func TestABaselineHasRevisionsAndIsRemovedOnceItAppliesToNothing(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	second := strings.Replace(strict, "bash", "curl", 1)
	for _, w := range []struct{ method, path, body string }{
		{http.MethodPut, "/baselines/strict", strict}, {http.MethodPut, "/baselines/strict", second}, {http.MethodPut, "/defaults/DEBIAN", `{"baseline":""}`},
		{http.MethodPut, "/groups/web/baselines/UBUNTU", `{"baseline":"strict"}`},
	} {
		into[web.DecidedBody](t, f.write(t, w.method, w.path, w.body))
	}
	revisions := into[listBody[query.RevisionView]](t, f.get(t, "/baselines/strict/revisions"))
	if revisions.Total != 2 || revisions.Items[1].Revision != 2 || revisions.Items[1].By != web.Local {
		t.Errorf("%+v", revisions)
	}
	for path, want := range map[string]string{"/baselines/strict": "curl", "/baselines/strict?revision=1": "bash"} {
		if r := f.get(t, path); r.status != http.StatusOK || !strings.Contains(r.body, want) {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
	if r := f.write(t, http.MethodDelete, "/baselines/strict", ""); r.status != http.StatusConflict || !strings.Contains(r.body, "group web on UBUNTU") {
		t.Errorf("%d %s", r.status, r.body)
	}
	into[web.DecidedBody](t, f.write(t, http.MethodPut, "/groups/web/baselines/UBUNTU", `{"baseline":""}`))
	into[web.DoneBody](t, f.write(t, http.MethodDelete, "/baselines/strict", ""))
	if r := f.get(t, "/baselines/strict"); r.status != http.StatusNotFound {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestOverridesRetirementsAndDeadLetters(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	f.do(t, http.MethodGet, "/docs", "")
	made := into[web.ReceiptBody](t, f.write(t, http.MethodPut, "/hosts/web-1/overrides/openssl", `{"state":"NOT_APPLICABLE","reason":"CHG-1","expires":"30d"}`))
	workertest.Applied(t, f.JS)
	f.Indexed(t)
	overrides := into[listBody[query.OverrideView]](t, f.get(t, "/hosts/web-1/overrides"))
	if made.Kind != messages.KindOverride || overrides.Total != 1 || overrides.Items[0].By != web.Local || overrides.Items[0].Patch != "openssl.amd64" || overrides.Items[0].ExpiresAt == nil {
		t.Errorf("%+v %+v", made, overrides)
	}
	if got := into[query.HostView](t, f.get(t, "/hosts/web-1")); got.Status != messages.Compliant {
		t.Errorf("%+v", got)
	}
	for path, want := range map[string]int{"/overrides": 1, "/overrides?group=web": 1, "/overrides?group=db": 0} {
		if all := into[listBody[query.OverrideView]](t, f.get(t, path)); all.Total != want || want == 1 && all.Items[0] != overrides.Items[0] && all.Items[0].ID != overrides.Items[0].ID {
			t.Errorf("%s: %+v", path, all)
		}
	}
	into[web.ReceiptBody](t, f.write(t, http.MethodDelete, "/hosts/web-1/overrides/openssl.amd64", ""))
	into[web.ReceiptBody](t, f.write(t, http.MethodPost, "/hosts/db-1/retire", `{"reason":"gone"}`))
	workertest.Applied(t, f.JS)
	f.Indexed(t)
	if got := f.hosts(t, ""); !slices.Equal(got, []string{"web-1"}) {
		t.Error(got)
	}
	if got := f.hosts(t, "?status=RETIRED"); !slices.Equal(got, []string{"db-1"}) {
		t.Error(got)
	}
	bad := nats.NewMsg(messages.KindScan.Subject("web-1"))
	bad.Data = []byte("{}")
	workertest.Send(t, f.JS, bad)
	workertest.Applied(t, f.JS)
	letters := into[listBody[struct {
		Sequence     uint64
		Host, Reason string
	}]](t, f.get(t, "/dead-letters"))
	if letters.Total != 1 || letters.Items[0].Host != "web-1" || letters.Items[0].Reason == "" {
		t.Fatalf("%+v", letters)
	}
	path := fmt.Sprintf("/dead-letters/%d", letters.Items[0].Sequence)
	if r := f.get(t, path); r.status != http.StatusOK || !strings.Contains(r.body, `"payload":"e30="`) {
		t.Errorf("%d %s", r.status, r.body)
	}
	for _, c := range []struct{ method, path string }{{http.MethodPost, path + "/replay"}, {http.MethodDelete, fmt.Sprintf("/dead-letters/%d", letters.Items[0].Sequence+1)}} {
		if r := f.write(t, c.method, c.path, ""); r.status != http.StatusOK {
			t.Errorf("%s: %d %s", c.path, r.status, r.body)
		}
		workertest.Applied(t, f.JS)
	}
	if r := f.get(t, path); r.status != http.StatusNotFound {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := f.get(t, "/dead-letters/0"); r.status != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", r.status, r.body)
	}
	audit := into[listBody[query.AuditEntry]](t, f.get(t, "/audit?by="+web.Local))
	var said []string
	for _, e := range audit.Items {
		said = append(said, e.About+" "+e.Name)
	}
	if want := []string{"override web-1 openssl.amd64", "override web-1 openssl.amd64", "retirement db-1"}; !slices.Equal(said, want) {
		t.Errorf("%q", said)
	}
	if lines := strings.Count(f.log.String(), "a write over HTTP"); lines != 5 || !strings.Contains(f.log.String(), `"by":"local"`) {
		t.Errorf("%d lines: %s", lines, f.log)
	}
}

// Of an override of which nobody says when it ends the settings say it, as they do where the command line sets it.
func TestAnOverrideOfWhichNobodySaysWhenEndsAsTheSettingsSay(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	for _, c := range []struct {
		settings, body string
		days           int // 0: it does not end
	}{
		{`{}`, `{"state":"INSTALLED","reason":"x"}`, 90},
		{`{"override_expires":"7d"}`, `{"state":"INSTALLED","reason":"x"}`, 7},
		{`{}`, `{"state":"INSTALLED","reason":"x","expires":"30d"}`, 30},
		{`{}`, `{"state":"INSTALLED","reason":"x","expires":"never"}`, 0},
	} {
		into[web.DecidedBody](t, f.write(t, http.MethodPatch, "/settings?no_recheck=true", c.settings))
		into[web.ReceiptBody](t, f.write(t, http.MethodPut, "/hosts/web-1/overrides/openssl", c.body))
		workertest.Applied(t, f.JS)
		f.Indexed(t)
		for _, path := range []string{"/overrides", "/hosts/web-1/overrides"} {
			ends := into[listBody[query.OverrideView]](t, f.get(t, path)).Items[0].ExpiresAt
			days := 0
			if ends != nil {
				days = int(time.Until(*ends).Round(time.Hour) / (24 * time.Hour))
			}
			if days != c.days {
				t.Errorf("%s %s: %s says %d days", c.settings, c.body, path, days)
			}
		}
	}
}

func TestAWriteThatIsWrongNamesTheField(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{http.MethodPut, "/baselines/x", `{"ApprovalRules":{"PatchRules":[{"ComplianceLevel":"SOME"}]}}`, 422, "ApprovalRules.PatchRules[0]"},
		{http.MethodPut, "/baselines/AWS-UbuntuDefaultPatchBaseline", strict, 422, "built in"},
		{http.MethodPut, "/defaults/UBUNTU", `{"baseline":"nothing"}`, 404, "nothing"},
		{http.MethodPut, "/defaults/UBUNTO", `{"baseline":""}`, 422, "path.system"},
		{http.MethodPut, "/defaults/UBUNTU", `{}`, 422, "baseline"},
		{http.MethodPatch, "/settings", `{"scan_max_ago":"1d"}`, 422, "scan_max_ago"},
		{http.MethodPatch, "/settings", `{"scan_max_ago":null}`, 422, "scan_max_ago"},
		{http.MethodPatch, "/settings", `{"scan_max_age":7}`, 422, "scan_max_age"},
		{http.MethodPut, "/hosts/web-1/overrides/openssl", `{"state":"GOOD","reason":"x"}`, 422, "body.state"},
		{http.MethodPut, "/hosts/web-1/overrides/openssl", `{"state":"INSTALLED"}`, 422, "reason"},
		{http.MethodPut, "/hosts/web-1/overrides/openssl", `{"state":"INSTALLED","reason":"x","expires":"2020-01-01"}`, 422, "body.expires"},
		{http.MethodPut, "/hosts/web-1/overrides/curl", `{"state":"INSTALLED","reason":"x"}`, 404, "curl"},
		{http.MethodDelete, "/hosts/web-1/overrides/openssl.amd64", "", 404, "openssl"},
		{http.MethodPut, "/hosts/nobody/group", `{"group":"web"}`, 404, "nobody"},
		{http.MethodPost, "/hosts/nobody/retire", `{}`, 404, "nobody"},
		{http.MethodPost, "/rechecks", `{}`, 422, "outdated"},
		{http.MethodPost, "/rechecks", `{"hosts":["nobody"]}`, 404, "nobody"},
		{http.MethodPut, "/baselines/x", `{"Name":"` + strings.Repeat("x", 2<<20) + `"}`, 413, ""},
	} {
		if r := f.write(t, c.method, c.path, c.body); r.status != c.status || !strings.Contains(r.body, c.want) {
			t.Errorf("%s %s %.60s: %d %s", c.method, c.path, c.body, r.status, r.body)
		}
	}
}

// A value that nothing has is said where a baseline is stored and where all are listed; a product that a host has is one.
func TestABaselineIsWarnedOfWhereItsValuesAreNone(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	put := into[web.DecidedBody](t, f.write(t, http.MethodPut, "/baselines/typo?no_recheck=true",
		`{"OperatingSystem":"UBUNTU","ApprovalRules":{"PatchRules":[{"PatchFilterGroup":{"PatchFilters":[{"Key":"PRIORITY","Values":["Importnat"]}]}}]}}`))
	list := into[listBody[query.BaselineView]](t, f.get(t, "/baselines"))
	at := slices.IndexFunc(list.Items, func(b query.BaselineView) bool { return b.ID == "typo" })
	for where, warnings := range map[string][]string{"put": put.Warnings, "list": list.Items[at].Warnings} {
		if len(warnings) != 1 || !strings.HasSuffix(warnings[0], `PRIORITY "Importnat": did you mean Important?`) {
			t.Errorf("%s: %q", where, warnings)
		}
	}
}

// Who asks is not at fault for what somebody put into the bucket by hand, and learns what to do about it.
func TestSettingsThatCannotBeReadAreNoFaultOfARequest(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	workertest.PutKey(t, f.JS, messages.BucketBaselines, "settings", `{"scan_max_age":"soon"}`)
	for _, r := range []reply{
		f.get(t, "/settings"), f.write(t, http.MethodPatch, "/settings", `{"scan_max_age":"3d"}`),
		f.write(t, http.MethodPut, "/hosts/web-1/overrides/openssl", `{"state":"INSTALLED","reason":"x"}`),
	} {
		if r.status != http.StatusInternalServerError || !strings.Contains(r.body, "what is stored as settings cannot be read") || !strings.Contains(r.body, "soon") || !strings.Contains(r.body, "nats kv del") || strings.Contains(r.body, "parameter") {
			t.Errorf("%d %s", r.status, r.body)
		}
	}
}

func TestWithoutKeysThisMachineAloneIsLetIn(t *testing.T) {
	t.Parallel()
	f := newFleet(t, nil)
	f.story(t)
	for host, status := range map[string]int{"localhost:8420": 200, "127.0.0.1": 200, "[::1]:80": 200, "rebound.example.org": 403, "rebound.example.org:8420": 403, "10.0.0.1": 403} {
		if r := f.get(t, "/hosts", "Host", host); r.status != status {
			t.Errorf("%s: %d %s", host, r.status, r.body)
		}
	}
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example.org"}} {
		if r := f.write(t, http.MethodPut, "/hosts/web-1/group", `{"group":"x"}`, header...); r.status != http.StatusForbidden || !strings.HasPrefix(r.header.Get("Content-Type"), "application/problem+json") {
			t.Errorf("%v: %d %s", header, r.status, r.body)
		}
	}
}

// keys are keys of a test.
type keys map[string]web.Who

func (k keys) AccessKey(string) (web.Who, string, error) { return web.Who{}, "", web.ErrNoKey }

func (k keys) Bearer(token string) (web.Who, error) {
	who, known := k[token]
	if !known {
		return who, web.ErrNoKey
	}
	return who, nil
}

var someKeys = keys{
	"all": {Name: "all", Role: web.Operator}, "see": {Name: "see", Role: web.Viewer}, "web": {Name: "web", Role: web.Operator, Groups: []string{"web"}},
}

func as(key string) []string { return []string{"Authorization", "Bearer " + key} }

func TestAKeyIsNeededAndAViewerOnlyReads(t *testing.T) {
	t.Parallel()
	f := newFleet(t, someKeys)
	f.story(t)
	for _, c := range []struct {
		header []string
		status int
	}{{nil, 401}, {as("none"), 401}, {[]string{"Authorization", "Basic YWxsOg=="}, 401}, {as("see"), 200}, {as("all"), 200}, {[]string{"Authorization", "bearer all"}, 200}} {
		r := f.get(t, "/hosts", c.header...)
		if r.status != c.status || c.status == 401 && r.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%v: %d %s", c.header, r.status, r.body)
		}
	}
	if r := f.write(t, http.MethodPut, "/hosts/web-1/group", `{"group":"x"}`, as("see")...); r.status != http.StatusForbidden {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := f.do(t, http.MethodGet, "/docs", ""); r.status != http.StatusOK || strings.Contains(r.body, "https://") {
		t.Errorf("%d, of another site?", r.status)
	}
}

// A key that is limited to a group learns nothing of other hosts by any route: none of what is said of them is in any answer.
func TestALimitedKeySeesNothingOfOthersByAnyRoute(t *testing.T) {
	t.Parallel()
	f := newFleet(t, someKeys)
	f.story(t)
	all := as("all")
	for _, w := range []struct{ method, path, body string }{
		{http.MethodPut, "/baselines/secret-db", strict}, {http.MethodPut, "/groups/db/baselines/UBUNTU", `{"baseline":"secret-db"}`},
		{http.MethodPut, "/hosts/db-1/overrides/openssl", `{"state":"NOT_APPLICABLE","reason":"secret reason"}`},
	} {
		if r := f.write(t, w.method, w.path, w.body, all...); r.status != http.StatusOK {
			t.Fatalf("%s: %d %s", w.path, r.status, r.body)
		}
	}
	f.Says(t, webtest.Grouped("db-1", "db", 7, workertest.Package("secret-package", "1", "2"), workertest.Package("openssl", "2")))
	bad := nats.NewMsg(messages.KindScan.Subject("db-1"))
	bad.Data = []byte("{}")
	workertest.Send(t, f.JS, bad)
	workertest.Applied(t, f.JS)
	f.Indexed(t)
	recheck := into[web.RecheckView](t, f.write(t, http.MethodPost, "/rechecks", `{"all":true}`, all...))
	f.finished(t, recheck.ID, all...)
	letters := into[listBody[struct{ Sequence uint64 }]](t, f.get(t, "/dead-letters", all...))

	fill := strings.NewReplacer("{host}", "db-1", "{patch}", "secret-package.amd64", "{time}", "2100-01-01", "{name}", "secret-package", "{system}", "UBUNTU",
		"{group}", "db", "{sequence}", fmt.Sprint(letters.Items[0].Sequence))
	bodies := map[string]string{
		"setHostGroup": `{"group":"web"}`, "setOverride": `{"state":"INSTALLED","reason":"x"}`, "putBaseline": strict, "setDefaultBaseline": `{"baseline":""}`,
		"bindBaseline": `{"baseline":""}`, "patchSettings": `{}`, "retireHost": `{}`, "startRecheck": `{"hosts":["db-1"]}`,
	}
	routes := 0
	for path, item := range f.openAPI.Paths {
		for _, op := range operations(item) {
			routes++
			path := strings.ReplaceAll(fill.Replace(path), "{id}", map[string]string{"getRecheck": recheck.ID}[op.OperationID])
			if strings.HasSuffix(path, "/baselines/") || strings.Contains(path, "/baselines//") {
				path = strings.Replace(path, "/baselines/", "/baselines/secret-db", 1)
			}
			if op.OperationID == "followChanges" {
				continue // below
			}
			for _, query := range []string{"", "?format=csv", "?format=ndjson"} {
				if query != "" && !strings.HasPrefix(op.OperationID, "list") && op.OperationID != "getTrend" {
					continue
				}
				body := bodies[op.OperationID]
				if op.Method == http.MethodGet { // else what follows would prove nothing
					if r := f.get(t, path+query, all...); r.status != http.StatusOK {
						t.Errorf("%s: who may see all: %d %s", path, r.status, r.body)
					}
				}
				r := f.write(t, op.Method, path+query, body, as("web")...)
				for _, secret := range []string{"db-1", "secret", `"db"`, "db on"} {
					asked := r.status == http.StatusNotFound && !strings.Contains(r.body, "MISSING") // it may say what was asked for
					if strings.Contains(r.body, secret) && !asked {
						t.Errorf("%s %s%s tells of %s: %d %s", op.Method, path, query, secret, r.status, r.body)
					}
				}
				if op.Method != http.MethodGet && r.status < 400 {
					t.Errorf("%s %s: %d %s", op.Method, path, r.status, r.body)
				}
			}
		}
	}
	if routes < 30 {
		t.Errorf("only %d routes were tried", routes)
	}
	f.Says(t, workertest.Run("db-1", 20, workertest.Outcome("secret-package", "2", messages.ResultFailed)))
	f.Says(t, workertest.Run("web-1", 20, workertest.Outcome("openssl", "2", messages.ResultInstalled)))
	s := f.live(t, "/changes/live?after=1", as("web")...)
	for {
		_, _, data := next(t, s)
		if strings.Contains(data, "db-1") {
			t.Error(data)
		}
		if strings.Contains(data, `"to":"INSTALLED"`) && strings.Contains(data, "r20") {
			break
		}
	}
}

func operations(item *huma.PathItem) (all []*huma.Operation) {
	for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Patch, item.Delete} {
		if op != nil {
			all = append(all, op)
		}
	}
	return all
}
