package aws_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/cmd/patchstream/web/webtest"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/workertest"
)

// mixed is hosts of two groups and none, with as many packages of each sort as their numbers say.
func mixed() (events []messages.Event, names []string) {
	for i := range 24 {
		var packages []messages.Package
		for p := range 6 {
			var newer []string
			if (i>>(p%5))&1 == 1 {
				newer = []string{"2"}
			}
			packages = append(packages, workertest.Package(fmt.Sprintf("p%d", p), "1", newer...))
		}
		name := fmt.Sprintf("h-%02d", i)
		if i%3 == 2 {
			events = append(events, workertest.Scan(name, i, packages...))
		} else {
			events = append(events, webtest.Grouped(name, []string{"web", "db"}[i%3], i, packages...))
		}
		names = append(names, name)
	}
	return append(events, workertest.Run("h-07", 30, workertest.Outcome("p0", "2", messages.ResultFailed)), workertest.Retire("h-09", 40)), names
}

var numbers = map[string]func(*types.InstancePatchState) int32{
	"InstalledCount":               func(s *types.InstancePatchState) int32 { return s.InstalledCount },
	"MissingCount":                 func(s *types.InstancePatchState) int32 { return s.MissingCount },
	"FailedCount":                  func(s *types.InstancePatchState) int32 { return s.FailedCount },
	"SecurityNonCompliantCount":    func(s *types.InstancePatchState) int32 { return *s.SecurityNonCompliantCount },
	"UnreportedNotApplicableCount": func(s *types.InstancePatchState) int32 { return *s.UnreportedNotApplicableCount },
}

// Whatever is asked for, and in whatever pages, a client gets what the index has of those hosts that its key may see.
func TestRandomQuestionsAreAnsweredAsTheIndexHasIt(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	events, names := mixed()
	f.Says(t, events...)
	keys := map[string][]string{operator: nil, viewer: nil, webOnly: {"web"}}
	hosts := make(map[string]query.HostView)
	page, err := f.Index.Hosts(t.Context(), query.HostsQuestion{})
	if err != nil {
		t.Fatal(err)
	}
	for h := range page.Hosts() {
		hosts[h.Host] = h
	}
	rapid.Check(t, func(r *rapid.T) {
		key := rapid.SampledFrom([]string{operator, viewer, webOnly}).Draw(r, "key")
		c, sees := f.client(key), func(h query.HostView) bool {
			return keys[key] == nil || slices.Contains(keys[key], h.Group)
		}
		group, size := rapid.SampledFrom([]string{"web", "db", "other"}).Draw(r, "group"), rapid.Int32Range(10, 100).Draw(r, "size")
		var filters []types.InstancePatchStateFilter
		for range rapid.IntRange(0, 4).Draw(r, "filters") {
			filters = append(filters, types.InstancePatchStateFilter{
				Key:    sdk.String(rapid.SampledFrom([]string{"InstalledCount", "MissingCount", "FailedCount", "SecurityNonCompliantCount", "UnreportedNotApplicableCount"}).Draw(r, "count")),
				Type:   rapid.SampledFrom(types.InstancePatchStateOperatorType("").Values()).Draw(r, "operator"),
				Values: []string{fmt.Sprint(rapid.IntRange(0, 6).Draw(r, "than"))},
			})
		}
		var want, got []string
		for _, name := range names {
			if h, living := hosts[name]; living && h.Group == group && sees(h) && fitsAll(filters, &h) {
				want = append(want, name)
			}
		}
		pages := ssm.NewDescribeInstancePatchStatesForPatchGroupPaginator(c, &ssm.DescribeInstancePatchStatesForPatchGroupInput{PatchGroup: &group, Filters: filters, MaxResults: &size})
		for pages.HasMorePages() {
			page, err := pages.NextPage(context.Background())
			if err != nil {
				r.Fatal(err)
			}
			for i := range page.InstancePatchStates {
				s := &page.InstancePatchStates[i]
				got = append(got, *s.InstanceId)
				for key, of := range numbers {
					if h := hosts[*s.InstanceId]; int(of(s)) != ours(key, &h) {
						r.Errorf("%s: %s is %d, the index has %d", *s.InstanceId, key, of(s), ours(key, &h))
					}
				}
			}
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			r.Fatalf("%s", diff)
		}
		askSummaries(r, c, names, func(name string) (query.HostView, bool) {
			h, living := hosts[name]
			return h, living && sees(h)
		})
	})
}

func ours(key string, h *query.HostView) int {
	return h.Counts[map[string]string{
		"InstalledCount": "INSTALLED", "MissingCount": "MISSING", "FailedCount": "FAILED", "SecurityNonCompliantCount": messages.SecurityNonCompliant,
	}[key]]
}

func fitsAll(filters []types.InstancePatchStateFilter, h *query.HostView) bool {
	return !slices.ContainsFunc(filters, func(f types.InstancePatchStateFilter) bool {
		var than int
		_, _ = fmt.Sscan(f.Values[0], &than)
		n := ours(*f.Key, h)
		return !map[types.InstancePatchStateOperatorType]bool{"Equal": n == than, "NotEqual": n != than, "LessThan": n < than, "GreaterThan": n > than}[f.Type]
	})
}

// askSummaries asks for the summaries of hosts by filters that say so and otherwise.
func askSummaries(r *rapid.T, c *ssm.Client, names []string, host func(string) (query.HostView, bool)) {
	statuses := rapid.SliceOfN(rapid.SampledFrom([]string{"COMPLIANT", "NON_COMPLIANT", "compliant"}), 1, 2).Draw(r, "statuses")
	by := rapid.SampledFrom([]types.ComplianceQueryOperatorType{"", types.ComplianceQueryOperatorTypeEqual, types.ComplianceQueryOperatorTypeNotEqual, types.ComplianceQueryOperatorTypeBeginWith}).Draw(r, "by")
	only := rapid.SliceOfN(rapid.SampledFrom(names), 0, 20).Draw(r, "only")
	filters := []types.ComplianceStringFilter{{Key: sdk.String("Status"), Type: by, Values: statuses}}
	if len(only) > 0 {
		filters = append(filters, types.ComplianceStringFilter{Key: sdk.String("ResourceId"), Values: only})
	}
	var want, got []string
	for _, name := range names {
		h, seen := host(name)
		status := "NON_COMPLIANT"
		if h.Status == messages.Compliant {
			status = "COMPLIANT"
		}
		is := slices.ContainsFunc(statuses, func(s string) bool {
			return strings.EqualFold(s, status) || by == types.ComplianceQueryOperatorTypeBeginWith && strings.HasPrefix(status, strings.ToUpper(s))
		})
		if seen && is == (by != types.ComplianceQueryOperatorTypeNotEqual) && (len(only) == 0 || slices.Contains(only, name)) {
			want = append(want, name)
		}
	}
	pages := ssm.NewListResourceComplianceSummariesPaginator(c, &ssm.ListResourceComplianceSummariesInput{Filters: filters, MaxResults: sdk.Int32(rapid.Int32Range(1, 50).Draw(r, "page"))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			r.Fatal(err)
		}
		for _, i := range page.ResourceComplianceSummaryItems {
			got = append(got, *i.ResourceId)
			if h, _ := host(*i.ResourceId); int(i.NonCompliantSummary.NonCompliantCount) != h.Counts["MISSING"]+h.Counts["FAILED"] || (i.Status == "COMPLIANT") != (h.Status == messages.Compliant) {
				r.Errorf("%s: %+v, the index has %v", *i.ResourceId, i, h.Counts)
			}
		}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		r.Fatalf("%s by %q: %s", statuses, by, diff)
	}
}
