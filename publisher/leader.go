package publisher

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// MsgGet asks a stream's leader for the last message of a subject, or for the next one from a sequence on.
type MsgGet struct {
	Sequence uint64 `json:"seq,omitempty"`
	Next     string `json:"next_by_subj,omitempty"`
	Last     string `json:"last_by_subj,omitempty"`
}

// AskLeader asks the leader of a stream for a message, and decodes into message as much of the answer as that has fields for: seq, hdrs and
// data. The client's own way decodes all, and asks any replica where the stream lets it. False: there is none.
func AskLeader(ctx context.Context, js jetstream.JetStream, stream string, get MsgGet, message any) (found bool, err error) {
	request, err := json.Marshal(get)
	if err != nil {
		return false, err
	}
	reply, err := js.Conn().RequestWithContext(ctx, APIPrefix(js.Options())+"STREAM.MSG.GET."+stream, request)
	if err != nil {
		return false, fmt.Errorf("ask the leader of %s: %w", stream, err)
	}
	answer := struct {
		Message any                 `json:"message"`
		Error   *jetstream.APIError `json:"error"`
	}{Message: message}
	if err := json.Unmarshal(reply.Data, &answer); err != nil {
		return false, fmt.Errorf("ask the leader of %s: %w", stream, err)
	}
	if e := answer.Error; e != nil && e.ErrorCode == jetstream.JSErrCodeMessageNotFound {
		return false, nil
	} else if e != nil {
		return false, fmt.Errorf("ask the leader of %s: %w", stream, e)
	}
	return true, nil
}
