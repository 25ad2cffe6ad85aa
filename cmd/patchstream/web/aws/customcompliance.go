package aws

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/items"
	"github.com/patchstream/patchstream/worker/query"
)

// customItems are what other programs put on a host, as compliance items.
func (s *service) customItems(ctx context.Context, host string) ([]types.ComplianceItem, error) {
	lists, err := items.NewStore(s.JS).Lists(ctx, host)
	if errors.Is(err, items.ErrNoBucket) { // an older worker made this server's buckets: nothing was put
		return nil, nil
	}
	var all []types.ComplianceItem
	for _, l := range lists {
		if l.Type == items.TypePatch {
			continue
		}
		for i := range l.Items {
			all = append(all, customItem(host, &l, &l.Items[i]))
		}
	}
	return all, err
}

func customItem(host string, l *items.List, i *items.Item) types.ComplianceItem {
	item := types.ComplianceItem{
		ComplianceType: aws.String(l.Type), ResourceType: aws.String(managedInstance), ResourceId: aws.String(host), Id: aws.String(i.ID), Title: aws.String(i.Title),
		Status: types.ComplianceStatusNonCompliant, Severity: severityOf(i.Severity), Details: i.Details,
		ExecutionSummary: execution(l.ExecutedAt, l.ExecutionID, l.ExecutionType),
	}
	if i.Compliant {
		item.Status = types.ComplianceStatusCompliant
	}
	return item
}

// customCount is how a host stands by one type of somebody else's.
type customCount struct {
	host string
	items.Count
}

func (c *customCount) key() string { return c.host + "\x00" + c.Type }

// level is the highest of what is not compliant; empty: all is.
func (c *customCount) level() (highest messages.Level) {
	for level, n := range c.NonCompliant {
		if n > 0 && level.Above(highest) {
			highest = level
		}
	}
	return highest
}

func (c *customCount) status() types.ComplianceStatus {
	if c.level() == "" {
		return types.ComplianceStatusCompliant
	}
	return types.ComplianceStatusNonCompliant
}

func (c *customCount) summary() types.ResourceComplianceSummaryItem {
	return types.ResourceComplianceSummaryItem{
		ComplianceType: aws.String(c.Type), ResourceType: aws.String(managedInstance), ResourceId: aws.String(c.host),
		Status: c.status(), OverallSeverity: severityOf(c.level()), ExecutionSummary: execution(c.ExecutedAt, c.ExecutionID, c.ExecutionType),
		CompliantSummary: compliantSummary(c.Compliant), NonCompliantSummary: nonCompliantSummary(c.NonCompliant),
	}
}

// customCounts are those of the hosts that filters of resources ask for, by host and type. A filter of a status or a severity is of that of the type.
func (s *service) customCounts(ctx context.Context, who Caller, filters []types.ComplianceStringFilter) ([]customCount, error) {
	c, err := complianceFilters(filters, resourceKeys...)
	if err != nil || !c.fits("ResourceType", managedInstance) {
		return nil, err
	}
	hosts, err := s.counts.Hosts(ctx)
	if errors.Is(err, items.ErrNoBucket) {
		return nil, nil
	}
	if err != nil || len(hosts) == 0 {
		return nil, err
	}
	f := query.Filter{Scope: who.Groups}
	for key, into := range map[string]*[]string{"ResourceId": &f.Names, "PatchGroup": &f.Groups} {
		if *into, err = c.named(key); err != nil {
			return nil, err
		}
	}
	names, err := s.Index.Living(ctx, f)
	if err != nil {
		return nil, err
	}
	var all []customCount
	for _, host := range names {
		for _, count := range hosts[host] {
			one := customCount{host, count}
			level := string(severityOf(one.level()))
			if c.fits("ComplianceType", one.Type) && c.fits("Status", string(one.status())) && c.fits("OverallSeverity", level) && c.fits("Severity", level) {
				all = append(all, one)
			}
		}
	}
	slices.SortFunc(all, func(a, b customCount) int { return cmp.Compare(a.key(), b.key()) })
	return all, nil
}

// customSummaries are how many hosts are compliant by each type of somebody else's.
func customSummaries(counts []customCount) []types.ComplianceSummaryItem {
	good, bad := make(map[string]query.Levels), make(map[string]query.Levels)
	for i := range counts {
		c := &counts[i]
		if good[c.Type] == nil {
			good[c.Type], bad[c.Type] = query.Levels{}, query.Levels{}
		}
		if level := c.level(); level == "" {
			good[c.Type][messages.Unspecified]++
		} else {
			bad[c.Type][level]++
		}
	}
	all := []types.ComplianceSummaryItem{}
	for kind := range good {
		all = append(all, types.ComplianceSummaryItem{
			ComplianceType: aws.String(kind), CompliantSummary: compliantSummary(good[kind]), NonCompliantSummary: nonCompliantSummary(bad[kind]),
		})
	}
	return all
}
