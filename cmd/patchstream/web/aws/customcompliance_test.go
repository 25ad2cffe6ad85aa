package aws_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/cmd/patchstream/web/webtest"
	"github.com/patchstream/patchstream/worker/workertest"
)

// resources lists what the summaries of resources say, page by page.
func resources(t *testing.T, c *ssm.Client, size int32, filters ...types.ComplianceStringFilter) (list []string) {
	t.Helper()
	pages := ssm.NewListResourceComplianceSummariesPaginator(c, &ssm.ListResourceComplianceSummariesInput{Filters: filters, MaxResults: &size})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(page.ResourceComplianceSummaryItems) > int(size) {
			t.Errorf("a page of %d has %d", size, len(page.ResourceComplianceSummaryItems))
		}
		for _, i := range page.ResourceComplianceSummaryItems {
			list = append(list, fmt.Sprintf("%s %s %s %s %d %d", *i.ResourceId, *i.ComplianceType, i.Status, i.OverallSeverity, i.CompliantSummary.CompliantCount, i.NonCompliantSummary.NonCompliantCount))
		}
	}
	return list
}

func summaries(t *testing.T, c *ssm.Client, filters ...types.ComplianceStringFilter) (list []string) {
	t.Helper()
	pages := ssm.NewListComplianceSummariesPaginator(c, &ssm.ListComplianceSummariesInput{Filters: filters, MaxResults: sdk.Int32(1)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.ComplianceSummaryItems {
			list = append(list, fmt.Sprintf("%s %d %d high %d", *i.ComplianceType, i.CompliantSummary.CompliantCount, i.NonCompliantSummary.NonCompliantCount, i.NonCompliantSummary.SeveritySummary.HighCount))
		}
	}
	return list
}

func filterBy(key string, values ...string) types.ComplianceStringFilter {
	return types.ComplianceStringFilter{Key: &key, Values: values, Type: types.ComplianceQueryOperatorTypeEqual}
}

func TestItemsOfOthersAreListedAndCounted(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.Says(t, webtest.Grouped("web-1", "web", 0, workertest.Package("bash", "1")), webtest.Grouped("db-1", "db", 0, workertest.Package("bash", "1", "2")), webtest.Grouped("old-1", "web", 0, workertest.Package("bash", "1")))
	c := f.client(operator)
	for _, in := range []*ssm.PutComplianceItemsInput{
		putOf("web-1", "Custom:Backup", entry("daily", compliant, ""), entry("weekly", nonCompliant, "")),
		putOf("web-1", "Custom:Agent", entry("agent", compliant, "")),
		putOf("db-1", "Custom:Backup", entry("daily", compliant, "")),
		putOf("old-1", "Custom:Backup", entry("daily", nonCompliant, "")),
		putOf("web-1", "Patch", entry("bash", compliant, "")),
	} {
		if _, err := c.PutComplianceItems(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	gone := workertest.Retire("old-1", 0)
	gone.At = time.Now()
	f.Says(t, gone)
	patches := []string{"db-1 Patch NON_COMPLIANT UNSPECIFIED 0 1", "web-1 Patch COMPLIANT UNSPECIFIED 1 0"}
	own := []string{"db-1 Custom:Backup COMPLIANT UNSPECIFIED 1 0", "web-1 Custom:Agent COMPLIANT UNSPECIFIED 1 0", "web-1 Custom:Backup NON_COMPLIANT HIGH 1 1"}
	for i, q := range []struct {
		filters []types.ComplianceStringFilter
		want    []string
	}{
		{nil, slices.Concat(patches, own)},
		{[]types.ComplianceStringFilter{filterBy("ComplianceType", "Patch")}, patches},
		{[]types.ComplianceStringFilter{filterBy("ComplianceType", "Custom:Backup", "Custom:Agent")}, own},
		{[]types.ComplianceStringFilter{filterBy("Status", "NON_COMPLIANT")}, []string{patches[0], own[2]}},
		{[]types.ComplianceStringFilter{filterBy("OverallSeverity", "HIGH")}, own[2:]},
		{[]types.ComplianceStringFilter{filterBy("PatchGroup", "db")}, []string{patches[0], own[0]}},
		{[]types.ComplianceStringFilter{filterBy("ResourceId", "web-1"), filterBy("Status", "COMPLIANT")}, []string{patches[1], own[1]}},
		{[]types.ComplianceStringFilter{filterBy("ResourceType", "Bucket")}, nil},
	} {
		for _, size := range []int32{1, 2, 3, 50} {
			if got := resources(t, c, size, q.filters...); !slices.Equal(got, q.want) {
				t.Errorf("%d, by %d: %q\nwant %q", i, size, got, q.want)
			}
		}
	}
	if got, want := summaries(t, c), []string{"Custom:Agent 1 0 high 0", "Custom:Backup 1 1 high 1", "Patch 1 1 high 0"}; !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if got, want := resources(t, f.client(webOnly), 2), []string{patches[1], own[1], own[2]}; !slices.Equal(got, want) {
		t.Errorf("who is limited to a group: %q\nwant %q", got, want)
	}
	list, err := c.ListComplianceItems(t.Context(), &ssm.ListComplianceItemsInput{ResourceIds: []string{"web-1"}})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, i := range list.ComplianceItems {
		ids = append(ids, *i.ComplianceType+" "+*i.Id+" "+string(i.Status))
		if own := *i.ComplianceType != "Patch"; own && (i.Severity != types.ComplianceSeverityHigh || *i.ExecutionSummary.ExecutionId != "run-1" || i.ExecutionSummary.ExecutionTime.Unix() != 1_790_000_000) {
			t.Errorf("%+v", i)
		}
	}
	if want := []string{"Custom:Agent agent COMPLIANT", "Custom:Backup daily COMPLIANT", "Custom:Backup weekly NON_COMPLIANT", "Patch bash.amd64 COMPLIANT"}; !slices.Equal(ids, want) {
		t.Errorf("%q\nwant %q", ids, want)
	}
	only, err := c.ListComplianceItems(t.Context(), &ssm.ListComplianceItemsInput{ResourceIds: []string{"web-1"}, Filters: []types.ComplianceStringFilter{filterBy("ComplianceType", "Custom:Backup"), filterBy("Status", "NON_COMPLIANT")}})
	if err != nil || len(only.ComplianceItems) != 1 || *only.ComplianceItems[0].Id != "weekly" {
		t.Errorf("%+v, %v", only, err)
	}
}
