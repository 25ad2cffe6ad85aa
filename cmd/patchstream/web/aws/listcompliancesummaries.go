package aws

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// listComplianceSummaries answers how many hosts are compliant and how many are not, for each type of compliance.
func (s *service) listComplianceSummaries(ctx context.Context, who Caller, in *ssm.ListComplianceSummariesInput) (*ssm.ListComplianceSummariesOutput, error) {
	f, patches, err := hostFilter(in.Filters, who)
	if err != nil {
		return nil, err
	}
	items := []types.ComplianceSummaryItem{}
	if patches {
		item, err := s.patchSummary(ctx, f)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	counts, err := s.customCounts(ctx, who, in.Filters)
	if err != nil {
		return nil, err
	}
	items = append(items, customSummaries(counts)...)
	slices.SortFunc(items, func(a, b types.ComplianceSummaryItem) int { return cmp.Compare(*a.ComplianceType, *b.ComplianceType) })
	byType := func(i *types.ComplianceSummaryItem) string { return *i.ComplianceType }
	page, next, err := paged(items, byType, in.NextToken, fingerprint("ListComplianceSummaries", in.Filters), most(in.MaxResults, defaultCompliance))
	return &ssm.ListComplianceSummariesOutput{ComplianceSummaryItems: page, NextToken: next}, err
}

// patchSummary adds up the hosts of a filter.
func (s *service) patchSummary(ctx context.Context, f query.Filter) (types.ComplianceSummaryItem, error) {
	answer, err := s.Index.Summary(ctx, query.SummaryByLevel, f)
	if err != nil {
		return types.ComplianceSummaryItem{}, err
	}
	good, bad := query.Levels{}, query.Levels{}
	for _, row := range answer.Rows {
		good[messages.Level(row.Key)] += row.Compliant
		bad[messages.Level(row.Key)] += row.NonCompliant + row.Unknown
	}
	return types.ComplianceSummaryItem{
		ComplianceType: aws.String(typePatch), CompliantSummary: compliantSummary(good), NonCompliantSummary: nonCompliantSummary(bad),
	}, nil
}
