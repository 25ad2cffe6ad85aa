package aws

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
)

// described is a baseline as GetPatchBaseline answers it, without what is not its own: id, dates and groups. text is what was stored, from which comes what
// decides about no package: the description and the sources.
func described(b *baseline.Baseline, text []byte) (*ssm.GetPatchBaselineOutput, error) {
	whole := *b
	whole.BaselineID = ""
	whole.ApprovalRules.PatchRules = slices.Clone(b.ApprovalRules.PatchRules)
	for i := range whole.ApprovalRules.PatchRules {
		r := &whole.ApprovalRules.PatchRules[i]
		if r.ApproveAfterDays != nil { // the model has whole numbers; the fewer days, the sooner something is due
			r.ApproveAfterDays = aws.Float64(math.Floor(*r.ApproveAfterDays))
		}
		if r.ComplianceLevel == "" {
			r.ComplianceLevel = messages.Unspecified
		}
	}
	canonical, err := json.Marshal(whole)
	if err != nil {
		return nil, err
	}
	out := &ssm.GetPatchBaselineOutput{}
	if err := decode(canonical, out); err != nil {
		return nil, err
	}
	var rest struct {
		Description *string
		Sources     []types.PatchSource
	}
	if len(text) > 0 {
		_ = json.Unmarshal(text, &rest) // what cannot be read of it decides about nothing
	}
	out.Description, out.Sources, out.BaselineId = rest.Description, rest.Sources, nil
	complete(out)
	return out, nil
}

// complete writes out what is meant where nothing is said, as AWS does.
func complete(out *ssm.GetPatchBaselineOutput) {
	if out.ApprovedPatchesComplianceLevel == "" {
		out.ApprovedPatchesComplianceLevel = types.PatchComplianceLevelUnspecified
	}
	if out.RejectedPatchesAction == "" {
		out.RejectedPatchesAction = types.PatchActionAllowAsDependency
	}
	if out.ApprovedPatchesEnableNonSecurity == nil {
		out.ApprovedPatchesEnableNonSecurity = aws.Bool(false)
	}
	if out.GlobalFilters == nil {
		out.GlobalFilters = &types.PatchFilterGroup{}
	}
	if out.ApprovalRules == nil {
		out.ApprovalRules = &types.PatchRuleGroup{}
	}
	out.GlobalFilters.PatchFilters = orEmpty(out.GlobalFilters.PatchFilters)
	out.ApprovalRules.PatchRules = orEmpty(out.ApprovalRules.PatchRules)
	out.ApprovedPatches, out.RejectedPatches, out.Sources = orEmpty(out.ApprovedPatches), orEmpty(out.RejectedPatches), orEmpty(out.Sources)
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// textOf writes a baseline as it is stored, and refuses what AWS would.
func textOf(of *ssm.GetPatchBaselineOutput) ([]byte, error) {
	text, err := encode(of)
	if err != nil {
		return nil, err
	}
	b, err := baseline.Parse(text)
	if err != nil {
		return nil, err
	}
	return text, accepted(b)
}

// accepted refuses what AWS refuses of a baseline and its model does not say.
func accepted(b *baseline.Baseline) error {
	family := baseline.FamilyOf(b.OperatingSystem)
	if family == nil {
		return nil
	}
	if err := acceptedKeys(b, family, "globalFilters", b.GlobalFilters); err != nil {
		return err
	}
	for i, r := range b.ApprovalRules.PatchRules {
		at := fmt.Sprintf("approvalRules.patchRules.%d.member", i+1)
		if err := acceptedKeys(b, family, at+".patchFilterGroup", *r.PatchFilterGroup); err != nil {
			return err
		}
		switch {
		case r.ApproveAfterDays != nil && r.ApproveUntilDate != "":
			return invalid("%s: ApproveAfterDays and ApproveUntilDate exclude each other", at)
		case r.ApproveAfterDays == nil && r.ApproveUntilDate == "" && family.Undated == "":
			return invalid("%s: %s needs ApproveAfterDays or ApproveUntilDate", at, b.OperatingSystem)
		}
	}
	return nil
}

func acceptedKeys(b *baseline.Baseline, family *baseline.Family, at string, g baseline.FilterGroup) error {
	for i, f := range g.PatchFilters {
		if !slices.Contains(family.FilterKeys, f.Key) {
			return invalid("%s.patchFilters.%d.member.key: %s has no effect on %s, whose keys are %s", at, i+1, f.Key, b.OperatingSystem, strings.Join(family.FilterKeys, ", "))
		}
	}
	return nil
}
