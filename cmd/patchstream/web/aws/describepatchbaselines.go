package aws

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/classify/baseline"
)

// usualPage is how many baselines or groups a page has that does not say.
const usualPage = 50

// identified is a baseline in short, and whose it is.
type identified struct {
	types.PatchBaselineIdentity
	id    string // of the baseline here
	owner string // AWS or Self
}

// key orders baselines by their names.
func (i *identified) key() string { return *i.BaselineName + "\x00" + *i.BaselineId }

// describePatchBaselines lists the baselines, AWS's predefined ones among them.
func (s *service) describePatchBaselines(ctx context.Context, who Caller, in *ssm.DescribePatchBaselinesInput) (*ssm.DescribePatchBaselinesOutput, error) {
	shelf, err := s.shelf(ctx, who)
	if err != nil {
		return nil, err
	}
	fits, err := filtersOf(in.Filters, map[string]func(*identified) []string{
		"OWNER":            func(i *identified) []string { return []string{i.owner} },
		"NAME_PREFIX":      func(i *identified) []string { return prefixesOf(*i.BaselineName) },
		"OPERATING_SYSTEM": func(i *identified) []string { return []string{string(i.OperatingSystem)} },
	})
	if err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(shelf.identities(), func(i identified) bool { return !fits(&i) })
	page, next, err := paged(all, (*identified).key, in.NextToken, fingerprint("baselines", in.Filters, who.Groups), most(in.MaxResults, usualPage))
	if err != nil {
		return nil, err
	}
	out := &ssm.DescribePatchBaselinesOutput{BaselineIdentities: make([]types.PatchBaselineIdentity, 0, len(page)), NextToken: next}
	for i := range page {
		shelf.describe(ctx, page[i].id, &page[i].PatchBaselineIdentity)
		out.BaselineIdentities = append(out.BaselineIdentities, page[i].PatchBaselineIdentity)
	}
	return out, nil
}

// identities are all baselines that the caller may see, by name.
func (b *shelf) identities() (all []identified) {
	for id, of := range b.library.Baselines {
		if b.sees(id) {
			all = append(all, identified{b.identity(id, of), id, "Self"})
		}
	}
	for _, built := range baseline.Builtins() {
		all = append(all, identified{b.identity(built.Name, built), built.Name, "AWS"})
	}
	slices.SortFunc(all, func(a, b identified) int { return cmp.Compare(a.key(), b.key()) })
	return all
}

// describe adds what a baseline says of itself; nothing where it is gone since.
func (b *shelf) describe(ctx context.Context, id string, identity *types.PatchBaselineIdentity) {
	if baseline.Builtin(id) != nil {
		identity.BaselineDescription = aws.String("Predefined by AWS for " + string(identity.OperatingSystem))
		return
	}
	text, _, err := b.store.Get(ctx, id)
	var of struct{ Description string }
	if err == nil && json.Unmarshal(text, &of) == nil && of.Description != "" {
		identity.BaselineDescription = aws.String(of.Description)
	}
}

// prefixesOf are all beginnings of a name.
func prefixesOf(name string) []string {
	all := make([]string, 0, len(name)+1)
	for i := range len(name) + 1 {
		all = append(all, name[:i])
	}
	return all
}

// filtersOf is what filters ask for: of each key that one of what an element has under it is among the values.
func filtersOf[T any](filters []types.PatchOrchestratorFilter, has map[string]func(*T) []string) (func(*T) bool, error) {
	for _, f := range filters {
		if has[aws.ToString(f.Key)] == nil {
			return nil, invalid("there is no filter %q: there are %s", aws.ToString(f.Key), sortedKeys(has))
		}
	}
	return func(t *T) bool {
		for _, f := range filters {
			values := has[*f.Key](t)
			if !slices.ContainsFunc(f.Values, func(wanted string) bool { return slices.Contains(values, wanted) }) {
				return false
			}
		}
		return true
	}, nil
}
