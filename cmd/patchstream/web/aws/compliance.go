package aws

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

const (
	typePatch       = "Patch"
	managedInstance = "ManagedInstance"

	defaultCompliance = 50
)

// complianceOf is a host's status: what is UNKNOWN is not compliant.
func complianceOf(s messages.HostStatus) types.ComplianceStatus {
	if s == messages.Compliant {
		return types.ComplianceStatusCompliant
	}
	return types.ComplianceStatusNonCompliant
}

// complianceFilter keeps the words that a member may have: of several filters of a key, all count.
type complianceFilter map[string][]types.ComplianceStringFilter

// complianceFilters reads filters, of which the keys must be among some.
func complianceFilters(filters []types.ComplianceStringFilter, keys ...string) (complianceFilter, error) {
	all := make(complianceFilter)
	for _, f := range filters {
		at := slices.IndexFunc(keys, func(key string) bool { return strings.EqualFold(key, aws.ToString(f.Key)) })
		if at < 0 {
			return nil, invalidFilter("unknown key %q: the keys are %s", aws.ToString(f.Key), strings.Join(keys, ", "))
		}
		if len(f.Values) == 0 {
			return nil, invalidFilter("%s: no values are given", keys[at])
		}
		all[keys[at]] = append(all[keys[at]], f)
	}
	return all, nil
}

// fits reports whether a word is as its key is asked for.
func (c complianceFilter) fits(key, word string) bool {
	for _, f := range c[key] {
		if !compares(f.Type, word, f.Values) {
			return false
		}
	}
	return true
}

// compares holds a word to the values of a filter, in any case. Times are in a form in which the later one is the greater.
func compares(by types.ComplianceQueryOperatorType, word string, values []string) bool {
	word = strings.ToLower(word)
	any := func(is func(value string) bool) bool {
		return slices.ContainsFunc(values, func(v string) bool { return is(strings.ToLower(v)) })
	}
	switch by {
	case types.ComplianceQueryOperatorTypeNotEqual:
		return !any(func(v string) bool { return word == v })
	case types.ComplianceQueryOperatorTypeBeginWith:
		return any(func(v string) bool { return strings.HasPrefix(word, v) })
	case types.ComplianceQueryOperatorTypeLessThan:
		return any(func(v string) bool { return word < v })
	case types.ComplianceQueryOperatorTypeGreaterThan:
		return any(func(v string) bool { return word > v })
	}
	return any(func(v string) bool { return word == v })
}

// keep are those of some words that fit; nil where all do, since then it does not matter.
func keep[S ~string](c complianceFilter, key string, from []S, written func(S) string) []S {
	if len(c[key]) == 0 {
		return nil
	}
	kept := []S{}
	for _, one := range from {
		if c.fits(key, written(one)) {
			kept = append(kept, one)
		}
	}
	return kept
}

// resourceKeys are by what hosts may be filtered.
var resourceKeys = []string{"ComplianceType", "ResourceType", "ResourceId", "Status", "OverallSeverity", "Severity", "PatchGroup"}

// hostFilter is which hosts filters of resources ask for, and whether they ask for what patches say of them.
func hostFilter(filters []types.ComplianceStringFilter, who Caller) (f query.Filter, patches bool, err error) {
	c, err := complianceFilters(filters, resourceKeys...)
	if err != nil {
		return f, false, err
	}
	f.Scope = who.Groups
	f.Status = keep(c, "Status", []messages.HostStatus{messages.Compliant, messages.NonCompliant, messages.Unknown}, func(s messages.HostStatus) string { return string(complianceOf(s)) })
	levels := append(messages.Levels(), "")
	word := func(l messages.Level) string { return string(severityOf(l)) }
	for _, key := range []string{"OverallSeverity", "Severity"} {
		if kept := keep(c, key, levels, word); kept != nil {
			f.Levels, levels = kept, kept
		}
	}
	for key, into := range map[string]*[]string{"ResourceId": &f.Names, "PatchGroup": &f.Groups} {
		if *into, err = c.named(key); err != nil {
			return f, false, err
		}
	}
	return f, c.fits("ComplianceType", typePatch) && c.fits("ResourceType", managedInstance), nil
}

// named are the values of a key that is found by them alone.
func (c complianceFilter) named(key string) ([]string, error) {
	var values []string
	for i, f := range c[key] {
		if f.Type != "" && f.Type != types.ComplianceQueryOperatorTypeEqual {
			return nil, invalidFilter("%s: only EQUAL is offered", key)
		}
		if i > 0 {
			values = slices.DeleteFunc(values, func(v string) bool { return !slices.Contains(f.Values, v) })
			continue
		}
		values = append([]string{}, f.Values...)
	}
	return values, nil
}

// severities are how many there are of each level.
func severities(of query.Levels) *types.SeveritySummary {
	return &types.SeveritySummary{
		CriticalCount: int32(of[messages.Critical]), HighCount: int32(of[messages.High]), MediumCount: int32(of[messages.Medium]), LowCount: int32(of[messages.Low]),
		InformationalCount: int32(of[messages.Informational]), UnspecifiedCount: int32(of[messages.Unspecified] + of[""]),
	}
}

func compliantSummary(of query.Levels) *types.CompliantSummary {
	return &types.CompliantSummary{CompliantCount: sum(of), SeveritySummary: severities(of)}
}

func nonCompliantSummary(of query.Levels) *types.NonCompliantSummary {
	return &types.NonCompliantSummary{NonCompliantCount: sum(of), SeveritySummary: severities(of)}
}

func sum(of query.Levels) (n int32) {
	for _, some := range of {
		n += int32(some)
	}
	return n
}
