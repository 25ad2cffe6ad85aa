package items

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
)

// Count is how many items of a type a host has, by severity.
type Count struct {
	Type         string                 `json:"type"`
	Compliant    map[messages.Level]int `json:"compliant,omitempty"`
	NonCompliant map[messages.Level]int `json:"non_compliant,omitempty"`

	// Of what made them.
	ExecutedAt    time.Time `json:"executed_at"`
	ExecutionID   string    `json:"execution_id,omitempty"`
	ExecutionType string    `json:"execution_type,omitempty"`
}

// count counts lists; those of which only a hash is kept are none.
func count(lists []List) []Count {
	counts := []Count{}
	for _, l := range lists {
		if l.Type == TypePatch {
			continue
		}
		c := Count{Type: l.Type, Compliant: map[messages.Level]int{}, NonCompliant: map[messages.Level]int{}, ExecutedAt: l.ExecutedAt, ExecutionID: l.ExecutionID, ExecutionType: l.ExecutionType}
		for _, i := range l.Items {
			if i.Compliant {
				c.Compliant[i.Severity]++
			} else {
				c.NonCompliant[i.Severity]++
			}
		}
		counts = append(counts, c)
	}
	return counts
}

func setCounts(h nats.Header, lists []List) error {
	text, err := json.Marshal(count(lists))
	if err == nil {
		h.Set(messages.HeaderSummary, string(text))
	}
	return err
}

// Counts counts the items of all hosts. It reads headers, and of those each time what is new. It is safe for concurrent use.
type Counts struct {
	js jetstream.JetStream

	mu     sync.Mutex
	bucket *streams.Bucket
	seq    uint64 // up to which it has read
	hosts  map[string][]Count
}

// NewCounts returns the counts of a server. It does no I/O.
func NewCounts(js jetstream.JetStream) *Counts {
	return &Counts{js: js, bucket: streams.NewBucket(js, messages.BucketItems), hosts: make(map[string][]Count)}
}

// Hosts returns what each host counts, by type, as it is when it is called; those that have nothing are not in it. It changes no more. [ErrNoBucket].
func (c *Counts) Hosts(ctx context.Context) (map[string][]Count, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	state, err := c.bucket.Look(ctx)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return nil, ErrNoBucket
	case errors.Is(err, streams.ErrAnew):
		c.seq, c.hosts = 0, make(map[string][]Count)
	case err != nil:
		return nil, err
	}
	if state.LastSeq > c.seq {
		next := maps.Clone(c.hosts) // others may hold the last one
		if err := c.read(ctx, next, state.LastSeq); err != nil {
			return nil, fmt.Errorf("count the items of hosts: %w", err)
		}
		c.hosts, c.seq = next, state.LastSeq
	}
	return c.hosts, nil
}

func (c *Counts) read(ctx context.Context, into map[string][]Count, last uint64) error {
	consumer, err := c.js.OrderedConsumer(ctx, messages.BucketStream(messages.BucketItems), jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: c.seq + 1, HeadersOnly: true, InactiveThreshold: streams.ForgottenAfter,
	})
	if err != nil {
		return err
	}
	if consumer.CachedInfo().NumPending == 0 {
		return nil
	}
	iterator, err := consumer.Messages(jetstream.PullMaxMessages(256))
	if err != nil {
		return err
	}
	defer iterator.Stop()
	for {
		m, err := iterator.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		meta, err := m.Metadata()
		if err != nil {
			return err
		}
		take(into, strings.TrimPrefix(m.Subject(), messages.KeySubject(messages.BucketItems, "")), m.Headers())
		if meta.NumPending == 0 || meta.Sequence.Stream >= last {
			return nil
		}
	}
}

// take notes what a host counts by now. What cannot be read counts nothing: somebody else wrote it.
func take(into map[string][]Count, host string, h nats.Header) {
	var counts []Count
	if h.Get(headerOperation) != "" || json.Unmarshal([]byte(h.Get(messages.HeaderSummary)), &counts) != nil || len(counts) == 0 {
		delete(into, host)
		return
	}
	into[host] = counts
}
