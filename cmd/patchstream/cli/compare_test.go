package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
)

// asAWS writes the patches of a host as describe-instance-patches does, each with the state that change makes of ours; "" leaves it out.
func asAWS(t *testing.T, patches string, change func(patch, state string) string) []map[string]any {
	t.Helper()
	var ours []struct{ Patch, State, Version string }
	if err := json.Unmarshal([]byte(patches), &ours); err != nil {
		t.Fatal(err)
	}
	list := []map[string]any{}
	for _, p := range ours {
		state := change(p.Patch, p.State)
		if state == "" {
			continue
		}
		var words strings.Builder
		for word := range strings.SplitSeq(state, "_") {
			words.WriteString(word[:1] + strings.ToLower(word[1:]))
		}
		list = append(list, map[string]any{"Title": p.Patch + ":" + p.Version, "KBId": p.Patch, "State": words.String(), "Severity": "", "InstalledTime": 0.0})
	}
	return list
}

func file(t *testing.T, values ...any) string {
	t.Helper()
	var text strings.Builder
	for _, v := range values {
		if err := json.NewEncoder(&text).Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	return write(t, "aws.json", text.String())
}

func TestCompareHoldsAWSAgainstAHostPatchByPatch(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	must(t, s.ask(t, "publish", "scan", fresh(t, "scan.json", "", time.Hour)))
	s.knows(t, 1)
	patches := must(t, s.ask(t, "patches", host, "-o", "json"))
	same := asAWS(t, patches, func(_, state string) string { return state })
	other := asAWS(t, patches, func(patch, state string) string {
		switch {
		case strings.HasPrefix(patch, "curl."):
			return "INSTALLED_PENDING_REBOOT"
		case strings.HasPrefix(patch, "openssl."):
			return ""
		}
		return state
	})
	other = append(other, map[string]any{"Title": "kernel", "KBId": "kernel.amd64", "State": "Missing"}, map[string]any{"Title": "absent", "KBId": "absent.amd64", "State": "NotApplicable"})
	page := func(patches []map[string]any, next string) map[string]any {
		p := map[string]any{"Patches": patches}
		if next != "" {
			p["NextToken"] = next
		}
		return p
	}
	for name, c := range map[string]struct {
		file string
		want string // the patches that differ
	}{
		"one page":                       {file(t, page(same, "")), ""},
		"two pages, one after the other": {file(t, page(same[:1], "more"), page(same[1:], "")), ""},
		"two pages in a list":            {file(t, []any{page(same[:1], "more"), page(same[1:], "")}), ""},
		"the patches alone":              {file(t, same), ""},
		"others":                         {file(t, page(other, "")), "curl.amd64 kernel.amd64 openssl.amd64"},
	} {
		t.Run(name, func(t *testing.T) {
			args := []string{"compare", "aws", c.file, "--host", host}
			for _, more := range [][]string{nil, {"-o", "json"}} {
				direct, asked := s.ask(t, append(args, more...)...), s.ask(t, append(append(args, more...), "--api", s.http)...)
				want := exitDone
				if c.want != "" {
					want = exitDiffer
				}
				if direct != asked || direct.code != want {
					t.Fatalf("exit codes %d and %d, want %d\n%s%s\n%s%s", direct.code, asked.code, want, direct.stdout, direct.stderr, asked.stdout, asked.stderr)
				}
				if more == nil {
					continue
				}
				var got print.Comparison
				if err := json.Unmarshal([]byte(direct.stdout), &got); err != nil {
					t.Fatal(err)
				}
				var differ []string
				for _, d := range got.Differences {
					differ = append(differ, d.Patch)
				}
				if strings.Join(differ, " ") != c.want || got.Agree != (c.want == "") || got.Patches < len(same) {
					t.Errorf("%+v", got)
				}
			}
		})
	}
	words := s.ask(t, "compare", "aws", file(t, page(other, "")), "--host", host).stdout
	for _, want := range []string{"INSTALLED_PENDING_REBOOT", "not listed", "kernel.amd64", "3 of "} {
		if !strings.Contains(words, want) {
			t.Errorf("the table lacks %q:\n%s", want, words)
		}
	}
}

func TestWhatIsNotApplicableAndWhatIsNotListedIsTheSame(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		aws, ours messages.State
		want      bool
	}{
		{"", messages.NotApplicable, false}, {messages.NotApplicable, "", false}, {messages.NotApplicable, messages.NotApplicable, false}, {messages.Missing, messages.Missing, false},
		{"", messages.Missing, true}, {messages.Installed, "", true}, {messages.Installed, messages.InstalledOther, true}, {messages.NotApplicable, messages.Missing, true},
	} {
		if got := differ(print.PatchDifference{AWS: c.aws, Ours: c.ours}); got != c.want {
			t.Errorf("%q and %q: %v", c.aws, c.ours, got)
		}
	}
}

func TestCompareHoldsCountsAgainstAHost(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	must(t, s.ask(t, "publish", "scan", fresh(t, "scan.json", "", time.Hour)))
	s.knows(t, 1)
	var report struct{ Counts map[string]int }
	if err := json.Unmarshal([]byte(must(t, s.ask(t, "status", host, "-o", "json"))), &report); err != nil {
		t.Fatal(err)
	}
	state := func(id string, missing int) map[string]any {
		return map[string]any{"InstanceId": id, "PatchGroup": "web", "MissingCount": missing, "NotApplicableCount": 2000, "OperationEndTime": 1.7e9}
	}
	missing := report.Counts["MISSING"]
	both := file(t, map[string]any{"InstancePatchStates": []any{state("i-1", missing), state("i-2", missing+1)}})
	must(t, s.ask(t, "compare", "aws", file(t, map[string]any{"InstancePatchStates": []any{state("i-1", missing)}}), "--host", host))
	must(t, s.ask(t, "compare", "aws", both, "--host", host, "--instance", "i-1"))
	if r := s.ask(t, "compare", "aws", both, "--host", host, "--instance", "i-2"); r.code != exitDiffer || !strings.Contains(r.stdout, "MissingCount") || strings.Contains(r.stdout, "NotApplicable") {
		t.Errorf("%+v", r)
	}
	s.ask(t, "compare", "aws", both, "--host", host).wants(t, exitUsage, "--instance", "i-1 i-2")
	s.ask(t, "compare", "aws", file(t, map[string]any{"Patches": []any{}}), "--host", "nobody").wants(t, exitFailed, "nobody")
}

func TestCompareSaysWhatIsWrongWithItsFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text  string
		code  int
		words []string
	}{
		"no JSON":          {"---\nPatches: []\n", exitFailed, []string{"--output json"}},
		"half a page":      {`{"Patches": [`, exitFailed, []string{"not JSON"}},
		"something else":   {`{"BaselineId": "pb-1"}`, exitFailed, []string{"describe-instance-patches"}},
		"a number":         {`[1]`, exitFailed, []string{"not as aws prints it"}},
		"more to come":     {`{"Patches": [], "NextToken": "x"}`, exitFailed, []string{"NextToken", "--max-items"}},
		"no name":          {`{"Patches": [{"State": "Missing"}]}`, exitFailed, []string{"patch 1", "KBId"}},
		"an unknown state": {`{"Patches": [{"KBId": "a.amd64", "State": "Lost"}]}`, exitFailed, []string{"a.amd64", "Lost", "MISSING"}},
		"nothing":          {"  ", exitFailed, []string{"is empty"}},
	} {
		t.Run(name, func(t *testing.T) {
			callWith(t, c.text, "compare", "aws", "-", "--host", "web-1").wants(t, c.code, c.words...)
		})
	}
	callWith(t, `{"Patches": []}`, "compare", "aws", "-").wants(t, exitUsage, "--host")
	callWith(t, `{"Patches": []}`, "compare", "aws", "-", "--host", "a..b").wants(t, exitUsage, "--host")
	callWith(t, `{"Patches": []}`, "compare", "aws", "-", "--host", "web-1", "--instance", "i-1").wants(t, exitUsage, "--instance")
}

func FuzzReadAWS(f *testing.F) {
	for _, seed := range []string{`{"Patches":[{"KBId":"a.amd64","Title":"a.amd64:1","State":"Missing"}]}`, `[{"InstancePatchStates":[{"InstanceId":"i-1","MissingCount":1}]}]`, `[]`, `{"NextToken":"x"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		out, err := readAWS(text)
		if (err == nil) == (out == nil) {
			t.Errorf("%v and %v", out, err)
		}
		if err != nil {
			return
		}
		for _, p := range out.patches {
			if _, err := stateOfAWS(p.State); err != nil || p.KBId == "" {
				t.Errorf("%+v: %v", p, err)
			}
		}
	})
}
