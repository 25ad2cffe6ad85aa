package aws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// listResourceComplianceSummaries answers with hosts, by name, each with how many of its patches are compliant and how many are not. A host
// of which too little is known is NON_COMPLIANT, of severity UNSPECIFIED.
func (s *service) listResourceComplianceSummaries(ctx context.Context, who Caller, in *ssm.ListResourceComplianceSummariesInput) (*ssm.ListResourceComplianceSummariesOutput, error) {
	out := &ssm.ListResourceComplianceSummariesOutput{ResourceComplianceSummaryItems: []types.ResourceComplianceSummaryItem{}}
	f, patches, err := hostFilter(in.Filters, who)
	if err != nil || !patches {
		return out, err
	}
	page, err := s.Index.Hosts(ctx, query.HostsQuestion{Filter: f, Sort: query.ByHost, Limit: most(in.MaxResults, defaultCompliance), Cursor: aws.ToString(in.NextToken)})
	if err != nil {
		return nil, err
	}
	for h, bad := range page.Each() {
		out.ResourceComplianceSummaryItems = append(out.ResourceComplianceSummaryItems, resourceSummary(&h, bad))
	}
	out.NextToken = token(page.Next)
	return out, nil
}

func resourceSummary(h *query.HostView, bad query.Levels) types.ResourceComplianceSummaryItem {
	all := 0
	for _, state := range messages.States() {
		all += h.Counts[string(state)]
	}
	last := lastOf(h)
	return types.ResourceComplianceSummaryItem{
		ComplianceType: aws.String(typePatch), ResourceType: aws.String(managedInstance), ResourceId: aws.String(h.Host),
		Status: complianceOf(h.Status), OverallSeverity: severityOf(h.Level), ExecutionSummary: last.summary(),
		CompliantSummary:    compliantSummary(query.Levels{messages.Unspecified: all - int(sum(bad))}),
		NonCompliantSummary: nonCompliantSummary(bad),
	}
}

// summary is what was last done on a host.
func (l lastOperation) summary() *types.ComplianceExecutionSummary {
	s := &types.ComplianceExecutionSummary{ExecutionTime: aws.Time(l.at), ExecutionType: aws.String("Command")}
	if l.id != "" {
		s.ExecutionId = aws.String(l.id)
	}
	return s
}
