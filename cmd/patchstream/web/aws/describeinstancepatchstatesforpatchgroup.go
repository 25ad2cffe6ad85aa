package aws

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// describeInstancePatchStatesForPatchGroup answers with the counts of the hosts of a group, of which they may be bounded.
func (s *service) describeInstancePatchStatesForPatchGroup(ctx context.Context, who Caller, in *ssm.DescribeInstancePatchStatesForPatchGroupInput) (*ssm.DescribeInstancePatchStatesForPatchGroupOutput, error) {
	f := query.Filter{Groups: []string{aws.ToString(in.PatchGroup)}, Scope: who.Groups}
	for _, one := range in.Filters {
		c, err := counted(one)
		if err != nil {
			return nil, err
		}
		if c.Count != unreported {
			f.Counted = append(f.Counted, c)
		} else if !c.Fits(0) {
			f.Names = []string{} // none
		}
	}
	states, next, err := s.patchStates(ctx, f, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &ssm.DescribeInstancePatchStatesForPatchGroupOutput{InstancePatchStates: states, NextToken: next}, nil
}

// unreported is a count that is always 0 here: what does not apply is listed.
const unreported = "UnreportedNotApplicableCount"

// counts are ours, by the members of AWS's answer.
var counts = map[string]string{
	"InstalledCount":               string(messages.Installed),
	"InstalledOtherCount":          string(messages.InstalledOther),
	"InstalledPendingRebootCount":  string(messages.InstalledPendingReboot),
	"InstalledRejectedCount":       string(messages.InstalledRejected),
	"MissingCount":                 string(messages.Missing),
	"FailedCount":                  string(messages.Failed),
	"NotApplicableCount":           string(messages.NotApplicable),
	"AvailableSecurityUpdateCount": string(messages.AvailableSecurityUpdate),
	"CriticalNonCompliantCount":    messages.CriticalNonCompliant,
	"SecurityNonCompliantCount":    messages.SecurityNonCompliant,
	"OtherNonCompliantCount":       messages.OtherNonCompliant,
	unreported:                     unreported,
}

var comparisons = map[types.InstancePatchStateOperatorType]query.Comparison{
	types.InstancePatchStateOperatorTypeEqual:       query.Equal,
	types.InstancePatchStateOperatorTypeNotEqual:    query.NotEqual,
	types.InstancePatchStateOperatorTypeLessThan:    query.Less,
	types.InstancePatchStateOperatorTypeGreaterThan: query.Greater,
}

func counted(f types.InstancePatchStateFilter) (query.Counted, error) {
	key := aws.ToString(f.Key)
	count, known := counts[key]
	if !known {
		return query.Counted{}, invalidFilter("unknown key %q: the keys are %s", key, sortedKeys(counts))
	}
	n, err := strconv.Atoi(strings.TrimSpace(f.Values[0]))
	if err != nil {
		return query.Counted{}, invalidFilter("%s: %q must be a whole number", key, f.Values[0])
	}
	return query.Counted{Count: count, Is: comparisons[f.Type], Than: n}, nil
}

func invalidFilter(format string, args ...any) error {
	return &types.InvalidFilter{Message: aws.String(fmt.Sprintf(format, args...))}
}
