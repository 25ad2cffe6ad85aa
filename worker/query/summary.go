package query

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// What a summary may be by.
const (
	SummaryByGroup     = "group"
	SummaryBySystem    = "system"
	SummaryByBaseline  = "baseline"
	SummaryByLevel     = "level"     // of hosts: the highest non-compliant one
	SummaryByCondition = "condition" // a host counts for each that stands
)

// SummaryWays returns what a summary may be by.
func SummaryWays() []string {
	return []string{SummaryByGroup, SummaryBySystem, SummaryByBaseline, SummaryByLevel, SummaryByCondition}
}

// SummaryAnswer is the fleet, added up.
type SummaryAnswer struct {
	AsOf  AsOf         `json:"as_of"`
	By    string       `json:"by,omitempty"`
	Total SummaryRow   `json:"total"`
	Rows  []SummaryRow `json:"rows"` // by key; none without by
}

// SummaryRow is some hosts, added up. Retired ones count nowhere.
type SummaryRow struct {
	Key          string          `json:"key"` // empty: of a group, none; of a level, nothing is non-compliant
	Hosts        int             `json:"hosts"`
	Compliant    int             `json:"compliant"`
	NonCompliant int             `json:"non_compliant"`
	Unknown      int             `json:"unknown"`
	Outdated     int             `json:"outdated"` // hosts that are judged by another baseline than applies by now
	Counts       messages.Counts `json:"counts"`   // patches
	Conditions   map[string]int  `json:"conditions"`

	patches [numCounts]int // as they are added up
}

// Summary adds up the hosts of a filter, and by something where that is not empty. An unknown one is a [*messages.FieldError].
func (x *Index) Summary(ctx context.Context, by string, f Filter) (*SummaryAnswer, error) {
	if by != "" && !slices.Contains(SummaryWays(), by) {
		return nil, &messages.FieldError{Field: "by", Problem: fmt.Sprintf("unknown value %q: the values are %s", by, strings.Join(SummaryWays(), " "))}
	}
	answer := &SummaryAnswer{By: by, Rows: []SummaryRow{}, Total: newSummaryRow("")}
	return answer, x.read(ctx, func(s *snapshot) error {
		answer.AsOf = s.asOf
		rows := make(map[string]*SummaryRow)
		s.matching(&f, func(a *asOf) {
			if a.status == messages.Retired {
				return
			}
			answer.Total.add(a)
			for _, key := range a.keys(by) {
				row := rows[key]
				if row == nil {
					made := newSummaryRow(key)
					row = &made
					rows[key] = row
				}
				row.add(a)
			}
		})
		for _, row := range rows {
			answer.Rows = append(answer.Rows, row.done())
		}
		answer.Total = answer.Total.done()
		slices.SortFunc(answer.Rows, func(a, b SummaryRow) int {
			if by == SummaryByLevel {
				return cmp.Compare(levelRank(messages.Level(a.Key)), levelRank(messages.Level(b.Key)))
			}
			return cmp.Compare(a.Key, b.Key)
		})
		return nil
	})
}

// keys are the rows in which a host counts.
func (a *asOf) keys(by string) []string {
	switch by {
	case SummaryByGroup:
		return []string{a.group.Value()}
	case SummaryBySystem:
		return []string{a.os.Value().System}
	case SummaryByBaseline:
		return []string{a.baseline.Value().ID}
	case SummaryByLevel:
		return []string{string(a.level)}
	case SummaryByCondition:
		return a.codes()
	}
	return nil
}

// codes are those of the conditions that stand, in no order.
func (a *asOf) codes() (codes []string) {
	for _, c := range a.conditions {
		codes = append(codes, c.Code)
	}
	if a.scanOld {
		codes = append(codes, classify.ScanOld)
	}
	return codes
}

func newSummaryRow(key string) SummaryRow {
	return SummaryRow{Key: key, Counts: make(messages.Counts, numCounts), Conditions: make(map[string]int)}
}

func (r *SummaryRow) done() SummaryRow {
	for i, k := range countKeys {
		r.Counts[k] = r.patches[i]
	}
	return *r
}

func (r *SummaryRow) add(a *asOf) {
	r.Hosts++
	switch a.status {
	case messages.Compliant:
		r.Compliant++
	case messages.NonCompliant:
		r.NonCompliant++
	default:
		r.Unknown++
	}
	if a.outdated {
		r.Outdated++
	}
	for i, n := range a.counts {
		r.patches[i] += int(n)
	}
	for _, code := range a.codes() {
		r.Conditions[code]++
	}
}
