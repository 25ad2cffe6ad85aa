package windows

import (
	"regexp"
	"strconv"
	"time"
)

// The forms in which PowerShell writes a time.
//
//	/Date(1763632800000)/              Windows PowerShell: milliseconds since 1970, in UTC
//	/Date(1763632800000+0100)/         the same; the zone is only where it was written
//	2026-11-20T10:00:00.0000000Z       PowerShell 7, and ToString('o')
//	2026-11-20T11:00:00.0000000+01:00
//	2026-11-20T10:00:00                PowerShell 7, of a time without a zone, as all are that the update agent gives: UTC
var dateForm = regexp.MustCompile(`^\\?/Date\((-?\d{1,15})([+-]\d{4})?\)\\?/$`)

var isoForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05", time.DateOnly}

func parseTime(text string) (time.Time, bool) {
	if m := dateForm.FindStringSubmatch(text); m != nil {
		ms, err := strconv.ParseInt(m[1], 10, 64)
		return time.UnixMilli(ms).UTC(), err == nil
	}
	for _, form := range isoForms {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
