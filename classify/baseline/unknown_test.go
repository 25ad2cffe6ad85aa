package baseline

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/messages"
)

func TestFieldsThatNobodyReadsAreNamedWithWhatMayBeMeant(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"misspelled":        {`{"Name":"n","ApprovedPatches":["a"],"ApprovedPatchs":["b"]}`, "ApprovedPatchs: is no field of a baseline, and has no effect: did you mean ApprovedPatches?"},
		"in another place":  {`{"Name":"n","ApprovedPatches":["a"],"PatchRules":[]}`, "PatchRules: is no field of a baseline, and has no effect: did you mean ApprovalRules.PatchRules?"},
		"of Terraform":      {`{"Name":"n","ApprovedPatches":["a"],"rejected_patches":["b"]}`, "rejected_patches: is no field of a baseline, and has no effect: did you mean RejectedPatches?"},
		"in a rule":         {`{"Name":"n","ApprovalRules":{"PatchRules":[{"PatchFilterGroup":{"PatchFilters":[]},"ComplianceLvl":"HIGH"}]}}`, "ApprovalRules.PatchRules[0].ComplianceLvl: is no field of a baseline, and has no effect: did you mean ComplianceLevel?"},
		"in a filter":       {`{"Name":"n","ApprovedPatches":["a"],"GlobalFilters":{"PatchFilters":[{"Key":"PRODUCT","Values":["*"],"Value":"x"}]}}`, "GlobalFilters.PatchFilters[0].Value: is no field of a baseline, and has no effect: did you mean Values?"},
		"like nothing":      {`{"Name":"n","ApprovedPatches":["a"],"Zebra":{"a":1}}`, "Zebra: is no field of a baseline, and has no effect"},
		"read in any case":  {`{"Name":"n","approvedpatches":["a"]}`, ""},
		"of AWS's printout": {`{"Name":"n","ApprovedPatches":["a"],"PatchGroups":["g"],"CreatedDate":1,"Sources":[{"Name":"s","Products":["*"],"Configuration":"c"}],"Tags":[{"Key":"k","Value":"v"}]}`, ""},
	} {
		if got := strings.Join(parsed(t, c.text).Warnings, "\n"); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
	many := `{"Name":"n","ApprovedPatches":["a"],"x1":0,` + strings.Repeat(" ", 3)
	for r := 'a'; r <= 'z'; r++ {
		many += `"zz` + string(r) + `zz":1,`
	}
	if got := parsed(t, many+`"x2":0}`).Warnings; len(got) != mostUnknown+1 || got[mostUnknown] != "8 more fields are not known" {
		t.Errorf("%d: %s", len(got), got[len(got)-1])
	}
}

func TestTheLanguageOfAnotherToolIsNamed(t *testing.T) {
	for name, c := range map[string]struct{ text, tool string }{
		"Terraform":                {"resource \"aws_ssm_patch_baseline\" \"prod\" {\n  name = \"prod\"\n}", "Terraform"},
		"Terraform's JSON":         {`{"resource":{"aws_ssm_patch_baseline":{"prod":{"name":"prod"}}}}`, "Terraform"},
		"Terraform's attributes":   {`{"operating_system":"UBUNTU","approval_rule":[{"patch_filter":[]}]}`, "Terraform"},
		"CloudFormation":           {`{"Resources":{"B":{"Type":"AWS::SSM::PatchBaseline","Properties":{"Name":"prod"}}}}`, "CloudFormation"},
		"CloudFormation in YAML":   {"Resources:\n  B:\n    Type: AWS::SSM::PatchBaseline\n", "CloudFormation"},
		"a baseline that names it": {`{"Name":"n","Description":"was aws_ssm_patch_baseline.prod"}`, ""},
		"a scan":                   {`{"v":1,"host":"web-1","taken_at":"x"}`, ""},
		"nothing":                  {``, ""},
	} {
		err := CheckLanguage([]byte(c.text))
		var field *messages.FieldError
		switch {
		case c.tool == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.tool != "" && (!errors.As(err, &field) || !strings.Contains(field.Problem, c.tool) || !strings.Contains(field.Problem, "aws ssm get-patch-baseline")):
			t.Errorf("%s: %v", name, err)
		}
		if _, parseErr := Parse([]byte(c.text)); c.tool != "" && (parseErr == nil || parseErr.Error() != err.Error()) {
			t.Errorf("%s: Parse says %v", name, parseErr)
		}
	}
}

func TestValuesOfNoListAreNamed(t *testing.T) {
	for name, c := range map[string]struct{ system, key, value, want string }{
		"a blank":               {"UBUNTU", "PRODUCT", "Ubuntu 22.04", `has PRODUCT "Ubuntu 22.04": did you mean Ubuntu22.04?`},
		"a code name":           {"UBUNTU", "PRODUCT", "jammy", `has PRODUCT "jammy": such a value is Ubuntu22.04`},
		"another system's":      {"UBUNTU", "PRODUCT", "Debian12", "such a value is Ubuntu22.04"},
		"a severity":            {"UBUNTU", "PRIORITY", "Critical", `has PRIORITY "Critical": there are Required Important Standard Optional Extra`},
		"a section":             {"DEBIAN", "SECTION", "librarys", "no host and no list that is known has SECTION"},
		"a severity of rpm":     {"REDHAT_ENTERPRISE_LINUX", "SEVERITY", "High", "there are Critical Important Moderate Medium Low None"},
		"a classification":      {"AMAZON_LINUX_2023", "CLASSIFICATION", "Securty", "did you mean Security?"},
		"of Windows":            {"WINDOWS", "MSRC_SEVERITY", "High", "there are Critical"},
		"of any system":         {"", "PRODUCT", "Ubuntu22", "such a value is Ubuntu22.04 or Debian12 or Raspbian12"},
		"good":                  {"UBUNTU", "PRODUCT", "ubuntu24.04", ""},
		"good, debian":          {"DEBIAN", "PRODUCT", "Debian13", ""},
		"good section":          {"UBUNTU", "SECTION", "universe/net", ""},
		"good of rpm":           {"REDHAT_ENTERPRISE_LINUX", "PRODUCT", "RedhatEnterpriseLinux9", ""},
		"everything":            {"UBUNTU", "PRODUCT", "*", ""},
		"a key without effect":  {"UBUNTU", "SEVERITY", "High", ""},
		"products of Windows":   {"WINDOWS", "PRODUCT", "WindowsServer2022", ""},
		"a host has it":         {"UBUNTU", "PRODUCT", "Zorin17", ""},
		"priority in any case":  {"DEBIAN", "PRIORITY", "required", ""},
		"of macOS":              {"MACOS", "PRODUCT", "macOS26.3", ""},
		"of Amazon Linux":       {"AMAZON_LINUX_2", "PRODUCT", "AmazonLinux2.0", ""},
		"what AWS calls SUSE":   {"SUSE", "PRODUCT", "Suse15.5", ""},
		"recommended of a Mac":  {"MACOS", "CLASSIFICATION", "Recommended", ""},
		"an own classification": {"SUSE", "CLASSIFICATION", "Yast", ""},
	} {
		b := &Baseline{OperatingSystem: c.system}
		b.GlobalFilters.PatchFilters = []Filter{{Key: c.key, Values: []string{"*", c.value}}}
		got := strings.Join(b.UnknownValues(func(key, value string) bool { return key == "PRODUCT" && value == "Zorin17" }), "\n")
		if c.want == "" && got != "" || c.want != "" && !(strings.HasPrefix(got, "GlobalFilters.PatchFilters[0].Values[1]: ") && strings.Contains(got, c.want)) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for _, b := range Builtins() {
		if got := b.UnknownValues(nil); len(got) > 0 {
			t.Errorf("%s: %q", b.Name, got)
		}
	}
}

func TestDiffIsInTermsOfRules(t *testing.T) {
	rule := func(product, priority, level, more string) string {
		return `{"PatchFilterGroup":{"PatchFilters":[{"Key":"PRODUCT","Values":["` + product + `"]},{"Key":"PRIORITY","Values":[` + priority + `]}]},"ComplianceLevel":"` + level + `"` + more + `}`
	}
	with := func(approved string, rules ...string) *Baseline {
		return parsed(t, `{"Name":"n","OperatingSystem":"UBUNTU","ApprovedPatches":[`+approved+`],"ApprovalRules":{"PatchRules":[`+strings.Join(rules, ",")+`]}}`)
	}
	jammy := rule("Ubuntu22.04", `"Required","Important"`, "HIGH", "")
	noble := rule("Ubuntu24.04", `"Required"`, "LOW", "")
	for name, c := range map[string]struct {
		a, b *Baseline
		want []string
	}{
		"the same, in another order": {with(`"a","b"`, jammy, noble), with(`"b","a"`, noble, rule("Ubuntu22.04", `"Important","Required"`, "HIGH", "")), nil},
		"a level": {with("", jammy, noble), with("", jammy, rule("Ubuntu24.04", `"Required"`, "MEDIUM", "")),
			[]string{"rule 2: PRIORITY Required; PRODUCT Ubuntu24.04: LOW → PRIORITY Required; PRODUCT Ubuntu24.04: MEDIUM"}},
		"a rule before the others": {with("", jammy), with("", noble, jammy), []string{"rule 1:  → PRIORITY Required; PRODUCT Ubuntu24.04: LOW"}},
		"a rule less":              {with("", jammy, noble), with("", noble), []string{"rule 1: PRIORITY Important, Required; PRODUCT Ubuntu22.04: HIGH → "}},
		"a value":                  {with("", jammy), with("", rule("Ubuntu22.04", `"Required"`, "HIGH", "")), []string{"rule 1: PRIORITY Important, Required; PRODUCT Ubuntu22.04: HIGH → PRIORITY Required; PRODUCT Ubuntu22.04: HIGH"}},
		"a delay":                  {with("", noble), with("", rule("Ubuntu24.04", `"Required"`, "LOW", `,"ApproveAfterDays":7,"EnableNonSecurity":true`)), []string{"rule 1: PRIORITY Required; PRODUCT Ubuntu24.04: LOW → PRIORITY Required; PRODUCT Ubuntu24.04: LOW, after 7 days, not only security"}},
		"entries":                  {with(`"a","b"`), with(`"b","c"`), []string{"ApprovedPatches: a → ", "ApprovedPatches:  → c"}},
	} {
		var got []string
		for _, d := range Diff(c.a, c.b) {
			got = append(got, d.What+": "+d.From+" → "+d.To)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}
