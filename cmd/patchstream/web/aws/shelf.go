package aws

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/worker/baselines"
)

// shelf is the baselines as a caller may see them, at one time.
type shelf struct {
	store   *baselines.Store // as the caller writes to it
	library *classify.Library
	groups  []string // to which the caller is limited; nil: to none
}

func (s *service) shelf(ctx context.Context, who Caller) (*shelf, error) {
	store, err := baselines.Open(ctx, s.JS)
	if err != nil {
		return nil, err
	}
	library, err := store.Library(ctx)
	if err != nil {
		return nil, err
	}
	return &shelf{store.By(who.Name), library, who.Groups}, nil
}

// shelfToChange is shelf for who changes what is about all hosts, which a caller who is limited to groups may not.
func (s *service) shelfToChange(ctx context.Context, who Caller) (*shelf, error) {
	if who.Groups != nil {
		return nil, denied("%s is limited to the patch groups %s, and this is about all hosts", who.Name, strings.Join(who.Groups, ", "))
	}
	return s.shelf(ctx, who)
}

// find returns the id under which a baseline is stored, or the name of a predefined one, and the baseline: nil where it cannot be read. What is
// shown and the id itself name one, and what ends in either, as ARNs do.
func (b *shelf) find(given string) (string, *baseline.Baseline, error) {
	for _, names := range []func(id string) bool{
		func(id string) bool { return id == given },
		func(id string) bool { return BaselineID(id) == given },
		func(id string) bool { return lastPart(id) == lastPart(given) || BaselineID(id) == lastPart(given) },
	} {
		for _, id := range slices.Sorted(maps.Keys(b.library.Baselines)) {
			if names(id) && b.sees(id) {
				return id, b.library.Baselines[id], nil
			}
		}
		for _, built := range baseline.Builtins() {
			if names(built.Name) {
				return built.Name, built, nil
			}
		}
	}
	return "", nil, &types.DoesNotExistException{Message: aws.String(fmt.Sprintf("there is no patch baseline %s", given))}
}

func lastPart(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }

// sees reports whether the caller may know of a stored baseline: who is limited to groups sees what may apply to their hosts.
func (b *shelf) sees(id string) bool {
	if b.groups == nil {
		return true
	}
	for _, byDefault := range b.library.Defaults {
		if byDefault == id {
			return true
		}
	}
	for key, bound := range b.library.Groups {
		if bound == id && slices.Contains(b.groups, key.Group) {
			return true
		}
	}
	return false
}

// registered are the patch groups that the caller may know of to which a baseline applies.
func (b *shelf) registered(id string) []string {
	groups := []string{}
	for key, bound := range b.library.Groups {
		if bound == id && (b.groups == nil || slices.Contains(b.groups, key.Group)) {
			groups = append(groups, key.Group)
		}
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}

// defaultOf returns the id of the baseline that is the default of a system, or the name of a predefined one; empty: there is none.
func (b *shelf) defaultOf(system string) string {
	if id, set := b.library.Defaults[system]; set {
		return id
	}
	if built := baseline.Default(system); built != nil {
		return built.Name
	}
	return ""
}

// identity is a baseline in short.
func (b *shelf) identity(id string, of *baseline.Baseline) types.PatchBaselineIdentity {
	identity := types.PatchBaselineIdentity{BaselineId: aws.String(BaselineID(id)), BaselineName: aws.String(id)}
	if of == nil {
		return identity
	}
	if of.Name != "" {
		identity.BaselineName = aws.String(of.Name)
	}
	identity.OperatingSystem = types.OperatingSystem(of.OperatingSystem)
	identity.DefaultBaseline = of.OperatingSystem != "" && b.defaultOf(of.OperatingSystem) == id
	return identity
}

// acts has the hosts classified again that a decision concerns: those that are outdated by it, where none are named. The decision stands, whether
// or not that works: hosts that are not classified again by it are marked as outdated, and follow at their next events.
func (s *service) acts(ctx context.Context, who Caller, cause string, hosts ...string) {
	if s.Recheck == nil {
		return
	}
	if err := s.Recheck(ctx, who, cause, hosts); err != nil {
		s.Log.Error().Err(err).Str("cause", cause).Msg("hosts could not be classified again; they are marked as outdated")
	}
}
