package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/worker/query"
)

// maxTags is how many a baseline has at most, as at AWS.
const maxTags = 50

// groupTags are the tags of a host that mean its patch group; no others are kept of one.
var groupTags = []string{"Patch Group", "PatchGroup"}

// tagged adds tags to some.
func tagged(before map[string]string, add []types.Tag) (map[string]string, error) {
	after := maps.Clone(before)
	if after == nil {
		after = make(map[string]string)
	}
	for _, t := range add {
		after[*t.Key] = *t.Value
	}
	if len(after) > maxTags {
		return nil, &types.TooManyTagsError{Message: aws.String(fmt.Sprintf("a patch baseline has at most %d tags", maxTags))}
	}
	return after, nil
}

// addTagsToResource notes tags about a baseline, or puts a host into a patch group.
func (s *service) addTagsToResource(ctx context.Context, who Caller, in *ssm.AddTagsToResourceInput) (*ssm.AddTagsToResourceOutput, error) {
	var err error
	switch in.ResourceType {
	case types.ResourceTypeForTaggingPatchBaseline:
		err = s.changeTags(ctx, who, *in.ResourceId, func(tags map[string]string) (map[string]string, error) { return tagged(tags, in.Tags) })
	case types.ResourceTypeForTaggingManagedInstance:
		for _, t := range in.Tags {
			if !slices.Contains(groupTags, *t.Key) || *t.Value == "" {
				return nil, invalid("of a host the tag Patch Group is kept, with a value, and no other: not %q", *t.Key)
			}
		}
		for _, t := range in.Tags {
			if err := s.setGroup(ctx, who, *in.ResourceId, *t.Value); err != nil {
				return nil, err
			}
		}
	default:
		err = noTags(in.ResourceType)
	}
	return &ssm.AddTagsToResourceOutput{}, err
}

// removeTagsFromResource takes them away; a host without one is in the group that it names itself.
func (s *service) removeTagsFromResource(ctx context.Context, who Caller, in *ssm.RemoveTagsFromResourceInput) (*ssm.RemoveTagsFromResourceOutput, error) {
	var err error
	switch in.ResourceType {
	case types.ResourceTypeForTaggingPatchBaseline:
		err = s.changeTags(ctx, who, *in.ResourceId, func(tags map[string]string) (map[string]string, error) {
			maps.DeleteFunc(tags, func(key, _ string) bool { return slices.Contains(in.TagKeys, key) })
			return tags, nil
		})
	case types.ResourceTypeForTaggingManagedInstance:
		if slices.ContainsFunc(in.TagKeys, func(key string) bool { return slices.Contains(groupTags, key) }) {
			err = s.setGroup(ctx, who, *in.ResourceId, "")
		}
	default:
		err = noTags(in.ResourceType)
	}
	return &ssm.RemoveTagsFromResourceOutput{}, err
}

func (s *service) changeTags(ctx context.Context, who Caller, given string, change func(map[string]string) (map[string]string, error)) error {
	shelf, err := s.shelfToChange(ctx, who)
	if err != nil {
		return err
	}
	id, _, err := shelf.find(given)
	if err != nil || baseline.Builtin(id) != nil { // AWS tags none of its own either
		return noResource("there is no patch baseline %s that can have tags", given)
	}
	return shelf.store.ChangeTags(ctx, id, change)
}

// setGroup puts a host into a group, whatever its own tags say; an empty one lets them decide again.
func (s *service) setGroup(ctx context.Context, who Caller, host, group string) error {
	if _, err := s.hostOf(ctx, who, host); err != nil {
		return err
	}
	switch {
	case who.Groups == nil:
	case group == "": // its own tags may say any
		return denied("%s is limited to some patch groups, and the host's own tags may say another", who.Name)
	case !slices.Contains(who.Groups, group):
		return denied("%s is limited to other patch groups", who.Name)
	}
	shelf, err := s.shelf(ctx, who)
	if err != nil {
		return err
	}
	if err := shelf.store.SetHostGroup(ctx, host, group); err != nil {
		return err
	}
	s.acts(ctx, who, "the group of "+host, host)
	return nil
}

// hostOf returns a host that the caller may know of.
func (s *service) hostOf(ctx context.Context, who Caller, host string) (*query.HostView, error) {
	answer, err := s.Index.Host(ctx, host, who.Groups)
	if errors.Is(err, query.ErrUnknownHost) {
		return nil, noResource("there is no host %s", host)
	}
	return &answer.Host, err
}

func noResource(format string, args ...any) error {
	return &types.InvalidResourceId{Message: aws.String(fmt.Sprintf(format, args...))}
}

// listTagsForResource lists the tags of a baseline; of a host, its patch group as one.
func (s *service) listTagsForResource(ctx context.Context, who Caller, in *ssm.ListTagsForResourceInput) (*ssm.ListTagsForResourceOutput, error) {
	out := &ssm.ListTagsForResourceOutput{TagList: []types.Tag{}}
	var tags map[string]string
	switch in.ResourceType {
	case types.ResourceTypeForTaggingPatchBaseline:
		shelf, err := s.shelf(ctx, who)
		if err != nil {
			return nil, err
		}
		id, _, err := shelf.find(*in.ResourceId)
		if err != nil {
			return nil, noResource("there is no patch baseline %s", *in.ResourceId)
		}
		if tags, err = shelf.store.Tags(ctx, id); err != nil {
			return nil, err
		}
	case types.ResourceTypeForTaggingManagedInstance:
		host, err := s.hostOf(ctx, who, *in.ResourceId)
		if err != nil {
			return nil, err
		}
		shelf, err := s.shelf(ctx, who)
		if err != nil {
			return nil, err
		}
		if group := cmp.Or(shelf.library.HostGroups[host.Host], host.Group); group != "" {
			tags = map[string]string{groupTags[0]: group}
		}
	default:
		return nil, noTags(in.ResourceType)
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out.TagList = append(out.TagList, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return out, nil
}

func noTags(kind types.ResourceTypeForTagging) error {
	return &types.InvalidResourceType{Message: aws.String(fmt.Sprintf("%s has no tags here: PatchBaseline and ManagedInstance have", kind))}
}
