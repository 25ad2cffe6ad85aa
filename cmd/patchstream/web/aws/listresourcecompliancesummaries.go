package aws

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// customToken begins the token of a page of what other programs put: those come behind the patches of all hosts.
const customToken = "custom."

// listResourceComplianceSummaries answers with hosts, by name, each with how many of its patches are compliant and how many are not; then with the same
// of what other programs put. A host of which too little is known is NON_COMPLIANT, of severity UNSPECIFIED.
func (s *service) listResourceComplianceSummaries(ctx context.Context, who Caller, in *ssm.ListResourceComplianceSummariesInput) (*ssm.ListResourceComplianceSummariesOutput, error) {
	out := &ssm.ListResourceComplianceSummariesOutput{ResourceComplianceSummaryItems: []types.ResourceComplianceSummaryItem{}}
	f, patches, err := hostFilter(in.Filters, who)
	if err != nil {
		return out, err
	}
	size := most(in.MaxResults, defaultCompliance)
	behind, custom := strings.CutPrefix(aws.ToString(in.NextToken), customToken)
	if patches && !custom {
		page, err := s.Index.Hosts(ctx, query.HostsQuestion{Filter: f, Sort: query.ByHost, Limit: size, Cursor: behind, Levels: true})
		if err != nil {
			return nil, err
		}
		for h, bad := range page.Each() {
			out.ResourceComplianceSummaryItems = append(out.ResourceComplianceSummaryItems, resourceSummary(&h, bad))
		}
		if out.NextToken = token(page.Next); out.NextToken != nil {
			return out, nil
		}
		behind = ""
	} else if !custom && behind != "" {
		return nil, &types.InvalidNextToken{Message: aws.String("the token was given for another question")}
	}
	return out, s.addCustom(ctx, who, in, out, behind, size-len(out.ResourceComplianceSummaryItems))
}

// addCustom fills a page up with what other programs put.
func (s *service) addCustom(ctx context.Context, who Caller, in *ssm.ListResourceComplianceSummariesInput, out *ssm.ListResourceComplianceSummariesOutput, behind string, room int) error {
	counts, err := s.customCounts(ctx, who, in.Filters)
	if err != nil {
		return err
	}
	question := fingerprint("custom", in.Filters, who.Groups)
	if room == 0 && len(counts) > 0 {
		out.NextToken = aws.String(customToken + cursor{Question: question}.String())
		return nil
	}
	page, next, err := paged(counts, (*customCount).key, &behind, question, room)
	if err != nil {
		return err
	}
	for i := range page {
		out.ResourceComplianceSummaryItems = append(out.ResourceComplianceSummaryItems, page[i].summary())
	}
	if next != nil {
		out.NextToken = aws.String(customToken + *next)
	}
	return nil
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
	return execution(l.at, l.id, "Command")
}

func execution(at time.Time, id, kind string) *types.ComplianceExecutionSummary {
	s := &types.ComplianceExecutionSummary{ExecutionTime: aws.Time(at)}
	if id != "" {
		s.ExecutionId = aws.String(id)
	}
	if kind != "" {
		s.ExecutionType = aws.String(kind)
	}
	return s
}
