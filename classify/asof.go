package classify

import (
	"cmp"
	"slices"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// AsOf applies to a report that was made earlier the rule that time alone applies, scan_old (classification.md,
// section 1): a host that fell silent must not look fine until its next event.
func (r *Report) AsOf(now time.Time, s Settings) {
	if !s.ScanOld(now, r.About.ScanAt) || stands(r.Conditions, ScanOld) {
		return
	}
	old := messages.Condition{Code: ScanOld, Since: r.About.ScanAt.Add(s.ScanMaxAge.or(defaultScanMaxAge)), Detail: instant(r.About.ScanAt)}
	r.Conditions = append(slices.Clip(r.Conditions), old)
	slices.SortStableFunc(r.Conditions, func(a, b messages.Condition) int { return cmp.Compare(place(a.Code), place(b.Code)) })
	r.Reasons = reasonsOf(r.Conditions, r.anyWaits())
	r.Status = s.StatusAsOf(now, r.Status, r.About.ScanAt)
}

// StatusAsOf is [Report.AsOf] for a status alone. scanAt is when the host's newest complete scan was taken; where
// it or now is zero, age is not judged.
func (s Settings) StatusAsOf(now time.Time, status messages.HostStatus, scanAt time.Time) messages.HostStatus {
	if status != messages.NonCompliant && s.ScanOld(now, scanAt) {
		return messages.Unknown
	}
	return status
}

// Expires returns when the first of the overrides that stand in the report expires or the first delay is over; zero: none
// does. From then on the report is no longer true (classification.md, section 6): judge the facts again.
func (r *Report) Expires() time.Time {
	first := r.Waits
	for _, t := range r.Tallies() {
		first = sooner(first, t.Expires)
	}
	return first
}

// ScanOld reports whether a scan is too old by now. Where one of the two times is zero, age is not judged.
func (s Settings) ScanOld(now, scanAt time.Time) bool {
	return !now.IsZero() && !scanAt.IsZero() && scanAt.Before(s.OldBefore(now))
}

// OldBefore is before when a scan must have been taken to be too old by now.
func (s Settings) OldBefore(now time.Time) time.Time {
	return now.Add(-s.ScanMaxAge.or(defaultScanMaxAge))
}
