package aws

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/worker/baselines"
)

// deletePatchBaseline removes a baseline that applies to nothing.
func (s *service) deletePatchBaseline(ctx context.Context, who Caller, in *ssm.DeletePatchBaselineInput) (*ssm.DeletePatchBaselineOutput, error) {
	shelf, err := s.shelfToChange(ctx, who)
	if err != nil {
		return nil, err
	}
	id, err := shelf.findOwn(*in.BaselineId)
	if err != nil {
		return nil, err
	}
	err = shelf.store.Remove(ctx, id)
	if errors.Is(err, baselines.ErrBound) {
		return nil, &types.ResourceInUseException{Message: aws.String(err.Error())}
	}
	if err != nil {
		return nil, err
	}
	return &ssm.DeletePatchBaselineOutput{BaselineId: aws.String(BaselineID(id))}, nil
}
