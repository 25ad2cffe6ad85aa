package aws

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// registerDefaultPatchBaseline makes a baseline the default of its system.
func (s *service) registerDefaultPatchBaseline(ctx context.Context, who Caller, in *ssm.RegisterDefaultPatchBaselineInput) (*ssm.RegisterDefaultPatchBaselineOutput, error) {
	shelf, err := s.shelfToChange(ctx, who)
	if err != nil {
		return nil, err
	}
	id, system, err := shelf.findForSystem(*in.BaselineId)
	if err != nil {
		return nil, err
	}
	if err := shelf.store.SetDefault(ctx, system, id); err != nil {
		return nil, err
	}
	s.acts(ctx, who, "the default of "+system)
	return &ssm.RegisterDefaultPatchBaselineOutput{BaselineId: aws.String(BaselineID(id))}, nil
}

// getDefaultPatchBaseline says which baseline is the default of a system, Windows where none is named.
func (s *service) getDefaultPatchBaseline(ctx context.Context, who Caller, in *ssm.GetDefaultPatchBaselineInput) (*ssm.GetDefaultPatchBaselineOutput, error) {
	shelf, err := s.shelf(ctx, who)
	if err != nil {
		return nil, err
	}
	system := cmp.Or(in.OperatingSystem, types.OperatingSystemWindows)
	return &ssm.GetDefaultPatchBaselineOutput{BaselineId: aws.String(BaselineID(shelf.defaultOf(string(system)))), OperatingSystem: system}, nil
}
