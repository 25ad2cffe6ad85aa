package record

import (
	"fmt"
	"time"

	"github.com/patchstream/patchstream/messages/wire"
)

// Pending is what is left to be done for a host, and the full scan that must be kept for it.
type Pending struct {
	Outbox time.Time // when an outbox was written; zero: there is none
	Due    time.Time // when the report may change by time alone; zero: never
	Later  time.Time // see [Record.Later]
	Scan   Sum       // of the full scan that the record names; zero: none
}

func (r *Record) pending() Pending {
	p := Pending{Later: r.Later.UTC()}
	if r.Outbox != nil {
		p.Outbox = r.CommittedAt.UTC()
	}
	if r.Report != nil {
		p.Due = r.Report.Due.UTC()
	}
	if full := r.Facts.Full; full != nil {
		p.Scan = Sum(full.Sum)
	}
	return p
}

func (p Pending) encode() (string, error) {
	text, err := wire.Append(make([]byte, 0, 256), wire.JSON, pendingFields, &p)
	if err != nil {
		return "", fmt.Errorf("encode what is pending: %w", err)
	}
	return string(text), nil
}

// parsePending reads the header of a record; false where it has none, as those of before and those that were put back by hand.
func parsePending(header string) (p Pending, ok bool) {
	ok = header != "" && wire.Read([]byte(header), wire.JSON, pendingFields, &p) == nil
	return p, ok
}

// pendingOf reads of a record what its header should say. Up to version 3 the full scan is in the record, and none is named.
func pendingOf(text []byte) (Pending, error) {
	r, err := Decode(text)
	if err != nil {
		return Pending{}, err
	}
	p := r.pending()
	if r.full == nil || !r.full.stored {
		p.Scan = Sum{}
	}
	return p, nil
}
