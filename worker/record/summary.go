package record

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/wire"
)

// Summary is what the record of a host counts for in its fleet. The zero value is that of a record without a
// report.
type Summary struct {
	Status  messages.HostStatus
	ScanAt  time.Time // newest complete scan; zero: none
	Expires time.Time // first end of an override that stands; zero: none ends
	Patches []Tally

	// Conditions are the codes of those that stand. Headers of before there were any have none.
	Conditions []string
}

// Tally is how many patches of a host are in one state at one level. At most one for each pair of them.
type Tally struct {
	State  messages.State
	Level  messages.Level
	Number int

	// Since is when the first of them fell due. Only where they are due, MISSING or FAILED; else zero.
	Since time.Time
}

// Summarise returns the summary of a report; nil is a report that was not made yet.
func Summarise(r *classify.Report) Summary {
	if r == nil {
		return Summary{}
	}
	s := Summary{Status: r.Status, ScanAt: r.About.ScanAt, Expires: r.Expires(), Conditions: r.Codes()}
	for _, t := range r.Tallies() {
		s.add(t)
	}
	slices.SortFunc(s.Patches, func(a, b Tally) int { return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.Level, b.Level)) })
	return s
}

// renewed returns the summary of the report that follows the one of this summary. If it is Kept, its patches count for what they did before.
func (s Summary) renewed(r *classify.Report) Summary {
	if !r.Kept {
		return Summarise(r)
	}
	s.Status, s.ScanAt, s.Conditions = r.Status, r.About.ScanAt, r.Codes()
	return s
}

func (s *Summary) add(of classify.Tally) {
	t := s.of(of.State, of.Level)
	t.Number += of.Number
	if of.State.Outstanding() && (t.Since.IsZero() || of.Since.Before(t.Since)) {
		t.Since = of.Since
	}
}

func (s *Summary) of(state messages.State, level messages.Level) *Tally {
	for i := range s.Patches {
		if t := &s.Patches[i]; t.State == state && t.Level == level {
			return t
		}
	}
	s.Patches = append(s.Patches, Tally{State: state, Level: level})
	return &s.Patches[len(s.Patches)-1]
}

// Encode returns the summary as it stands in the header.
func (s Summary) Encode() (string, error) {
	text, err := wire.Append(make([]byte, 0, 512), wire.JSON, summaryFields, &s)
	if err != nil {
		return "", fmt.Errorf("encode the summary: %w", err)
	}
	return string(text), nil
}

// ParseSummary reads what [Summary.Encode] wrote. Fields that it does not know are ignored.
func ParseSummary(text string) (Summary, error) {
	var s Summary
	if err := wire.Read([]byte(text), wire.JSON, summaryFields, &s); err != nil {
		return Summary{}, fmt.Errorf("%s: %w", messages.HeaderSummary, err)
	}
	return s, nil
}
