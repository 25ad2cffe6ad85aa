package aws

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/worker/query"
)

// usualProperties is how many values a page has that does not say.
const usualProperties = 50

// describePatchProperties lists what a filter of a baseline may ask for: what is listed of a system, and, of products, those that hosts have.
func (s *service) describePatchProperties(ctx context.Context, who Caller, in *ssm.DescribePatchPropertiesInput) (*ssm.DescribePatchPropertiesOutput, error) {
	system, key := string(in.OperatingSystem), string(in.Property)
	family := baseline.FamilyOf(system)
	if family == nil || !slices.Contains(family.FilterKeys, key) {
		return nil, invalid("%s has no property %s", system, key)
	}
	values := make(map[string]bool)
	for _, value := range baseline.KnownValues(system, key) {
		values[value] = true
	}
	if key == "PRODUCT" {
		hosts, err := s.Index.Hosts(ctx, query.HostsQuestion{Filter: query.Filter{Systems: []string{system}, Scope: who.Groups}})
		if err != nil {
			return nil, err
		}
		for h := range hosts.Hosts() {
			values[h.OS.Product] = true
		}
	}
	delete(values, "")
	itself := func(value *string) string { return *value }
	page, next, err := paged(slices.SortedFunc(maps.Keys(values), strings.Compare), itself, in.NextToken, fingerprint("properties", system, key, who.Groups), most(in.MaxResults, usualProperties))
	if err != nil {
		return nil, err
	}
	out := &ssm.DescribePatchPropertiesOutput{Properties: make([]map[string]string, 0, len(page)), NextToken: next}
	for _, value := range page {
		out.Properties = append(out.Properties, map[string]string{"Name": value})
	}
	return out, nil
}
