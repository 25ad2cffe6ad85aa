package classify

import (
	"slices"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// What was judged when its scan was young and is looked at later reads as if it were judged then.
func TestAReportReadLaterSaysWhatJudgingThenWouldSay(t *testing.T) {
	const week = 7 * 24 * time.Hour
	scanAt := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		status   messages.HostStatus
		reasons  []string
		scanAt   time.Time
		settings Settings
		after    time.Duration
		want     messages.HostStatus
		why      []string
	}{
		"young":                           {messages.Compliant, nil, scanAt, Settings{}, week, messages.Compliant, nil},
		"old":                             {messages.Compliant, nil, scanAt, Settings{}, week + 1, messages.Unknown, []string{ScanOld}},
		"old by the setting":              {messages.Compliant, nil, scanAt, Settings{ScanMaxAge: Age(time.Hour)}, time.Hour + 1, messages.Unknown, []string{ScanOld}},
		"young by it":                     {messages.Compliant, nil, scanAt, Settings{ScanMaxAge: Age(2 * week)}, 2 * week, messages.Compliant, nil},
		"non-compliant stays, and is old": {messages.NonCompliant, nil, scanAt, Settings{}, 2 * week, messages.NonCompliant, []string{ScanOld}},
		"one reason more":                 {messages.Unknown, []string{NoSecuritySource}, scanAt, Settings{}, 2 * week, messages.Unknown, []string{NoSecuritySource, ScanOld}},
		"said once":                       {messages.Unknown, []string{ScanOld}, scanAt, Settings{}, 2 * week, messages.Unknown, []string{ScanOld}},
		"never scanned":                   {messages.Unknown, []string{NoCompleteScan}, time.Time{}, Settings{}, 2 * week, messages.Unknown, []string{NoCompleteScan}},
	} {
		r := &Report{Status: c.status, Reasons: c.reasons, About: About{ScanAt: c.scanAt}}
		r.Upgrade() // its conditions are its reasons
		now := scanAt.Add(c.after)
		if got := c.settings.StatusAsOf(now, c.status, c.scanAt); got != c.want {
			t.Errorf("%s: StatusAsOf %s, want %s", name, got, c.want)
		}
		if r.AsOf(now, c.settings); r.Status != c.want || !slices.Equal(r.Reasons, c.why) {
			t.Errorf("%s: %s %v, want %s %v", name, r.Status, r.Reasons, c.want, c.why)
		}
		if !slices.Equal(r.Codes(), c.why) {
			t.Errorf("%s: conditions %v, want %v", name, r.Codes(), c.why)
		}
	}
}
