package record

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
)

// The client of a bucket asks any replica (DIRECT.GET), wherever the bucket lets it. Only the leader knows what is newest, and
// it alone answers STREAM.MSG.GET, which the client has no way to choose.

// LoadNewest is [Store.LoadUpTo] of the record as the leader of the bucket has it.
func (s *Store) LoadNewest(ctx context.Context, host string, maxBytes int) (*Record, uint64, error) {
	m, err := s.newest(ctx, messages.BucketHosts, host)
	if m == nil || err != nil {
		return nil, 0, err
	}
	return decodeUpTo(host, m.Data, m.Sequence, maxBytes)
}

// newest returns what the leader has under a key; nil: nothing, or the mark of what was deleted.
func (s *Store) newest(ctx context.Context, bucket, key string) (*storedMsg, error) {
	m, err := s.askLeader(ctx, bucket, msgGet{Last: messages.KeySubject(bucket, key)})
	if m == nil || err != nil || len(m.Header) == 0 {
		return m, err
	}
	header, err := nats.DecodeHeadersMsg(m.Header)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", key, err)
	}
	if header.Get(operation) != "" {
		return nil, nil
	}
	return m, nil
}

// IsNewest reports whether nobody has written a host's record since it had a version. While that is so nothing large is sent.
func (s *Store) IsNewest(ctx context.Context, host string, version uint64) (bool, error) {
	m, err := s.askLeader(ctx, messages.BucketHosts, msgGet{Sequence: version + 1, Next: messages.KeySubject(messages.BucketHosts, host)})
	return m == nil && err == nil, err
}

// operation is the header of the mark that a deleted key leaves behind.
const operation = "KV-Operation"

// msgGet asks for the last message of a subject, or for the next one from a sequence on.
type msgGet struct {
	Sequence uint64 `json:"seq,omitempty"`
	Next     string `json:"next_by_subj,omitempty"`
	Last     string `json:"last_by_subj,omitempty"`
}

// storedMsg is a message as a leader hands it out.
type storedMsg struct {
	Sequence uint64 `json:"seq"`
	Header   []byte `json:"hdrs"`
	Data     []byte `json:"data"`
}

// askLeader returns the message of a bucket that is asked for; nil: there is none.
func (s *Store) askLeader(ctx context.Context, bucket string, get msgGet) (*storedMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	request, err := json.Marshal(get)
	if err != nil {
		return nil, err
	}
	subject := publisher.APIPrefix(s.js.Options()) + "STREAM.MSG.GET." + messages.BucketStream(bucket)
	reply, err := s.js.Conn().RequestWithContext(ctx, subject, request)
	if err != nil {
		return nil, fmt.Errorf("ask the leader of %s: %w", bucket, err)
	}
	var answer struct {
		Message *storedMsg          `json:"message"`
		Error   *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(reply.Data, &answer); err != nil {
		return nil, fmt.Errorf("ask the leader of %s: %w", bucket, err)
	}
	if e := answer.Error; e != nil && e.ErrorCode == jetstream.JSErrCodeMessageNotFound {
		return nil, nil
	} else if e != nil {
		return nil, fmt.Errorf("ask the leader of %s: %w", bucket, e)
	}
	return answer.Message, nil
}
