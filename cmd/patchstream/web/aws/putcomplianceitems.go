package aws

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/items"
)

// customPrefix is what the types of others begin with.
const customPrefix = "Custom:"

// putComplianceItems sets states of patches by hand, or keeps what somebody else checked on a host.
func (s *service) putComplianceItems(ctx context.Context, who Caller, in *ssm.PutComplianceItemsInput) (*ssm.PutComplianceItemsOutput, error) {
	if *in.ResourceType != managedInstance {
		return nil, &types.InvalidResourceType{Message: aws.String("the type of a resource is " + managedInstance)}
	}
	host, err := s.hostOf(ctx, who, *in.ResourceId)
	if err != nil {
		return nil, err
	}
	if host.Status == messages.Retired {
		return nil, noResource("%s is retired", host.Host)
	}
	if err := uniqueIDs(in); err != nil {
		return nil, err
	}
	switch kind := *in.ComplianceType; {
	case kind == items.TypePatch:
		err = s.putPatches(ctx, who, in)
	case strings.HasPrefix(kind, customPrefix):
		err = s.putCustom(ctx, who, in)
	default:
		err = badContent(in, "items of type %s cannot be put: there are %s, and types that begin with %s", kind, items.TypePatch, customPrefix)
	}
	return &ssm.PutComplianceItemsOutput{}, err
}

func badContent(in *ssm.PutComplianceItemsInput, format string, args ...any) error {
	return &types.InvalidItemContentException{TypeName: in.ComplianceType, Message: aws.String(fmt.Sprintf(format, args...))}
}

// uniqueIDs refuses items that cannot be told apart.
func uniqueIDs(in *ssm.PutComplianceItemsInput) error {
	seen := make(map[string]bool, len(in.Items))
	for i := range in.Items {
		id := aws.ToString(in.Items[i].Id)
		switch {
		case id == "":
			return badContent(in, "items.%d.member.id is missing", i+1)
		case len(id) > messages.MaxStringBytes:
			return badContent(in, "items.%d.member.id has more than %d bytes", i+1, messages.MaxStringBytes)
		case seen[id]:
			return badContent(in, "items.%d.member.id: %s stands there a second time", i+1, id)
		}
		seen[id] = true
	}
	return nil
}

// putCustom keeps items of a type of somebody else's.
func (s *service) putCustom(ctx context.Context, who Caller, in *ssm.PutComplianceItemsInput) error {
	l := s.listOf(who, in)
	for i := range in.Items {
		item := &in.Items[i]
		l.Items = append(l.Items, items.Item{
			ID: aws.ToString(item.Id), Title: aws.ToString(item.Title), Severity: messages.Level(item.Severity),
			Compliant: item.Status == types.ComplianceStatusCompliant, Details: item.Details,
		})
	}
	return s.keep(ctx, in, l)
}

// listOf is what is kept of a request, but for its items.
func (s *service) listOf(who Caller, in *ssm.PutComplianceItemsInput) items.List {
	return items.List{
		Type: *in.ComplianceType, Hash: aws.ToString(in.ItemContentHash), PutAt: s.Now().UTC(), By: who.Name,
		ExecutedAt: in.ExecutionSummary.ExecutionTime.UTC(), ExecutionID: aws.ToString(in.ExecutionSummary.ExecutionId), ExecutionType: aws.ToString(in.ExecutionSummary.ExecutionType),
	}
}

func (s *service) keep(ctx context.Context, in *ssm.PutComplianceItemsInput, l items.List) error {
	how := items.Complete
	if in.UploadType == types.ComplianceUploadTypePartial {
		how = items.Partial
	}
	_, err := items.NewStore(s.JS).Put(ctx, *in.ResourceId, l, how)
	switch {
	case errors.Is(err, items.ErrTypes):
		return &types.ComplianceTypeCountLimitExceededException{Message: aws.String(err.Error())}
	case errors.Is(err, items.ErrSize), errors.Is(err, nats.ErrMaxPayload):
		return &types.TotalSizeLimitExceededException{Message: aws.String(err.Error())}
	}
	return err
}
