package classify

import (
	"testing"

	"github.com/patchstream/patchstream/classify/baseline"
)

func TestBuiltin_baselines_accept(t *testing.T) {
	for _, b := range baseline.Builtins() {
		if baseline.FamilyOf(b.OperatingSystem) != baseline.Apt {
			continue
		}
		t.Run(b.Name, func(t *testing.T) {
			for _, priority := range []string{"required", "important", "standard", "optional", "extra"} {
				wantAccepts(t, b, "1.1 security priority="+priority, yes)
			}
			wantAccepts(t, b, "1.1 security priority=source", no)
			wantAccepts(t, b, "1.1 security priority=", yes)
			wantAccepts(t, b, "1.1 updates", no)
		})
	}
}

func TestApproveAfterDays_and_ApproveUntilDate_have_no_effect_on_apt(t *testing.T) {
	far := 10000.0
	wantAccepts(t, securityOnly(func(b *baseline.Baseline) { b.ApprovalRules.PatchRules[0].ApproveAfterDays = &far }), "1.1 security", yes)
	wantAccepts(t, securityOnly(func(b *baseline.Baseline) { b.ApprovalRules.PatchRules[0].ApproveUntilDate = "2000-01-01" }), "1.1 security", yes)
}

func TestReason_quotes_a_rule_of_many_values_in_short(t *testing.T) {
	values := make([]string, 1000)
	for i := range values {
		values[i] = "section-with-a-long-name"
	}
	fs := compileFilters(baseline.FilterGroup{PatchFilters: []baseline.Filter{{Key: "SECTION", Values: values}}}, &apt)
	if n := len(fs.describe()); n > 2*maxDescribed {
		t.Errorf("the rule is quoted in %d bytes", n)
	}
}
