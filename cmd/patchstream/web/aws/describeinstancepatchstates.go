package aws

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/worker/query"
)

// describeInstancePatchStates answers with the counts of hosts. One that is not known is left out.
func (s *service) describeInstancePatchStates(ctx context.Context, who Caller, in *ssm.DescribeInstancePatchStatesInput) (*ssm.DescribeInstancePatchStatesOutput, error) {
	out := &ssm.DescribeInstancePatchStatesOutput{InstancePatchStates: []types.InstancePatchState{}}
	ids := slices.Compact(slices.Sorted(slices.Values(in.InstanceIds)))
	for _, id := range ids {
		answer, err := s.Index.Host(ctx, id, who.Groups)
		if errors.Is(err, query.ErrUnknownHost) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out.InstancePatchStates = append(out.InstancePatchStates, types.InstancePatchState{InstanceId: aws.String(answer.Host.Host)})
	}
	return out, nil
}
