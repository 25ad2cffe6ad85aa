package record

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"

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
	m, err := s.askLeader(ctx, bucket, publisher.MsgGet{Last: messages.KeySubject(bucket, key)})
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
	m, err := s.askLeader(ctx, messages.BucketHosts, publisher.MsgGet{Sequence: version + 1, Next: messages.KeySubject(messages.BucketHosts, host)})
	return m == nil && err == nil, err
}

// operation is the header of the mark that a deleted key leaves behind.
const operation = "KV-Operation"

// storedMsg is a message as a leader hands it out.
type storedMsg struct {
	Sequence uint64 `json:"seq"`
	Header   []byte `json:"hdrs"`
	Data     []byte `json:"data"`
}

// askLeader returns the message of a bucket that is asked for; nil: there is none.
func (s *Store) askLeader(ctx context.Context, bucket string, get publisher.MsgGet) (*storedMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	m := new(storedMsg)
	found, err := publisher.AskLeader(ctx, s.js, messages.BucketStream(bucket), get, m)
	if err != nil || !found {
		return nil, err
	}
	return m, nil
}
