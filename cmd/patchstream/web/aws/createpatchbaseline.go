package aws

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/patchstream/patchstream/worker/baselines"
)

// createPatchBaseline stores a baseline under a new id. With a token the id is made of it: who sends the same again gets the one that is there.
func (s *service) createPatchBaseline(ctx context.Context, who Caller, in *ssm.CreatePatchBaselineInput) (*ssm.CreatePatchBaselineOutput, error) {
	shelf, err := s.shelfToChange(ctx, who)
	if err != nil {
		return nil, err
	}
	text, err := textOf(createdBy(in))
	if err != nil {
		return nil, err
	}
	tags, err := tagged(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	id := idOf(rand.Text())
	if in.ClientToken != nil {
		id = idOf("ClientToken " + *in.ClientToken)
	}
	if err := create(ctx, shelf.store, id, text); err != nil {
		return nil, err
	}
	if len(tags) > 0 {
		if err := shelf.store.ChangeTags(ctx, id, func(map[string]string) (map[string]string, error) { return tags, nil }); err != nil {
			return nil, err
		}
	}
	s.acts(ctx, who, "baseline "+id)
	return &ssm.CreatePatchBaselineOutput{BaselineId: aws.String(id)}, nil
}

// createdBy is the baseline that a request describes.
func createdBy(in *ssm.CreatePatchBaselineInput) *ssm.GetPatchBaselineOutput {
	of := &ssm.GetPatchBaselineOutput{
		Name: in.Name, OperatingSystem: in.OperatingSystem, Description: in.Description, Sources: in.Sources,
		GlobalFilters: in.GlobalFilters, ApprovalRules: in.ApprovalRules,
		ApprovedPatches: in.ApprovedPatches, ApprovedPatchesComplianceLevel: in.ApprovedPatchesComplianceLevel, ApprovedPatchesEnableNonSecurity: in.ApprovedPatchesEnableNonSecurity,
		RejectedPatches: in.RejectedPatches, RejectedPatchesAction: in.RejectedPatchesAction,
		AvailableSecurityUpdatesComplianceStatus: in.AvailableSecurityUpdatesComplianceStatus,
	}
	if of.OperatingSystem == "" { // as AWS has it
		of.OperatingSystem = types.OperatingSystemWindows
	}
	complete(of)
	return of
}

// create stores a baseline where there is none. One that was created by the same request before is left as it is by now.
func create(ctx context.Context, store *baselines.Store, id string, text []byte) error {
	history, err := store.History(ctx, id)
	if err != nil {
		return err
	}
	if len(history) == 0 || history[len(history)-1].Removed {
		_, _, err := store.PutRevision(ctx, id, text)
		if !errors.Is(err, baselines.ErrConflict) { // else the same request came twice at a time
			return err
		}
		if history, err = store.History(ctx, id); err != nil {
			return err
		}
	}
	first, _, err := store.At(ctx, id, history[0].Number)
	if err != nil {
		return err
	}
	if history[0].Number == 1 && !sameText(first, text) {
		return &types.IdempotentParameterMismatch{Message: aws.String("another patch baseline was created with this ClientToken")}
	}
	return nil
}

func sameText(a, b []byte) bool {
	var plainA, plainB bytes.Buffer
	return json.Compact(&plainA, a) == nil && json.Compact(&plainB, b) == nil && bytes.Equal(plainA.Bytes(), plainB.Bytes())
}
