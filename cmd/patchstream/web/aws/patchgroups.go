package aws

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/worker/baselines"
)

// registerPatchBaselineForPatchGroup makes a baseline apply to a group on the baseline's system, where none does yet.
func (s *service) registerPatchBaselineForPatchGroup(ctx context.Context, who Caller, in *ssm.RegisterPatchBaselineForPatchGroupInput) (*ssm.RegisterPatchBaselineForPatchGroupOutput, error) {
	shelf, err := s.shelfToChange(ctx, who)
	if err != nil {
		return nil, err
	}
	id, system, err := shelf.findForSystem(*in.BaselineId)
	if err != nil {
		return nil, err
	}
	err = shelf.store.Register(ctx, system, *in.PatchGroup, id)
	if errors.Is(err, baselines.ErrRegistered) {
		return nil, &types.AlreadyExistsException{Message: aws.String(err.Error())}
	}
	if err != nil {
		return nil, err
	}
	s.acts(ctx, who, "the baseline of group "+*in.PatchGroup+" on "+system)
	return &ssm.RegisterPatchBaselineForPatchGroupOutput{BaselineId: aws.String(BaselineID(id)), PatchGroup: in.PatchGroup}, nil
}

// deregisterPatchBaselineForPatchGroup ends that: the default of the system applies to the group.
func (s *service) deregisterPatchBaselineForPatchGroup(ctx context.Context, who Caller, in *ssm.DeregisterPatchBaselineForPatchGroupInput) (*ssm.DeregisterPatchBaselineForPatchGroupOutput, error) {
	shelf, err := s.shelfToChange(ctx, who)
	if err != nil {
		return nil, err
	}
	id, _, err := shelf.find(*in.BaselineId)
	if err != nil {
		return nil, err
	}
	systems := shelf.systemsOf(*in.PatchGroup, id)
	if len(systems) == 0 {
		return nil, noResource("patch group %s is not registered with patch baseline %s", *in.PatchGroup, BaselineID(id))
	}
	for _, system := range systems {
		if err := shelf.store.Deregister(ctx, system, *in.PatchGroup, id); err != nil && !errors.Is(err, baselines.ErrNotRegistered) {
			return nil, err
		}
	}
	s.acts(ctx, who, "the baseline of group "+*in.PatchGroup)
	return &ssm.DeregisterPatchBaselineForPatchGroupOutput{BaselineId: aws.String(BaselineID(id)), PatchGroup: in.PatchGroup}, nil
}

// findForSystem is find for what is to apply to a system: the baseline's own.
func (b *shelf) findForSystem(given string) (id, system string, err error) {
	id, of, err := b.find(given)
	switch {
	case err != nil:
	case of == nil:
		err = invalid("the patch baseline %s cannot be read", id)
	case of.OperatingSystem == "":
		err = invalid("the patch baseline %s is for any operating system: bind it with \"patchstream baseline bind --os\"", id)
	default:
		system = of.OperatingSystem
	}
	return id, system, err
}

// systemsOf are the systems on which a baseline is bound to a group.
func (b *shelf) systemsOf(group, id string) (systems []string) {
	for key, bound := range b.library.Groups {
		if key.Group == group && bound == id {
			systems = append(systems, key.System)
		}
	}
	slices.Sort(systems)
	return systems
}

// getPatchBaselineForPatchGroup says which baseline applies to a group on a system, Windows where none is named: the one it is registered with, else the default.
func (s *service) getPatchBaselineForPatchGroup(ctx context.Context, who Caller, in *ssm.GetPatchBaselineForPatchGroupInput) (*ssm.GetPatchBaselineForPatchGroupOutput, error) {
	if who.Groups != nil && !slices.Contains(who.Groups, *in.PatchGroup) {
		return nil, denied("%s is limited to other patch groups", who.Name)
	}
	shelf, err := s.shelf(ctx, who)
	if err != nil {
		return nil, err
	}
	system := cmp.Or(in.OperatingSystem, types.OperatingSystemWindows)
	id, bound := shelf.library.Groups[classify.GroupKey{System: string(system), Group: *in.PatchGroup}]
	if !bound {
		id = shelf.defaultOf(string(system))
	}
	return &ssm.GetPatchBaselineForPatchGroupOutput{BaselineId: aws.String(BaselineID(id)), PatchGroup: in.PatchGroup, OperatingSystem: system}, nil
}

// mapping is a group on one system, and the baseline it is registered with.
type mapping struct {
	group, system, id string
	identity          types.PatchBaselineIdentity
}

func (m *mapping) key() string { return m.group + "\x00" + m.system }

// describePatchGroups lists the groups that are registered with a baseline.
func (s *service) describePatchGroups(ctx context.Context, who Caller, in *ssm.DescribePatchGroupsInput) (*ssm.DescribePatchGroupsOutput, error) {
	shelf, err := s.shelf(ctx, who)
	if err != nil {
		return nil, err
	}
	fits, err := filtersOf(in.Filters, map[string]func(*mapping) []string{
		"NAME_PREFIX":      func(m *mapping) []string { return prefixesOf(m.group) },
		"OPERATING_SYSTEM": func(m *mapping) []string { return []string{m.system} },
	})
	if err != nil {
		return nil, err
	}
	var all []mapping
	for key, id := range shelf.library.Groups {
		if who.Groups != nil && !slices.Contains(who.Groups, key.Group) {
			continue
		}
		of := shelf.library.Baseline(id)
		m := mapping{key.Group, key.System, id, shelf.identity(id, of)}
		m.identity.OperatingSystem = types.OperatingSystem(key.System)
		if fits(&m) {
			all = append(all, m)
		}
	}
	slices.SortFunc(all, func(a, b mapping) int { return cmp.Compare(a.key(), b.key()) })
	page, next, err := paged(all, (*mapping).key, in.NextToken, fingerprint("groups", in.Filters, who.Groups), most(in.MaxResults, usualPage))
	if err != nil {
		return nil, err
	}
	out := &ssm.DescribePatchGroupsOutput{Mappings: make([]types.PatchGroupPatchBaselineMapping, 0, len(page)), NextToken: next}
	for i := range page {
		m := &page[i]
		shelf.describe(ctx, m.id, &m.identity)
		out.Mappings = append(out.Mappings, types.PatchGroupPatchBaselineMapping{PatchGroup: aws.String(m.group), BaselineIdentity: &m.identity})
	}
	return out, nil
}
