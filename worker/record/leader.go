package record

import (
	"context"
	"fmt"

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

// storedMsg is what is stored under a key.
type storedMsg struct {
	Sequence uint64
	Data     []byte
}

// newest returns what the leader has under a key; nil: nothing, or the mark of what was deleted.
func (s *Store) newest(ctx context.Context, bucket, key string) (*storedMsg, error) {
	m, err := s.askLeader(ctx, bucket, publisher.MsgGet{Last: messages.KeySubject(bucket, key)})
	if m == nil || err != nil {
		return nil, err
	}
	header, err := m.Header()
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", key, err)
	}
	if header.Get(operation) != "" {
		return nil, nil
	}
	data, err := m.Data()
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", key, err)
	}
	return &storedMsg{m.Sequence, data}, nil
}

// IsNewest reports whether nobody has written a host's record since it had a version. While that is so nothing large is sent.
func (s *Store) IsNewest(ctx context.Context, host string, version uint64) (bool, error) {
	m, err := s.askLeader(ctx, messages.BucketHosts, publisher.MsgGet{Sequence: version + 1, Next: messages.KeySubject(messages.BucketHosts, host)})
	return m == nil && err == nil, err
}

// operation is the header of the mark that a deleted key leaves behind.
const operation = "KV-Operation"

// askLeader returns the message of a bucket that is asked for; nil: there is none.
func (s *Store) askLeader(ctx context.Context, bucket string, get publisher.MsgGet) (*publisher.LeaderMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	return publisher.AskLeader(ctx, s.js, messages.BucketStream(bucket), get)
}
