package baseline

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/messages"
)

// As `aws ssm get-patch-baseline` prints one: dates as seconds since 1970.
const printed = `{
    "BaselineId": "pb-0a10bd6b1c4d8c1a3",
    "Name": "prod-ubuntu",
    "OperatingSystem": "UBUNTU",
    "GlobalFilters": {"PatchFilters": [{"Key": "PRODUCT", "Values": ["*"]}]},
    "ApprovalRules": {"PatchRules": [{
        "PatchFilterGroup": {"PatchFilters": [
            {"Key": "PRODUCT", "Values": ["*"]},
            {"Key": "PRIORITY", "Values": ["Required", "Important"]}
        ]},
        "ComplianceLevel": "CRITICAL",
        "ApproveAfterDays": 0,
        "EnableNonSecurity": true
    }]},
    "ApprovedPatches": ["falcon-sensor"],
    "ApprovedPatchesComplianceLevel": "HIGH",
    "ApprovedPatchesEnableNonSecurity": true,
    "RejectedPatches": ["telnetd*"],
    "RejectedPatchesAction": "BLOCK",
    "PatchGroups": ["web"],
    "CreatedDate": 1700000000.123,
    "ModifiedDate": 1700000001.456,
    "Description": "production",
    "Sources": [],
    "AvailableSecurityUpdatesComplianceStatus": "COMPLIANT"
}`

// As `aws ssm create-patch-baseline --cli-input-json` takes one: no id, no dates, tags and a token.
const created = `{
    "OperatingSystem": "DEBIAN",
    "Name": "prod-debian",
    "ApprovalRules": {"PatchRules": [{
        "PatchFilterGroup": {"PatchFilters": []},
        "ApproveUntilDate": "2026-01-31"
    }]},
    "ApprovedPatches": null,
    "ClientToken": "d3b0",
    "Tags": [{"Key": "team", "Value": "web"}],
    "CreatedDate": "2026-11-01T00:00:00Z"
}`

func parsed(t *testing.T, text string) *Baseline {
	t.Helper()
	b, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParse_reads_what_AWS_prints(t *testing.T) {
	b := parsed(t, printed)
	if b.BaselineID != "pb-0a10bd6b1c4d8c1a3" || b.Name != "prod-ubuntu" || b.OperatingSystem != "UBUNTU" {
		t.Errorf("head %+v", b)
	}
	rule := b.ApprovalRules.PatchRules[0]
	if rule.ComplianceLevel != messages.Critical || *rule.ApproveAfterDays != 0 || !rule.EnableNonSecurity || len(rule.PatchFilterGroup.PatchFilters) != 2 {
		t.Errorf("rule %+v", rule)
	}
	wantTexts(t, rule.PatchFilterGroup.PatchFilters[1].Values, "Required", "Important")
	wantTexts(t, b.ApprovedPatches, "falcon-sensor")
	wantTexts(t, b.RejectedPatches, "telnetd*")
	if b.ApprovedPatchesComplianceLevel != messages.High || !b.ApprovedPatchesEnableNonSecurity || b.RejectedPatchesAction != "BLOCK" ||
		b.AvailableSecurityUpdatesComplianceStatus != "COMPLIANT" || len(b.GlobalFilters.PatchFilters) != 1 {
		t.Errorf("baseline %+v", b)
	}
	wantTexts(t, b.Warnings)
}

func TestParse_reads_what_AWS_takes(t *testing.T) {
	b := parsed(t, created)
	if b.BaselineID != "" || b.Name != "prod-debian" || b.OperatingSystem != "DEBIAN" || len(b.ApprovalRules.PatchRules) != 1 {
		t.Errorf("baseline %+v", b)
	}
}

func TestParse_leaves_alone_what_it_does_not_know(t *testing.T) {
	parsed(t, `{"Name": "n", "Version": 7, "Warnings": "x", "Sources": [{"Name": "s", "Products": ["*"], "Configuration": "deb …"}], "Future": {"a": [1]}}`)
	parsed(t, "\ufeff"+`{"Name": "n"}`)
	parsed(t, `{"Name": "n", "CreatedDate": "2023-11-14T23:13:20.123000+01:00", "ModifiedDate": 17e8}`)
}

func TestParse_refuses(t *testing.T) {
	rule := func(inside string) string {
		return `{"Name": "n", "ApprovalRules": {"PatchRules": [{"PatchFilterGroup": {"PatchFilters": []}}, {` + inside + `}]}}`
	}
	for _, row := range []struct{ name, text, field, problem string }{
		{"nothing", " \n\t", "baseline", "is empty"},
		{"a list", `[]`, "baseline", "is a JSON array, want an object"},
		{"null", `null`, "baseline", "has no field of a patch baseline"},
		{"no JSON", `Name: n`, "baseline", "not JSON (line 1, column 1)"},
		{"half of it", `{"Name": "n", "ApprovalRules": {`, "baseline", "it ends too early"},
		{"a trailing comma", "{\n  \"Name\": \"n\",\n  \"ApprovedPatches\": [\"a\",],\n}", "baseline", "not JSON (line 3, column 27)"},
		{"a trailing comma at the end", "{\n  \"Name\": \"n\",\n}", "baseline", "not JSON (line 3, column 1)"},
		{"two documents", `{"Name": "n"} {"Name": "m"}`, "baseline", "something follows the JSON object (line 1, column 15)"},
		{"a scan", `{"v": 1, "id": "s", "host": "web-1", "taken_at": "2026-11-20T10:00:00Z", "complete": true, "packages": []}`, "baseline", "has no field of a patch baseline"},
		{"a list of baselines", `{"BaselineIdentities": [{"BaselineId": "pb-1", "BaselineName": "n"}]}`, "baseline", "has no field of a patch baseline"},
		{"a text where a list is due", `{"Name": "n", "ApprovedPatches": "nginx"}`, "ApprovedPatches", "string does not fit here, want a list (line 1, column 40)"},
		{"a number where a text is due", `{"Name": 7}`, "Name", "number does not fit here, want a string"},
		{"a text where true or false is due", rule(`"PatchFilterGroup": {}, "EnableNonSecurity": "yes"`), "ApprovalRules.PatchRules.EnableNonSecurity", "want true or false"},
		{"a list where an object is due", `{"GlobalFilters": []}`, "GlobalFilters", "want an object"},
		{"a text where a number is due", rule(`"PatchFilterGroup": {}, "ApproveAfterDays": "7"`), "ApprovalRules.PatchRules.ApproveAfterDays", "want a number"},
		{"an operating system that AWS does not know", `{"OperatingSystem": "Ubuntu"}`, "OperatingSystem", `unknown value "Ubuntu"`},
		{"an unknown level of a rule", rule(`"PatchFilterGroup": {}, "ComplianceLevel": "SEVERE"`), "ApprovalRules.PatchRules[1].ComplianceLevel", `unknown value "SEVERE"`},
		{"an unknown level of the list", `{"Name": "n", "ApprovedPatchesComplianceLevel": "high"}`, "ApprovedPatchesComplianceLevel", `unknown value "high"`},
		{"an unknown action", `{"Name": "n", "RejectedPatchesAction": "ALLOW"}`, "RejectedPatchesAction", "ALLOW_AS_DEPENDENCY BLOCK"},
		{"an unknown status", `{"Name": "n", "AvailableSecurityUpdatesComplianceStatus": "UNKNOWN"}`, "AvailableSecurityUpdatesComplianceStatus", `unknown value "UNKNOWN"`},
		{"an unknown key of a global filter", `{"GlobalFilters": {"PatchFilters": [{"Key": "priority", "Values": ["*"]}]}}`, "GlobalFilters.PatchFilters[0].Key", `unknown value "priority"`},
		{"an unknown key of a rule's filter", rule(`"PatchFilterGroup": {"PatchFilters": [{"Key": "PRODUCT"}, {"Key": "ORIGIN"}]}`), "ApprovalRules.PatchRules[1].PatchFilterGroup.PatchFilters[1].Key", `unknown value "ORIGIN"`},
		{"a filter without a key", `{"GlobalFilters": {"PatchFilters": [{"Values": ["*"]}]}}`, "GlobalFilters.PatchFilters[0].Key", "is required"},
		{"a rule without a filter group", rule(`"ComplianceLevel": "LOW"`), "ApprovalRules.PatchRules[1].PatchFilterGroup", "is required"},
		{"a rule that is null", `{"ApprovalRules": {"PatchRules": [null]}}`, "ApprovalRules.PatchRules[0].PatchFilterGroup", "is required"},
		{"a field twice", `{"Name": "n", "RejectedPatches": ["a"], "RejectedPatches": []}`, "RejectedPatches", "is given twice (line 1, column 57)"},
		{"a field twice, in another case", `{"Name": "n", "NAME": "m"}`, "NAME", "is given twice"},
		{"a field twice in a rule", rule(`"PatchFilterGroup": {}, "PatchFilterGroup": {}`), "ApprovalRules.PatchRules[1].PatchFilterGroup", "is given twice"},
		{"a field twice in what it does not know", `{"Name": "n", "Sources": [{"x": [], "x": {}}]}`, "Sources[0].x", "is given twice"},
		{"more than a megabyte", `{"Name": "` + strings.Repeat("n", MaxBytes) + `"}`, "baseline", "the bound is 1048576"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b, err := Parse([]byte(row.text))
			wantFieldError(t, err, row.field, row.problem)
			if b != nil {
				t.Error("there is a baseline beside the error")
			}
		})
	}
}

func wantFieldError(t *testing.T, err error, field, problem string) {
	t.Helper()
	var f *messages.FieldError
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want a *messages.FieldError", err)
	}
	if f.Field != field || !strings.Contains(f.Problem, problem) {
		t.Errorf("got %q: %q\nwant %q: …%q…", f.Field, f.Problem, field, problem)
	}
}

func TestParse_takes_every_value_of_the_enums(t *testing.T) {
	for _, system := range operatingSystems {
		parsed(t, `{"OperatingSystem": "`+system+`"}`)
	}
	for _, level := range messages.Levels() {
		parsed(t, `{"Name": "n", "ApprovedPatchesComplianceLevel": "`+string(level)+`"}`)
	}
	for _, key := range filterKeys {
		parsed(t, `{"GlobalFilters": {"PatchFilters": [{"Key": "`+key+`", "Values": ["*"]}]}}`)
	}
	parsed(t, `{"Name": "n", "RejectedPatchesAction": "ALLOW_AS_DEPENDENCY"}`)
}

func TestParse_warns(t *testing.T) {
	list := func(n int, text string) string {
		return `["` + strings.Join(repeat(text, n), `", "`) + `"]`
	}
	rule := `{"PatchFilterGroup": {"PatchFilters": []}}`
	withRule := func(more, system string) string {
		return `{"OperatingSystem": "` + system + `", "ApprovalRules": {"PatchRules": [{` + more + `}]}}`
	}
	const noEffect = "has no effect on Debian and Ubuntu"
	for _, row := range []struct {
		name, text string
		want       []string // beginnings, one for each warning
	}{
		{"of nothing in an ordinary one", `{"ApprovalRules": {"PatchRules": [` + rule + `]}}`, nil},
		{"of nothing at the limits", `{"ApprovedPatches": ` + list(50, "a") + `, "RejectedPatches": ` + list(50, strings.Repeat("é", 100)) + `}`, nil},
		{"of a baseline that approves nothing", `{"Name": "n", "RejectedPatches": ["a"]}`, []string{"ApprovalRules: there is no rule"}},
		{"of more than 10 rules", `{"ApprovalRules": {"PatchRules": [` + strings.Join(repeat(rule, 11), ",") + `]}}`, []string{"ApprovalRules.PatchRules: 11 entries, AWS allows 10"}},
		{"of more than 4 filters, and of a repeated key", `{"ApprovedPatches": ["a"], "GlobalFilters": {"PatchFilters": [` + strings.Join(repeat(`{"Key": "SECTION", "Values": ["a"]}`, 5), ",") + `]}}`, []string{
			"GlobalFilters.PatchFilters: 5 entries, AWS allows 4", "GlobalFilters.PatchFilters[1].Key: SECTION stands here a second time",
			"GlobalFilters.PatchFilters[2].Key", "GlobalFilters.PatchFilters[3].Key", "GlobalFilters.PatchFilters[4].Key",
		}},
		{"of more than 20 values", withRule(`"PatchFilterGroup": {"PatchFilters": [{"Key": "SECTION", "Values": `+list(21, "a")+`}]}`, "UBUNTU"), []string{"ApprovalRules.PatchRules[0].PatchFilterGroup.PatchFilters[0].Values: 21 entries, AWS allows 20"}},
		{"of no values", withRule(`"PatchFilterGroup": {"PatchFilters": [{"Key": "SECTION"}]}`, "UBUNTU"), []string{"ApprovalRules.PatchRules[0].PatchFilterGroup.PatchFilters[0].Values: is empty, so it accepts nothing"}},
		{"of more than 50 entries", `{"ApprovedPatches": ` + list(51, "a") + `, "RejectedPatches": ` + list(51, "a") + `}`, []string{"ApprovedPatches: 51 entries, AWS allows 50", "RejectedPatches: 51 entries, AWS allows 50"}},
		{"of a long and of an empty entry", `{"ApprovedPatches": ["` + strings.Repeat("é", 101) + `", ""]}`, []string{"ApprovedPatches[0]: 101 characters, AWS allows 100", "ApprovedPatches[1]: is empty and fits nothing"}},
		{"of days", withRule(`"PatchFilterGroup": {}, "ApproveAfterDays": 7`, "UBUNTU"), []string{"ApprovalRules.PatchRules[0].ApproveAfterDays: " + noEffect}},
		{"of days where the system is any", withRule(`"PatchFilterGroup": {}, "ApproveAfterDays": 7`, ""), []string{"ApprovalRules.PatchRules[0].ApproveAfterDays: " + noEffect}},
		{"of a date", withRule(`"PatchFilterGroup": {}, "ApproveUntilDate": "2026-01-31"`, "DEBIAN"), []string{"ApprovalRules.PatchRules[0].ApproveUntilDate: " + noEffect}},
		{"of nothing for zero days", withRule(`"PatchFilterGroup": {}, "ApproveAfterDays": 0`, "UBUNTU"), nil},
		{"of both days and date", withRule(`"PatchFilterGroup": {}, "ApproveAfterDays": 0, "ApproveUntilDate": "2026-01-31"`, "WINDOWS"), []string{"ApprovalRules.PatchRules[0]: ApproveAfterDays and ApproveUntilDate exclude each other"}},
		{"of days that AWS refuses", withRule(`"PatchFilterGroup": {}, "ApproveAfterDays": 1.5`, "WINDOWS"), []string{"ApprovalRules.PatchRules[0].ApproveAfterDays: 1.5, AWS allows whole numbers"}},
		{"of too many days", withRule(`"PatchFilterGroup": {}, "ApproveAfterDays": 361`, "WINDOWS"), []string{"ApprovalRules.PatchRules[0].ApproveAfterDays: 361, AWS allows whole numbers"}},
		{"of a key that is not apt's", withRule(`"PatchFilterGroup": {"PatchFilters": [{"Key": "SEVERITY", "Values": ["Critical"]}]}`, "RASPBIAN"), []string{"ApprovalRules.PatchRules[0].PatchFilterGroup.PatchFilters[0].Key: SEVERITY " + noEffect}},
		{"of nothing on systems whose keys those are", withRule(`"PatchFilterGroup": {"PatchFilters": [{"Key": "SEVERITY", "Values": ["Critical"]}]}, "ApproveAfterDays": 7`, "AMAZON_LINUX_2"), nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := parsed(t, row.text).Warnings
			if len(got) != len(row.want) {
				t.Fatalf("got %q, want %q", got, row.want)
			}
			for i := range got {
				if !strings.HasPrefix(got[i], row.want[i]) {
					t.Errorf("got %q, want %q…", got[i], row.want[i])
				}
			}
		})
	}
}

func TestBuiltin_baselines(t *testing.T) {
	for name, system := range map[string]string{
		"AWS-UbuntuDefaultPatchBaseline": "UBUNTU", "AWS-DebianDefaultPatchBaseline": "DEBIAN", "AWS-DefaultRaspbianPatchBaseline": "RASPBIAN",
	} {
		t.Run(name, func(t *testing.T) {
			b := Builtin(name)
			if b == nil || b.OperatingSystem != system || b.Version != 0 || len(b.ApprovalRules.PatchRules) != 1 {
				t.Fatalf("got %+v", b)
			}
			text, err := json.Marshal(b)
			if err != nil {
				t.Fatal(err)
			}
			wantTexts(t, parsed(t, string(text)).Warnings)
			if again := parsed(t, string(text)); !reflect.DeepEqual(again, b) {
				t.Errorf("got %+v\nwant %+v", again, b)
			}
		})
	}
	if got := Builtin("AWS-WindowsDefaultPatchBaseline"); got != nil {
		t.Errorf("got %+v", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{printed, created, `{"Name": "n"}`, `{"Name": "n", "CreatedDate": 1E456}`, `{"ApprovalRules": {"PatchRules": [{}]}}`, `{`, `[]`, "{\"Name\":\n\"n\",}", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := Parse(text)
		if err != nil {
			var field *messages.FieldError
			if b != nil || !errors.As(err, &field) || field.Field == "" || field.Problem == "" {
				t.Errorf("got %v and %v", b, err)
			}
			return
		}
		again, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Parse(again)
		if err != nil {
			t.Fatalf("%s\nis refused when it is written anew: %v", text, err)
		}
		if third, err := json.Marshal(c); err != nil || !bytes.Equal(again, third) {
			t.Fatalf("written anew it is %s\nand then %s, %v", again, third, err)
		}
	})
}

func repeat(text string, n int) []string { return slices.Repeat([]string{text}, n) }

func TestParse_refuses_a_text_that_no_message_could_quote(t *testing.T) {
	long := strings.Repeat("x", messages.MaxStringBytes+1)
	for field, text := range map[string]string{
		"Name":               `{"Name": "` + long + `"}`,
		"BaselineId":         `{"BaselineId": "` + long + `"}`,
		"ApprovedPatches[1]": `{"ApprovedPatches": ["a", "` + long + `"]}`,
		"RejectedPatches[0]": `{"RejectedPatches": ["` + long + `"]}`,
		"GlobalFilters.PatchFilters[0].Values[0]": `{"GlobalFilters": {"PatchFilters": [{"Key": "SECTION", "Values": ["` + long + `"]}]}}`,
	} {
		_, err := Parse([]byte(text))
		var refused *messages.FieldError
		if !errors.As(err, &refused) || refused.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func wantTexts(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
