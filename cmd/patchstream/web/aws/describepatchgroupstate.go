package aws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// describePatchGroupState answers on how many hosts of a group there is a patch in each state. Hosts of which nothing is known count as
// hosts, and nowhere else.
func (s *service) describePatchGroupState(ctx context.Context, who Caller, in *ssm.DescribePatchGroupStateInput) (*ssm.DescribePatchGroupStateOutput, error) {
	f := query.Filter{Groups: []string{aws.ToString(in.PatchGroup)}, Scope: who.Groups}
	all, err := s.Index.Holders(ctx, f)
	if err != nil {
		return nil, err
	}
	f.Status = reported
	known, err := s.Index.Holders(ctx, f)
	if err != nil {
		return nil, err
	}
	with := func(key string) int32 { return int32(known.With[key]) }
	state := func(s messages.State) int32 { return with(string(s)) }
	return &ssm.DescribePatchGroupStateOutput{
		Instances:                                   int32(all.Hosts),
		InstancesWithInstalledPatches:               state(messages.Installed),
		InstancesWithInstalledOtherPatches:          state(messages.InstalledOther),
		InstancesWithInstalledPendingRebootPatches:  aws.Int32(state(messages.InstalledPendingReboot)),
		InstancesWithInstalledRejectedPatches:       aws.Int32(state(messages.InstalledRejected)),
		InstancesWithMissingPatches:                 state(messages.Missing),
		InstancesWithFailedPatches:                  state(messages.Failed),
		InstancesWithNotApplicablePatches:           state(messages.NotApplicable),
		InstancesWithUnreportedNotApplicablePatches: aws.Int32(0),
		InstancesWithAvailableSecurityUpdates:       aws.Int32(state(messages.AvailableSecurityUpdate)),
		InstancesWithCriticalNonCompliantPatches:    aws.Int32(with(messages.CriticalNonCompliant)),
		InstancesWithSecurityNonCompliantPatches:    aws.Int32(with(messages.SecurityNonCompliant)),
		InstancesWithOtherNonCompliantPatches:       aws.Int32(with(messages.OtherNonCompliant)),
	}, nil
}
