package publisher

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// MsgGet asks a stream's leader for the last message of a subject, or for the next one from a sequence on.
type MsgGet struct {
	Sequence uint64 `json:"seq,omitempty"`
	Next     string `json:"next_by_subj,omitempty"`
	Last     string `json:"last_by_subj,omitempty"`
}

// LeaderMsg is a message as the leader of its stream hands it out. What is not asked of it is not decoded.
type LeaderMsg struct {
	Sequence      uint64
	headers, data []byte // in base64
}

// Header returns the headers of the message; nil: it has none.
func (m *LeaderMsg) Header() (nats.Header, error) {
	text, err := decodeBase64(m.headers)
	if err != nil || len(text) == 0 {
		return nil, err
	}
	return nats.DecodeHeadersMsg(text)
}

// Data returns the payload of the message.
func (m *LeaderMsg) Data() ([]byte, error) { return decodeBase64(m.data) }

func decodeBase64(text []byte) ([]byte, error) {
	return base64.StdEncoding.AppendDecode(nil, text)
}

// AskLeader asks the leader of a stream for a message; nil: there is none. The client's own way asks any replica, where the stream
// lets it.
func AskLeader(ctx context.Context, js jetstream.JetStream, stream string, get MsgGet) (*LeaderMsg, error) {
	request, err := json.Marshal(get)
	if err != nil {
		return nil, err
	}
	reply, err := js.Conn().RequestWithContext(ctx, APIPrefix(js.Options())+"STREAM.MSG.GET."+stream, request)
	if err != nil {
		return nil, fmt.Errorf("ask the leader of %s: %w", stream, err)
	}
	m, err := readAnswer(reply.Data)
	if err != nil {
		return nil, fmt.Errorf("ask the leader of %s: %w", stream, err)
	}
	return m, nil
}

// readAnswer reads what a leader answers: JSON, nearly all of which is the payload in base64.
func readAnswer(text []byte) (*LeaderMsg, error) {
	data, text := cutBase64(text, "data")
	headers, text := cutBase64(text, "hdrs")
	var answer struct {
		Message struct {
			Sequence uint64 `json:"seq"`
			Headers  string `json:"hdrs"` // what was not cut out, since a server spells it otherwise
			Data     string `json:"data"`
		} `json:"message"`
		Error *jetstream.APIError `json:"error"`
	}
	switch err := json.Unmarshal(text, &answer); {
	case err != nil:
		return nil, err
	case answer.Error != nil && answer.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return nil, nil
	case answer.Error != nil:
		return nil, answer.Error
	}
	m := answer.Message
	return &LeaderMsg{m.Sequence, append(headers, m.Headers...), append(data, m.Data...)}, nil
}

// cutBase64 takes a field in base64 out of JSON, and returns the JSON without it: reading all of an answer as JSON takes several times as
// long. Where the field cannot be told by its bytes it stays: within a string of JSON a quotation mark has a backslash before it.
func cutBase64(text []byte, field string) (value, rest []byte) {
	begin := []byte(`,"` + field + `":"`)
	from := bytes.Index(text, begin)
	if from < 0 {
		return nil, text
	}
	value = text[from+len(begin):]
	end := bytes.IndexByte(value, '"')
	if end < 0 || bytes.IndexByte(value[:end], '\\') >= 0 {
		return nil, text
	}
	return value[:end:end], slices.Concat(text[:from], value[end+1:])
}
