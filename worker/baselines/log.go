package baselines

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
)

// The headers by which a bucket marks a key as deleted.
const (
	headerOperation = "KV-Operation"
	operationDelete = "DEL"
)

// put writes an entry past the bucket's own client, which takes no headers.
func (s *Store) put(ctx context.Context, key string, value []byte) (uint64, error) {
	return s.write(ctx, key, value, nil)
}

// putAfter writes one of a baseline's revisions where last is still the newest entry of its key. [ErrConflict]: it is not.
func (s *Store) putAfter(ctx context.Context, id string, text []byte, next Revision, last uint64) (uint64, error) {
	headers := nats.Header{messages.HeaderNumber: {strconv.FormatUint(next.Number, 10)}}
	if !next.Created.IsZero() {
		headers.Set(messages.HeaderCreated, next.Created.Format(time.RFC3339Nano))
	}
	sequence, err := s.write(ctx, baselineKey(id), text, headers, jetstream.WithExpectLastSequencePerSubject(last))
	var refused *jetstream.APIError
	if errors.As(err, &refused) && refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
		return 0, ErrConflict
	}
	return sequence, err
}

// remove marks a key as deleted.
func (s *Store) remove(ctx context.Context, key string) error {
	_, err := s.write(ctx, key, nil, nats.Header{headerOperation: {operationDelete}})
	return err
}

func (s *Store) write(ctx context.Context, key string, value []byte, headers nats.Header, options ...jetstream.PublishOpt) (uint64, error) {
	m := nats.NewMsg(messages.KeySubject(messages.BucketBaselines, key))
	m.Data = value
	maps.Copy(m.Header, headers)
	if s.by != "" {
		m.Header.Set(messages.HeaderBy, s.by)
	}
	ack, err := s.js.PublishMsg(ctx, m, options...)
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// What an entry of the log is about.
const (
	AboutBaseline = "baseline"
	AboutGroup    = "group"   // which baseline applies to a patch group
	AboutDefault  = "default" // which baseline applies to a system
	AboutHost     = "host"    // the group of a host
	AboutSettings = "settings"
	AboutTags     = "tags" // what somebody noted about a baseline
)

// Decision is something that was decided, and by whom.
type Decision struct {
	At       time.Time `json:"at"`
	By       string    `json:"by"`    // empty: nobody said so, as of what was written by other tools
	About    string    `json:"about"` // baseline, group, default, host, settings, tags
	Name     string    `json:"name"`  // of what it is about
	Value    string    `json:"value"` // baseline or group that was chosen, or the settings; empty: it was withdrawn
	Revision uint64    `json:"revision"`
}

// Log returns what was decided, the newest last, as far as the bucket keeps it: the last 64 of each.
func (s *Store) Log(ctx context.Context) ([]Decision, error) {
	var log []Decision
	all := []string{messages.KeySubject(messages.BucketBaselines, ">")}
	err := s.entries(ctx, jetstream.OrderedConsumerConfig{FilterSubjects: all}, func(m *streams.Stored) {
		d := decision(strings.TrimPrefix(m.Subject, messages.KeySubject(messages.BucketBaselines, "")), m.Data)
		d.At, d.Revision, d.By = m.Time.UTC(), m.Seq, m.Header.Get(messages.HeaderBy)
		log = append(log, d)
	})
	if err != nil {
		return nil, fmt.Errorf("read the log of decisions: %w", err)
	}
	slices.SortStableFunc(log, func(a, b Decision) int { return a.At.Compare(b.At) })
	return log, nil
}

// decision says what a key is about.
func decision(key string, value []byte) Decision {
	about, rest, _ := strings.Cut(key, ".")
	d := Decision{About: about, Value: string(value)}
	switch about {
	case AboutBaseline:
		d.Value = "" // it is large, and has a name
		if len(value) > 0 {
			d.Value = "stored"
		}
		d.Name, _ = messages.ParseKeyToken(rest)
	case AboutGroup:
		_ = setNamed(first(rest), second(rest), func(system, group string) { d.Name = group + " on " + system })
	case AboutDefault, AboutTags:
		d.Name, _ = messages.ParseKeyToken(rest)
	case AboutHost:
		d.Name = rest
	}
	return d
}

func first(of string) string  { token, _, _ := strings.Cut(of, "."); return token }
func second(of string) string { _, token, _ := strings.Cut(of, "."); return token }
