package record

import (
	"encoding/json"
	"fmt"
	"time"
)

// Pending is what is left to be done for a host, and the full scan that must be kept for it.
type Pending struct {
	Outbox time.Time `json:"outbox,omitzero"` // when an outbox was written; zero: there is none
	Due    time.Time `json:"due,omitzero"`    // when the report may change by time alone; zero: never
	Later  time.Time `json:"later,omitzero"`  // see [Record.Later]
	Scan   Sum       `json:"scan,omitzero"`   // of the full scan that the record names; zero: none
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
	text, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("encode what is pending: %w", err)
	}
	return string(text), nil
}

// parsePending reads the header of a record; false where it has none, as those of before and those that were put back by hand.
func parsePending(header string) (p Pending, ok bool) {
	return p, header != "" && json.Unmarshal([]byte(header), &p) == nil
}

// pending reads of a record what its header should say.
func (w *wire) pending() (Pending, error) {
	p := Pending{Later: w.Later.UTC()}
	if len(w.Outbox) > 0 {
		p.Outbox = w.CommittedAt.UTC()
	}
	report, err := w.head()
	if err != nil {
		return Pending{}, err
	}
	if report != nil {
		p.Due = report.Due
	}
	if w.V < apartVersion {
		return p, nil
	}
	var facts wireFacts
	if err := unpack(w.Facts, &facts); err != nil {
		return Pending{}, fmt.Errorf("facts: %w", err)
	}
	if facts.Full != nil {
		p.Scan = Sum(facts.Full.Sum)
	}
	return p, nil
}
