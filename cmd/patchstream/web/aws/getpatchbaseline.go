package aws

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/patchstream/patchstream/classify/baseline"
)

// predefinedAt is a date for those baselines that nobody has made here.
var predefinedAt = time.Unix(0, 0).UTC()

// getPatchBaseline answers with a baseline as it stands.
func (s *service) getPatchBaseline(ctx context.Context, who Caller, in *ssm.GetPatchBaselineInput) (*ssm.GetPatchBaselineOutput, error) {
	shelf, err := s.shelf(ctx, who)
	if err != nil {
		return nil, err
	}
	id, b, err := shelf.find(*in.BaselineId)
	if err != nil {
		return nil, err
	}
	return shelf.whole(ctx, id, b)
}

// whole is a baseline with its id, dates and groups.
func (b *shelf) whole(ctx context.Context, id string, of *baseline.Baseline) (*ssm.GetPatchBaselineOutput, error) {
	if of == nil {
		return nil, noResource("the patch baseline %s is stored and cannot be read: store it again", id)
	}
	var text []byte
	created, modified := predefinedAt, predefinedAt
	if baseline.Builtin(id) == nil {
		var err error
		if text, _, err = b.store.Get(ctx, id); err != nil {
			return nil, err
		}
		history, err := b.store.History(ctx, id)
		if err != nil {
			return nil, err
		}
		newest := history[len(history)-1]
		created, modified = newest.Created, newest.At
	}
	out, err := described(of, text)
	if err != nil {
		return nil, err
	}
	out.BaselineId, out.CreatedDate, out.ModifiedDate, out.PatchGroups = aws.String(BaselineID(id)), aws.Time(created), aws.Time(modified), b.registered(id)
	if out.Name == nil || *out.Name == "" {
		out.Name = aws.String(id)
	}
	return out, nil
}
