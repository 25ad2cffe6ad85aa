package aws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/worker/query"
)

const defaultStates = 50

// describeInstancePatchStates answers with the counts of hosts, by name. One that is not known is left out.
func (s *service) describeInstancePatchStates(ctx context.Context, who Caller, in *ssm.DescribeInstancePatchStatesInput) (*ssm.DescribeInstancePatchStatesOutput, error) {
	states, next, err := s.patchStates(ctx, query.Filter{Names: append([]string{}, in.InstanceIds...), Scope: who.Groups}, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &ssm.DescribeInstancePatchStatesOutput{InstancePatchStates: states, NextToken: next}, nil
}

// patchStates is a page of the hosts of a filter of which something is known.
func (s *service) patchStates(ctx context.Context, f query.Filter, asked *int32, after *string) ([]types.InstancePatchState, *string, error) {
	f.Status = reported
	page, err := s.Index.Hosts(ctx, query.HostsQuestion{Filter: f, Sort: query.ByHost, Limit: most(asked, defaultStates), Cursor: aws.ToString(after)})
	if err != nil {
		return nil, nil, err
	}
	states := make([]types.InstancePatchState, 0, page.Len())
	for h := range page.Hosts() {
		states = append(states, patchState(&h))
	}
	return states, token(page.Next), nil
}
