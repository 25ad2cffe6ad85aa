package record

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker/streams"
)

// Full scans are in a bucket of their own, PATCH_SCANS, each under its host and its sum: a record is small whatever the host's size. Before
// a record names a scan it is stored, and it is removed once none does. Whoever removes one has seen the sequence at which it was before
// looking at the record: whoever is about to name it has stored it anew since, and the removal fails.

// Scans reads the full scans that a version of a host's record names, from any replica that has them, where who reads may ask it.
func (s *Store) Scans(ctx context.Context, host string, version uint64) ReadScan {
	if streams.ReaderOf(s.js) != nil {
		return s.scans(ctx, host, version, nowhere)
	}
	return s.scans(ctx, host, version, s.anywhere)
}

// scans looks for them by a quick way first. What is not found there is asked of the leaders.
func (s *Store) scans(ctx context.Context, host string, version uint64, quickly func(context.Context, string) (*storedMsg, error)) ReadScan {
	return func(sum Sum) ([]byte, uint64, error) {
		ctx, cancel := context.WithTimeout(ctx, s.timeout)
		defer cancel()
		key := scanKey(host, sum)
		m, err := quickly(ctx, key)
		if err == nil && m == nil { // a replica that lags, or a record that does: the leaders know
			if newest, err := s.IsNewest(ctx, host, version); err != nil || !newest {
				return nil, 0, errors.Join(err, fmt.Errorf("read the full scan of %s: %w", host, ErrConflict))
			}
			m, err = s.newest(ctx, messages.BucketScans, key)
		}
		switch {
		case err != nil:
			return nil, 0, fmt.Errorf("read the full scan of %s: %w", host, err)
		case m == nil:
			return nil, 0, fmt.Errorf("%s: %w", host, ErrScanGone)
		}
		return m.Data, m.Sequence, nil
	}
}

func nowhere(context.Context, string) (*storedMsg, error) { return nil, nil }

// anywhere returns the full scan under a key as any replica has it; nil: the one that answered has none, or none answered.
func (s *Store) anywhere(ctx context.Context, key string) (*storedMsg, error) {
	subject := publisher.APIPrefix(s.js.Options()) + "DIRECT.GET." + messages.BucketStream(messages.BucketScans) + "." + messages.KeySubject(messages.BucketScans, key)
	m, err := s.js.Conn().RequestWithContext(ctx, subject, nil)
	if errors.Is(err, nats.ErrNoResponders) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if m.Header.Get("Status") != "" || m.Header.Get(operation) != "" {
		return nil, nil
	}
	sequence, err := strconv.ParseUint(m.Header.Get(jetstream.SequenceHeader), 10, 64)
	return &storedMsg{Sequence: sequence, Data: m.Data}, err
}

// SaveScan stores the full scan that a record is about to name. One that is there already, as after a crash, is stored again, so
// that nobody who saw it before removes it.
func (s *Store) SaveScan(ctx context.Context, host string, scan *EncodedScan) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	m := nats.NewMsg(messages.KeySubject(messages.BucketScans, scanKey(host, scan.Sum)))
	m.Data = scan.Text
	var err error
	after := uint64(0)
	for range rounds {
		if _, err = s.put(ctx, m, after); !publisher.IsWrongSequence(err) {
			break
		}
		there, lookErr := s.askLeader(ctx, messages.BucketScans, publisher.MsgGet{Last: m.Subject})
		if lookErr != nil {
			return lookErr
		}
		if after = 0; there != nil {
			after = there.Sequence
		}
	}
	if err != nil {
		return fmt.Errorf("store the full scan of %s: %w", host, err)
	}
	return nil
}

// removedFor is how long the mark of a scan that was removed stays: nobody reads it.
const removedFor = time.Hour

// removal is the message that takes the place of a full scan, and is gone itself after a while.
func removal(host string, sum Sum) *nats.Msg {
	m := nats.NewMsg(messages.KeySubject(messages.BucketScans, scanKey(host, sum)))
	m.Header.Set(operation, "DEL") // the bucket keeps one message a key, so there is nothing to roll up
	m.Header.Set(jetstream.MsgTTLHeader, removedFor.String())
	return m
}

// RemoveScan removes a full scan that the newest record of its host does not name, if nobody has stored it again. It waits for no
// answer: what stays is swept.
func (s *Store) RemoveScan(host string, scan Stored) {
	m := removal(host, scan.Sum)
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(scan.Sequence, 10))
	_ = s.js.Conn().PublishMsg(m)
}

// unnamedFor is how long a full scan is left alone that no record names: some worker may be about to write the record that does.
const unnamedFor = 24 * time.Hour

// SweepScans removes the full scans that no record names. named are those of which [Store.Hosts] said that some record does; lost
// is called for each of them that is not stored.
func (s *Store) SweepScans(ctx context.Context, named map[Sum]string, now time.Time, lost func(host string)) error {
	var failed error
	err := streams.ReadHeaders(ctx, s.js, messages.BucketScans, func(e streams.Entry) error {
		host, sum, ok := parseScanKey(e.Key)
		switch {
		case !ok:
		case named[sum] == host:
			delete(named, sum)
		case now.Sub(e.Time) > unnamedFor:
			if err := s.sweepScan(ctx, host, Stored{sum, e.Seq}); err != nil {
				failed = err // go on: one must not keep the others
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for sum, host := range named {
		if gone, err := s.isGone(ctx, host, sum); err != nil {
			failed = err
		} else if gone {
			lost(host)
		}
	}
	return failed
}

// sweepScan removes a full scan, unless the record names it after all.
func (s *Store) sweepScan(ctx context.Context, host string, scan Stored) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	named, err := s.named(ctx, host)
	if err != nil || named == scan.Sum {
		return err
	}
	if _, err = s.put(ctx, removal(host, scan.Sum), scan.Sequence); publisher.IsWrongSequence(err) {
		return nil // somebody has stored it again
	}
	if err != nil {
		return fmt.Errorf("remove a full scan of %s: %w", host, err)
	}
	return nil
}

// isGone reports whether a full scan is not stored which the record of its host names.
func (s *Store) isGone(ctx context.Context, host string, sum Sum) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	named, err := s.named(ctx, host)
	if err != nil || named != sum {
		return false, err
	}
	m, err := s.newest(ctx, messages.BucketScans, scanKey(host, sum))
	return m == nil && err == nil, err
}

// named returns the sum of the full scan that a host's record names, as the leader has it; zero: none.
func (s *Store) named(ctx context.Context, host string) (Sum, error) {
	m, err := s.newest(ctx, messages.BucketHosts, host)
	if m == nil || err != nil {
		return Sum{}, err
	}
	p, err := pendingOf(m.Data)
	if err != nil {
		return Sum{}, notRead(host, err)
	}
	return p.Scan, nil
}
