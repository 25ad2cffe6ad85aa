package record

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Reported is a record without the facts.
type Reported struct {
	Report      *classify.Report // nil: nothing was published yet
	Revision    uint64
	CommittedAt time.Time
	Heard       time.Time
}

// ErrNotAsked says that the server could not be asked for a full scan: nothing is known of it.
var ErrNotAsked = errors.New("the full scan could not be asked for")

// Reported returns the report of a record, which is stored at a version, with its patches. Where the record was written since, and
// the full scan that they are of is removed, it is the newest record. Of one of which the full scan is lost they are not
// known, and there are none. [ErrUnreadable], [ErrTooLarge], [ErrNotAsked].
func (s *Store) Reported(ctx context.Context, host string, text []byte, version uint64) (Reported, error) {
	return s.reported(ctx, host, text, version, func(r *Record, read ReadScan) error {
		return r.Provide(classify.Needs{Items: true}, read)
	})
}

func (s *Store) reported(ctx context.Context, host string, text []byte, version uint64, provide func(*Record, ReadScan) error) (Reported, error) {
	for range rounds {
		r, err := decodeReport(text, s.Scans(ctx, host, version), provide)
		if !errors.Is(err, ErrConflict) {
			return r, err
		}
		m, err := s.newest(ctx, messages.BucketHosts, host)
		if err != nil {
			return Reported{}, fmt.Errorf("%w: %w", ErrNotAsked, err)
		}
		if m == nil { // deleted a moment ago
			return Reported{}, nil
		}
		text, version = m.Data, m.Sequence
	}
	return Reported{}, fmt.Errorf("%w: %s: %w", ErrNotAsked, host, ErrConflict)
}

func decodeReport(text []byte, read ReadScan, provide func(*Record, ReadScan) error) (Reported, error) {
	r, err := Decode(text)
	if err != nil {
		return Reported{}, err
	}
	asked := func(sum Sum) ([]byte, uint64, error) {
		text, sequence, err := read(sum)
		if err != nil && !errors.Is(err, ErrScanGone) && !errors.Is(err, ErrConflict) {
			err = fmt.Errorf("%w: %w", ErrNotAsked, err)
		}
		return text, sequence, err
	}
	if err = provide(r, asked); errors.Is(err, ErrScanGone) {
		r.ForgetScan()
		err = nil
	}
	return Reported{Report: r.Report, Revision: r.Revision, CommittedAt: r.CommittedAt, Heard: r.Heard}, err
}
