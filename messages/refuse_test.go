package messages

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/vmihailenco/msgpack/v5"
)

// Events that are just complete enough.
const (
	leastScan     = `{"v":1,"id":"s","host":"h","taken_at":"2026-01-02T03:04:05Z","complete":true,"os":{"system":"DEBIAN"},"packages":[{"name":"bash","arch":"amd64","installed":"1"}]}`
	leastRun      = `{"v":1,"id":"r","host":"h","run_id":"n","operation":"install","started_at":"2026-01-02T03:04:05Z","finished_at":"2026-01-02T03:04:05Z","outcomes":[]}`
	leastOverride = `{"v":1,"id":"o","host":"h","patch":"bash.amd64","at":"2026-01-02T03:04:05Z","withdraw":true}`
	leastRecheck  = `{"v":1,"id":"c","host":"h"}`
	leastRetire   = `{"v":1,"id":"t","host":"h","at":"2026-01-02T03:04:05Z"}`
)

func least(kind Kind) string {
	return map[Kind]string{KindScan: leastScan, KindRun: leastRun, KindOverride: leastOverride, KindRecheck: leastRecheck, KindRetire: leastRetire}[kind]
}

// missing stands for a field that is left out.
type missing struct{}

// edit returns the least event of a kind with one value set, at a path such as packages.0.name.
func edit(t testing.TB, kind Kind, path string, value any) map[string]any {
	t.Helper()
	var event map[string]any
	if err := json.Unmarshal([]byte(least(kind)), &event); err != nil {
		t.Fatal(err)
	}
	steps := strings.Split(path, ".")
	var in any = event
	for _, step := range steps[:len(steps)-1] {
		switch at := in.(type) {
		case map[string]any:
			in = at[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil {
				t.Fatal(err)
			}
			in = at[i]
		}
	}
	last := steps[len(steps)-1]
	if _, out := value.(missing); out {
		delete(in.(map[string]any), last)
	} else {
		in.(map[string]any)[last] = value
	}
	return event
}

// inBoth runs a test on an event as it is written in each format by a writer that is not ours.
func inBoth(t *testing.T, event any, run func(*testing.T, []byte, Encoding)) {
	t.Helper()
	t.Run("json", func(t *testing.T) {
		payload, err := json.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		run(t, payload, Encoding{ContentType: "application/json"})
	})
	t.Run("msgpack", func(t *testing.T) {
		var b bytes.Buffer
		if err := msgpack.NewEncoder(&b).Encode(event); err != nil {
			t.Fatal(err)
		}
		run(t, b.Bytes(), Encoding{})
	})
}

// refused checks that an error is a FieldError for that field, and says that.
func refused(t *testing.T, err error, field, says string) {
	t.Helper()
	var fe *FieldError
	if !errors.As(err, &fe) {
		t.Fatalf("error %v, want one for %s", err, field)
	}
	if fe.Field != field || !strings.Contains(fe.Problem, says) {
		t.Errorf("error %q, want one for %s that says %q", err, field, says)
	}
}

func TestRefusesWhatBreaksTheContractAndNamesTheField(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("x", n) }
	list := func(n int, element any) []any {
		l := make([]any, n)
		for i := range l {
			l[i] = element
		}
		return l
	}
	pkg := func(name string) map[string]any {
		return map[string]any{"name": name, "arch": "amd64", "installed": "1"}
	}
	outcome := func(field string, value any) []any {
		o := map[string]any{"name": "bash", "arch": "amd64", "to": "1", "result": "installed"}
		if o[field] = value; value == (missing{}) {
			delete(o, field)
		}
		return []any{map[string]any{"name": "a", "arch": "amd64", "result": "skipped"}, o}
	}
	versions := func(field string, value any) []any {
		return []any{map[string]any{"version": "0"}, map[string]any{"version": "1", field: value}}
	}
	advisory := func(id string, fields ...any) map[string]any {
		a := map[string]any{"id": id}
		for i := 0; i < len(fields); i += 2 {
			a[fields[i].(string)] = fields[i+1]
		}
		return a
	}
	manyTags := map[string]any{}
	for i := range MaxTags + 1 {
		manyTags[strconv.Itoa(i)] = ""
	}

	for _, tt := range []struct {
		kind  Kind
		path  string
		value any
		field string
		says  string
	}{
		// the head
		{KindScan, "v", missing{}, "v", "is required"},
		{KindScan, "v", nil, "v", "is required"},
		{KindScan, "v", 2, "v", "major version 2 is not supported: this reader knows 1"},
		{KindScan, "v", 0, "v", "major version 0 is not supported"},
		{KindScan, "v", "1", "v", "must be an integer"},
		{KindScan, "v", 1.5, "v", "must be an integer"},
		{KindRun, "v", 3, "v", "major version 3 is not supported: this reader knows 1"},
		{KindOverride, "v", missing{}, "v", "is required"},
		{KindRecheck, "v", -1, "v", "major version -1 is not supported"},
		{KindScan, "id", missing{}, "id", "is required"},
		{KindScan, "id", "", "id", "is required"},
		{KindScan, "id", "a b", "id", "printable"},
		{KindScan, "id", "é", "id", "printable"},
		{KindScan, "id", "\x7f", "id", "printable"},
		{KindScan, "id", long(65), "id", "is longer than 64 bytes"},
		{KindScan, "id", 7, "id", "must be a string"},
		{KindRun, "id", missing{}, "id", "is required"},
		{KindOverride, "id", missing{}, "id", "is required"},
		{KindRecheck, "id", nil, "id", "is required"},
		{KindRetire, "v", missing{}, "v", "is required"},
		{KindRetire, "id", missing{}, "id", "is required"},
		{KindRetire, "host", "a..b", "host", "two in a row"},
		{KindRetire, "at", missing{}, "at", "is required"},
		{KindRetire, "at", "1999-12-31T23:59:59Z", "at", "is before the year 2000"},
		{KindRetire, "by", long(4097), "by", "is longer than 4096 bytes"},
		{KindRetire, "reason", 7, "reason", "must be a string"},
		{KindScan, "host", missing{}, "host", "is required"},
		{KindScan, "host", "a..b", "host", "two in a row"},
		{KindRun, "host", ".a", "host", "dot"},
		{KindOverride, "host", "a b", "host", "only"},
		{KindRecheck, "host", long(129), "host", "bound is 128"},

		// a scan
		{KindScan, "taken_at", missing{}, "taken_at", "is required"},
		{KindScan, "taken_at", "yesterday", "taken_at", "is not an RFC 3339 time"},
		{KindScan, "taken_at", "1999-12-31T23:59:59Z", "taken_at", "before the year 2000"},
		{KindScan, "taken_at", 1700000000, "taken_at", "must be a time"},
		{KindScan, "complete", missing{}, "complete", "is required"},
		{KindScan, "complete", nil, "complete", "is required"},
		{KindScan, "complete", 1, "complete", "must be true or false"},
		{KindScan, "error", long(4097), "error", "is longer than 4096 bytes"},
		{KindScan, "unchanged", "yes", "unchanged", "must be true or false"},
		{KindScan, "unchanged", true, "packages", "an unchanged scan carries none"},
		{KindScan, "hash", long(65), "hash", "is longer than 64 bytes"},
		{KindScan, "origins", []any{map[string]any{"unread": "yes"}}, "origins[0].unread", "must be true or false"},
		{KindScan, "machine", long(65), "machine", "is longer than 64 bytes"},
		{KindRun, "machine", long(65), "machine", "is longer than 64 bytes"},
		{KindRun, "succeeded", "yes", "succeeded", ""},
		{KindRun, "removed", []any{map[string]any{"arch": "amd64"}}, "removed[0].name", "is required"},
		{KindRun, "removed", []any{[]any{"curl"}}, "removed[0].arch", "is required"},
		{KindRun, "removed", []any{map[string]any{"name": "curl", "arch": "amd64", "from": long(256)}}, "removed[0].from", "is longer than 255 bytes"},
		{KindScan, "os", missing{}, "os", "is required"},
		{KindScan, "os", nil, "os", "is required"},
		{KindScan, "os", list(1, "DEBIAN"), "os", "must be a map"},
		{KindScan, "os.system", missing{}, "os.system", "is required"},
		{KindScan, "os.system", "", "os.system", "is required"},
		{KindScan, "os.kernel", false, "os.kernel", "must be a string"},
		{KindScan, "tags", manyTags, "tags", "has more than 64 elements"},
		{KindScan, "tags", list(1, "web"), "tags", "must be a map"},
		{KindScan, "tags", map[string]any{"a": 1}, "tags", "must be a string"},
		{KindScan, "tags", map[string]any{"a": long(4097)}, "tags", "is longer than 4096 bytes"},
		{KindScan, "tags", map[string]any{long(4097): "a"}, "tags", "is longer than 4096 bytes"},
		{KindScan, "booted_at", "2026-01-02T03:04:06Z", "booted_at", "after the event's own time"},
		{KindScan, "booted_at", "1999-01-02T03:04:06Z", "booted_at", "before the year 2000"},
		{KindScan, "boot_id", long(4097), "boot_id", "is longer than 4096 bytes"},
		{KindScan, "reboot_required", "no", "reboot_required", "must be true or false"},
		{KindScan, "reboot_packages", "libc6", "reboot_packages", "must be a list"},
		{KindScan, "reboot_packages", []any{"a", 1}, "reboot_packages[1]", "must be a string"},
		{KindScan, "reboot_packages", []any{"a", long(4097)}, "reboot_packages[1]", "is longer than 4096 bytes"},
		{KindScan, "index_at", "2026-01-02", "index_at", "is not an RFC 3339 time"},

		// its origins
		{KindScan, "origins", map[string]any{}, "origins", "must be a list"},
		{KindScan, "origins", list(MaxOrigins+1, map[string]any{}), "origins", "1000"},
		{KindScan, "origins", []any{nil, map[string]any{"trusted": "yes"}}, "origins[1].trusted", "must be true or false"},
		{KindScan, "origins", []any{[]any{"stable", 5}}, "origins[0].site", "must be a string"},
		{KindScan, "origins", []any{"stable"}, "origins[0]", "must be a map"},
		{KindScan, "origins", []any{map[string]any{"date": "x"}}, "origins[0].date", "is not an RFC 3339 time"},

		// its packages
		{KindScan, "packages", missing{}, "packages", "at least one installed package"},
		{KindScan, "packages", []any{}, "packages", "at least one installed package"},
		{KindScan, "packages", []any{map[string]any{"name": "a", "arch": "b"}}, "packages", "at least one installed package"},
		{KindScan, "packages", []any{map[string]any{"name": "a", "arch": "b", "installed": "1.0", "state": "config-files"}}, "packages", "at least one installed package"},
		{KindScan, "packages", "bash", "packages", "must be a list"},
		{KindScan, "packages", list(MaxPackages+1, pkg("a")), "packages", "50000"},
		{KindScan, "packages", []any{pkg("a"), nil}, "packages[1].name", "is required"},
		{KindScan, "packages", []any{[]any{"a", "b", "1"}, []any{"c"}}, "packages[1].arch", "is required"},
		{KindScan, "packages", []any{pkg("a"), pkg("b"), pkg("a")}, "packages[2].name", "is listed twice"},
		{KindScan, "packages", []any{pkg("b"), pkg("a"), pkg("b")}, "packages[2].name", "is listed twice"},
		{KindScan, "packages.0.name", "", "packages[0].name", "is required"},
		{KindScan, "packages.0.arch", missing{}, "packages[0].arch", "is required"},
		{KindScan, "packages.0.arch", "amd64.1", "packages[0].arch", "has a dot"},
		{KindScan, "packages.0.state", "half_configured", "packages[0].state", `"half_configured" is none of installed config-files`},
		{KindScan, "packages.0.installed", long(256), "packages[0].installed", "is longer than 255 bytes"},
		{KindScan, "packages.0.candidate", long(256), "packages[0].candidate", "is longer than 255 bytes"},
		{KindScan, "packages.0.source_version", long(256), "packages[0].source_version", "is longer than 255 bytes"},
		{KindScan, "packages.0.hold", "x", "packages[0].hold", "must be true or false"},
		{KindScan, "packages.0.installed_at", "x", "packages[0].installed_at", "is not an RFC 3339 time"},
		{KindScan, "packages.0.advisories", []any{true}, "packages[0].advisories[0]", "must be a string"},

		{KindScan, "packages.0.others", []any{"1", long(256)}, "packages[0].others[1]", "is longer than 255 bytes"},
		{KindScan, "packages.0.side_by_side", 1, "packages[0].side_by_side", "must be true or false"},

		// their notices
		{KindScan, "advisories", "x", "advisories", "must be a list"},
		{KindScan, "advisories", []any{nil}, "advisories[0].id", "is required"},
		{KindScan, "advisories", []any{advisory("a", "id", "")}, "advisories[0].id", "is required"},
		{KindScan, "advisories", []any{advisory("a"), advisory("b"), advisory("a")}, "advisories[2].id", `"a" is listed twice`},
		{KindScan, "advisories", list(MaxAdvisories+1, advisory("a")), "advisories", "100000"},
		{KindScan, "advisories", []any{advisory("a", "cves", list(MaxAdvisoryCVEs+1, "CVE-1"))}, "advisories[0].cves", "4097 elements, the bound is 4096"},
		{KindScan, "advisories", []any{advisory("a", "issued_at", "yesterday")}, "advisories[0].issued_at", "is not an RFC 3339 time"},
		{KindScan, "advisories", []any{advisory("a", "set", "BIOS")}, "advisories[0].set", `"BIOS" is none of OS APPLICATION`},
		{KindScan, "advisories", []any{advisory("a", "bugs", []any{2255568})}, "advisories[0].bugs[0]", "must be a string"},
		{KindScan, "advisories", []any{advisory("a", "cves", []any{long(MaxStringBytes + 1)})}, "advisories[0].cves[0]", "is longer than 4096 bytes"},

		// their versions
		{KindScan, "packages.0.versions", versions("arch", "x.y"), "packages[0].versions[1].arch", "has a dot"},
		{KindScan, "packages.0.versions", versions("excluded", "x"), "packages[0].versions[1].excluded", "must be true or false"},
		{KindScan, "packages.0.versions", list(MaxPackageVersions+1, map[string]any{"version": "1"}), "packages[0].versions", "64"},
		{KindScan, "packages.0.versions", versions("version", nil), "packages[0].versions[1].version", "is required"},
		{KindScan, "packages.0.versions", []any{nil}, "packages[0].versions[0].version", "is required"},
		{KindScan, "packages.0.versions", []any{[]any{}}, "packages[0].versions[0].version", "is required"},
		{KindScan, "packages.0.versions", versions("version", "0"), "packages[0].versions[1].version", "is listed twice"},
		{KindScan, "packages.0.versions", versions("version", long(256)), "packages[0].versions[1].version", "is longer than 255 bytes"},
		{KindScan, "packages.0.versions", versions("origins", []any{0}), "packages[0].versions[1].origins[0]", "0 is no position in a list of 0 origins"},
		{KindScan, "packages.0.versions", versions("origins", []any{-1}), "packages[0].versions[1].origins[0]", "-1 is no position"},
		{KindScan, "packages.0.versions", versions("origins", []any{"0"}), "packages[0].versions[1].origins[0]", "must be an integer"},
		{KindScan, "packages.0.versions", versions("phased", 101), "packages[0].versions[1].phased", "101 is not within 0 and 100"},
		{KindScan, "packages.0.versions", versions("phased", -1), "packages[0].versions[1].phased", "-1 is not within 0 and 100"},
		{KindScan, "packages.0.versions", versions("pin", 0.5), "packages[0].versions[1].pin", "must be an integer"},
		{KindScan, "packages.0.versions", versions("pin", 1e19), "packages[0].versions[1].pin", "is out of range"},
		{KindScan, "packages.0.versions", versions("released_at", "x"), "packages[0].versions[1].released_at", "is not an RFC 3339 time"},

		// a run
		{KindRun, "run_id", missing{}, "run_id", "is required"},
		{KindRun, "operation", missing{}, "operation", "is required"},
		{KindRun, "operation", "Install", "operation", "is none of install scan"},
		{KindRun, "started_at", missing{}, "started_at", "is required"},
		{KindRun, "finished_at", nil, "finished_at", "is required"},
		{KindRun, "finished_at", "1999-01-02T03:04:05Z", "finished_at", "before the year 2000"},
		{KindRun, "exit_code", "0", "exit_code", "must be an integer"},
		{KindRun, "reboot_option", "Never", "reboot_option", "is none of RebootIfNeeded NoReboot"},
		{KindRun, "booted_at", "2026-01-02T03:04:06Z", "booted_at", "after the event's own time"},
		{KindRun, "outcomes", missing{}, "outcomes", "is required"},
		{KindRun, "outcomes", nil, "outcomes", "is required"},
		{KindRun, "outcomes", list(MaxOutcomes+1, outcome("stage", "")[1]), "outcomes", "50000"},
		{KindRun, "outcomes", outcome("name", ""), "outcomes[1].name", "is required"},
		{KindRun, "outcomes", outcome("arch", missing{}), "outcomes[1].arch", "is required"},
		{KindRun, "outcomes", outcome("result", missing{}), "outcomes[1].result", "is required"},
		{KindRun, "outcomes", outcome("result", "done"), "outcomes[1].result", "is none of installed failed skipped not_attempted"},
		{KindRun, "outcomes", outcome("to", missing{}), "outcomes[1].to", "is required where the result is installed"},
		{KindRun, "outcomes", outcome("to", long(256)), "outcomes[1].to", "is longer than 255 bytes"},
		{KindRun, "outcomes", outcome("from", long(256)), "outcomes[1].from", "is longer than 255 bytes"},

		// an override
		{KindOverride, "patch", missing{}, "patch", "is required"},
		{KindOverride, "at", missing{}, "at", "is required"},
		{KindOverride, "at", "1970-01-01T00:00:00Z", "at", "before the year 2000"},
		{KindOverride, "withdraw", false, "state", "is required"},
		{KindOverride, "state", "missing", "state", "is none of INSTALLED"},
		{KindOverride, "level", "HIGHEST", "level", "is none of CRITICAL"},
		{KindOverride, "expires_at", "x", "expires_at", "is not an RFC 3339 time"},

		// a recheck
		{KindRecheck, "baselines_seq", -1, "baselines_seq", "must not be negative"},
		{KindRecheck, "baselines_seq", 1e300, "baselines_seq", "is out of range"},
		{KindRecheck, "cause", long(4097), "cause", "is longer than 4096 bytes"},
	} {
		t.Run(string(tt.kind)+" "+tt.path+" "+tt.says, func(t *testing.T) {
			inBoth(t, edit(t, tt.kind, tt.path, tt.value), func(t *testing.T, payload []byte, enc Encoding) {
				event, err := Decode(tt.kind, payload, enc)
				if event != nil {
					t.Errorf("an event beside the error: %v", event)
				}
				refused(t, err, tt.field, tt.says)
			})
		})
	}
}

func TestOverrideNeedsStateReasonAndByUnlessWithdrawn(t *testing.T) {
	t.Parallel()
	full := map[string]any{"v": 1, "id": "o", "host": "h", "patch": "p", "at": "2026-01-02T03:04:05Z", "state": "MISSING", "reason": "r", "by": "b"}
	inBoth(t, full, func(t *testing.T, payload []byte, enc Encoding) {
		if _, err := Decode(KindOverride, payload, enc); err != nil {
			t.Error(err)
		}
	})
	for _, field := range []string{"state", "reason", "by"} {
		value := full[field]
		full[field] = nil
		inBoth(t, full, func(t *testing.T, payload []byte, enc Encoding) {
			_, err := Decode(KindOverride, payload, enc)
			refused(t, err, field, "is required")
		})
		full[field] = value
	}
}

func TestTakesWhatOnlyLooksWrong(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		kind  Kind
		path  string
		value any
	}{
		{"a version that dpkg does not allow costs only itself", KindScan, "packages.0.installed", "1.0é-"},
		{"an empty installed version", KindScan, "packages.0.installed", ""},
		{"an empty listed version", KindScan, "packages.0.versions", []any{map[string]any{"version": ""}}},
		{"a scan of another state", KindScan, "packages.0.state", "reinstreq"},
		{"a scan without any package that is not complete", KindScan, "complete", false},
		{"fields of a later minor version", KindScan, "weather", map[string]any{"rain": []any{1, nil, "x"}}},
		{"an integer as a float", KindScan, "v", 1.0},
		{"a run that ended before it began", KindRun, "started_at", "2027-01-01T00:00:00Z"},
		{"an outcome with an empty version", KindRun, "outcomes", []any{map[string]any{"name": "a", "arch": "b", "result": "failed", "to": ""}}},
		{"an outcome without a version that was skipped", KindRun, "outcomes", []any{map[string]any{"name": "a", "arch": "b", "result": "skipped"}}},
		{"a host with dots", KindRecheck, "host", "Web_1.example-2.org"},
		{"an id of 64 characters", KindRecheck, "id", strings.Repeat("~", 64)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBoth(t, edit(t, tt.kind, tt.path, tt.value), func(t *testing.T, payload []byte, enc Encoding) {
				if _, err := Decode(tt.kind, payload, enc); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestUnchangedScanCarriesNoPackages(t *testing.T) {
	t.Parallel()
	event := edit(t, KindScan, "unchanged", true)
	delete(event, "packages")
	inBoth(t, event, func(t *testing.T, payload []byte, enc Encoding) {
		got, err := Decode(KindScan, payload, enc)
		if err != nil || !got.(*Scan).Unchanged {
			t.Error(got, err)
		}
	})
}

func TestAnotherMajorVersionIsTheReasonWhateverElseIsWrong(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{
		`{"id":7,"packages":"none","v":2}`,
		`{"packages":[{"name":1e999999999}],"host":"a","host":"b","v":2}`,
		`{"v":2,"everything":"else is different`,
		`{"v":2} {}`,
		"\x82\xa2id\x07\xa1v\x02",
		"\x84\xa4host\x01\xa8packages\x91\xc0\xa1v\x02\xa4more",
	} {
		_, err := Decode(KindScan, []byte(payload), Sniff([]byte(payload)))
		refused(t, err, "v", "major version 2 is not supported: this reader knows 1")
	}
}

func TestRefusesAnUnknownKind(t *testing.T) {
	t.Parallel()
	_, err := Decode("dead", []byte(leastScan), Encoding{ContentType: "application/json"})
	refused(t, err, "kind", "dead")
}
