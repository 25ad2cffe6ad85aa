package hoststate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/publisher"
)

// ErrConflict says that somebody else wrote the record since it was read.
var ErrConflict = errors.New("the host's record was written by another worker")

// Store reads and writes records. It is safe for concurrent use.
type Store struct {
	kv      jetstream.KeyValue
	timeout time.Duration
}

// NewStore returns a store in the bucket PATCH_HOSTS. timeout bounds each request to the server.
func NewStore(kv jetstream.KeyValue, timeout time.Duration) *Store { return &Store{kv, timeout} }

// Load returns a host's record and the version to save it under; nil and 0 where there is none.
func (s *Store) Load(ctx context.Context, host string) (*Record, uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	entry, err := s.kv.Get(ctx, host)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("load %s: %w", host, err)
	}
	r, err := Decode(entry.Value())
	if err != nil {
		return nil, 0, fmt.Errorf("load %s: %w", host, err)
	}
	return r, entry.Revision(), nil
}

// Save writes an encoded record by compare-and-set on version, 0 where there was none, and returns the new
// version. [ErrConflict]: nothing was written. Any other error leaves open whether it was.
func (s *Store) Save(ctx context.Context, host string, encoded []byte, version uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	var err error
	if version == 0 {
		version, err = s.kv.Create(ctx, host, encoded)
	} else {
		version, err = s.kv.Update(ctx, host, encoded, version)
	}
	if publisher.IsWrongSequence(err) || errors.Is(err, jetstream.ErrKeyExists) {
		return 0, fmt.Errorf("save %s: %w", host, ErrConflict)
	}
	if err != nil {
		return 0, fmt.Errorf("save %s: %w", host, err)
	}
	return version, nil
}

// Hosts returns the names of all hosts that have a record, in no order. It ends early when the context does.
func (s *Store) Hosts(ctx context.Context) (<-chan string, error) {
	keys, err := s.kv.ListKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the hosts: %w", err)
	}
	return keys.Keys(), nil
}
