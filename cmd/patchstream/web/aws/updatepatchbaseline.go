package aws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/classify/baseline"
)

// updatePatchBaseline changes what is given of a baseline; with Replace what is not given is as if it were created without it. Others' changes of other
// parts at the same time stand.
func (s *service) updatePatchBaseline(ctx context.Context, who Caller, in *ssm.UpdatePatchBaselineInput) (*ssm.UpdatePatchBaselineOutput, error) {
	shelf, err := s.shelfToChange(ctx, who)
	if err != nil {
		return nil, err
	}
	if aws.ToBool(in.Replace) && in.Name == nil {
		return nil, invalid("with Replace, Name is required as in CreatePatchBaseline")
	}
	id, err := shelf.findOwn(*in.BaselineId)
	if err != nil {
		return nil, err
	}
	_, err = shelf.store.Update(ctx, id, func(text []byte) ([]byte, error) { return updated(text, in) })
	if err != nil {
		return nil, err
	}
	s.acts(ctx, who, "baseline "+id)
	if shelf, err = s.shelf(ctx, who); err != nil {
		return nil, err
	}
	_, b, err := shelf.find(*in.BaselineId)
	if err != nil {
		return nil, err
	}
	now, err := shelf.whole(ctx, id, b)
	if err != nil {
		return nil, err
	}
	return &ssm.UpdatePatchBaselineOutput{
		BaselineId: now.BaselineId, Name: now.Name, OperatingSystem: now.OperatingSystem, Description: now.Description, Sources: now.Sources,
		GlobalFilters: now.GlobalFilters, ApprovalRules: now.ApprovalRules,
		ApprovedPatches: now.ApprovedPatches, ApprovedPatchesComplianceLevel: now.ApprovedPatchesComplianceLevel, ApprovedPatchesEnableNonSecurity: now.ApprovedPatchesEnableNonSecurity,
		RejectedPatches: now.RejectedPatches, RejectedPatchesAction: now.RejectedPatchesAction,
		AvailableSecurityUpdatesComplianceStatus: now.AvailableSecurityUpdatesComplianceStatus, CreatedDate: now.CreatedDate, ModifiedDate: now.ModifiedDate,
	}, nil
}

// findOwn is find for what is changed: a predefined one is not.
func (b *shelf) findOwn(given string) (string, error) {
	id, _, err := b.find(given)
	if err == nil && baseline.Builtin(id) != nil {
		err = invalid("%s is predefined, and cannot be changed", id)
	}
	return id, err
}

// updated is a stored baseline with what a request changes of it.
func updated(text []byte, in *ssm.UpdatePatchBaselineInput) ([]byte, error) {
	b, err := baseline.Parse(text)
	if err != nil {
		return nil, err
	}
	of, err := described(b, text)
	if err != nil {
		return nil, err
	}
	if aws.ToBool(in.Replace) {
		of = &ssm.GetPatchBaselineOutput{OperatingSystem: of.OperatingSystem}
	}
	replace(&of.Name, in.Name)
	replace(&of.Description, in.Description)
	replace(&of.GlobalFilters, in.GlobalFilters)
	replace(&of.ApprovalRules, in.ApprovalRules)
	replace(&of.ApprovedPatchesEnableNonSecurity, in.ApprovedPatchesEnableNonSecurity)
	replaceWord(&of.ApprovedPatchesComplianceLevel, in.ApprovedPatchesComplianceLevel)
	replaceWord(&of.RejectedPatchesAction, in.RejectedPatchesAction)
	replaceWord(&of.AvailableSecurityUpdatesComplianceStatus, in.AvailableSecurityUpdatesComplianceStatus)
	replaceList(&of.ApprovedPatches, in.ApprovedPatches)
	replaceList(&of.RejectedPatches, in.RejectedPatches)
	replaceList(&of.Sources, in.Sources)
	complete(of)
	return textOf(of)
}

func replace[T any](to **T, by *T) {
	if by != nil {
		*to = by
	}
}

func replaceWord[T ~string](to *T, by T) {
	if by != "" {
		*to = by
	}
}

func replaceList[T string | types.PatchSource](to *[]T, by []T) {
	if by != nil {
		*to = by
	}
}
