package aws

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/worker/query"
)

const defaultPatches = 50

// describeInstancePatches answers with the patches of a host, by name.
func (s *service) describeInstancePatches(ctx context.Context, who Caller, in *ssm.DescribeInstancePatchesInput) (*ssm.DescribeInstancePatchesOutput, error) {
	fits, err := patchFilter(in.Filters)
	if err != nil {
		return nil, err
	}
	h, err := s.record(ctx, who, aws.ToString(in.InstanceId))
	if err != nil {
		return nil, err
	}
	patches := []types.PatchComplianceData{}
	known := h.Known()
	for i := range h.Report.Patches {
		item := &h.Report.Patches[i]
		k := known(item)
		p := types.PatchComplianceData{
			Title: aws.String(titleOf(item)), KBId: aws.String(item.Patch), Classification: aws.String(item.Classification), Severity: aws.String(k.Severity),
			State: words[item.State], InstalledTime: aws.Time(sinceEpoch(k.InstalledAt)),
		}
		if len(k.CVEs) > 0 {
			p.CVEIds = aws.String(strings.Join(k.CVEs, ","))
		}
		if fits(&p) {
			patches = append(patches, p)
		}
	}
	key := func(p *types.PatchComplianceData) string { return *p.KBId }
	slices.SortFunc(patches, func(a, b types.PatchComplianceData) int { return strings.Compare(key(&a), key(&b)) })
	page, next, err := paged(patches, key, in.NextToken, fingerprint("DescribeInstancePatches", in.InstanceId, in.Filters), most(in.MaxResults, defaultPatches))
	return &ssm.DescribeInstancePatchesOutput{Patches: page, NextToken: next}, err
}

// record reads a host's record, where whoever asks may see the host.
func (s *service) record(ctx context.Context, who Caller, host string) (*query.Host, error) {
	if _, err := s.Index.Host(ctx, host, who.Groups); err != nil {
		return nil, err
	}
	return s.Index.Record(ctx, host)
}

// sinceEpoch is a time that must be told: one that is not known is 0.
func sinceEpoch(t time.Time) time.Time {
	if t.IsZero() {
		return time.Unix(0, 0)
	}
	return t
}

// patchFilter is what patches must be: of each filter one of its values, in any case.
func patchFilter(filters []types.PatchOrchestratorFilter) (func(*types.PatchComplianceData) bool, error) {
	members := map[string]func(*types.PatchComplianceData) string{
		"Classification": func(p *types.PatchComplianceData) string { return *p.Classification },
		"KBId":           func(p *types.PatchComplianceData) string { return *p.KBId },
		"Severity":       func(p *types.PatchComplianceData) string { return *p.Severity },
		"State":          func(p *types.PatchComplianceData) string { return string(p.State) },
	}
	all := make(map[string][]string)
	for _, f := range filters {
		key := aws.ToString(f.Key)
		if members[key] == nil {
			return nil, invalidFilter("unknown key %q: the keys are %s", key, sortedKeys(members))
		}
		if _, twice := all[key]; twice || len(f.Values) == 0 {
			return nil, invalidFilter("%s must be given once, with values", key)
		}
		for _, value := range f.Values {
			if key == "State" {
				state, is := stateOf(value)
				if !is {
					return nil, invalidFilter("State: %q is none", value)
				}
				value = string(words[state])
			}
			all[key] = append(all[key], value)
		}
	}
	return func(p *types.PatchComplianceData) bool {
		for key, values := range all {
			if !slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, members[key](p)) }) {
				return false
			}
		}
		return true
	}, nil
}
