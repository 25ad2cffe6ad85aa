package aws

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// The details of an item of type Patch.
const (
	detailBaseline       = "PatchBaselineId"
	detailState          = "PatchState"
	detailGroup          = "PatchGroup"
	detailClassification = "Classification"
	detailSeverity       = "PatchSeverity"
	detailInstalled      = "InstalledTime"
	detailDocument       = "DocumentName" // empty: no document of AWS's patched it
)

// itemKeys are by what items may be filtered.
var itemKeys = []string{
	"ComplianceType", "Status", "Severity", "Id", "Title", "ExecutionTime", "ExecutionId", "ExecutionType",
	detailBaseline, detailState, detailGroup, detailClassification, detailSeverity, detailInstalled,
}

// listComplianceItems answers with the patches of a host and what other programs put on it, by type and id.
func (s *service) listComplianceItems(ctx context.Context, who Caller, in *ssm.ListComplianceItemsInput) (*ssm.ListComplianceItemsOutput, error) {
	host, err := oneResource(in.ResourceIds, in.ResourceTypes)
	if err != nil {
		return nil, err
	}
	c, err := complianceFilters(in.Filters, itemKeys...)
	if err != nil {
		return nil, err
	}
	h, err := s.record(ctx, who, host)
	if err != nil {
		return nil, resourceError(err)
	}
	custom, err := s.customItems(ctx, host)
	if err != nil {
		return nil, err
	}
	items := slices.DeleteFunc(append(patchItems(h), custom...), func(i types.ComplianceItem) bool { return !c.fitsItem(&i) })
	slices.SortFunc(items, func(a, b types.ComplianceItem) int { return cmp.Compare(itemKey(&a), itemKey(&b)) })
	page, next, err := paged(items, itemKey, in.NextToken, fingerprint("ListComplianceItems", host, in.Filters), most(in.MaxResults, defaultCompliance))
	return &ssm.ListComplianceItemsOutput{ComplianceItems: page, NextToken: next}, err
}

func itemKey(i *types.ComplianceItem) string { return *i.ComplianceType + "\x00" + *i.Id }

// oneResource is the host that is asked for: AWS takes one as well.
func oneResource(ids, kinds []string) (string, error) {
	for _, kind := range kinds {
		if kind != managedInstance {
			return "", &types.InvalidResourceType{Message: aws.String("the only type of resource is " + managedInstance)}
		}
	}
	if len(ids) != 1 {
		return "", invalid("1 validation error detected: Value '%s' at 'resourceIds' failed to satisfy constraint: Member must have length equal to 1", strings.Join(ids, ", "))
	}
	return ids[0], nil
}

// resourceError calls a host that is not known a resource.
func resourceError(err error) error {
	if known, _ := named(err); known.ErrorCode() == "InvalidInstanceId" {
		return &types.InvalidResourceId{Message: aws.String(known.ErrorMessage())}
	}
	return err
}

// patchItems are the patches of a host.
func patchItems(h *query.Host) []types.ComplianceItem {
	view := h.HostView()
	bad, known, last := query.NonCompliant(h.Report), h.Known(), lastOf(&view)
	items := make([]types.ComplianceItem, 0, len(h.Report.Patches))
	for i := range h.Report.Patches {
		p := &h.Report.Patches[i]
		k := known(p)
		status := types.ComplianceStatusCompliant
		if bad(p.State) {
			status = types.ComplianceStatusNonCompliant
		}
		items = append(items, types.ComplianceItem{
			ComplianceType: aws.String(typePatch), ResourceType: aws.String(managedInstance), ResourceId: aws.String(h.Report.Host),
			Id: aws.String(p.Patch), Title: aws.String(titleOf(p)), Status: status, Severity: severityOf(p.Level), ExecutionSummary: last.summary(),
			Details: patchDetails(h, p, k),
		})
	}
	return items
}

func patchDetails(h *query.Host, p *messages.Item, k query.Known) map[string]string {
	installed := ""
	if !k.InstalledAt.IsZero() {
		installed = k.InstalledAt.UTC().Format(time.RFC3339)
	}
	return map[string]string{
		detailBaseline: BaselineID(h.Report.Baseline.ID), detailState: string(words[p.State]), detailGroup: h.Report.Group,
		detailClassification: p.Classification, detailSeverity: k.Severity, detailInstalled: installed, detailDocument: "",
	}
}

// fitsItem reports whether an item is asked for.
func (c complianceFilter) fitsItem(i *types.ComplianceItem) bool {
	for key := range c {
		word := i.Details[key]
		switch key {
		case "ComplianceType":
			word = *i.ComplianceType
		case "Status":
			word = string(i.Status)
		case "Severity":
			word = string(i.Severity)
		case "Id":
			word = *i.Id
		case "Title":
			word = aws.ToString(i.Title)
		case "ExecutionTime":
			word = i.ExecutionSummary.ExecutionTime.UTC().Format(time.RFC3339)
		case "ExecutionId":
			word = aws.ToString(i.ExecutionSummary.ExecutionId)
		case "ExecutionType":
			word = aws.ToString(i.ExecutionSummary.ExecutionType)
		}
		if !c.fits(key, word) {
			return false
		}
	}
	return true
}
