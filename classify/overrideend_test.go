package classify

import (
	"strings"
	"testing"
	"time"
)

func TestAnOverrideEndsAsIsSaidOrAsTheSettingsSay(t *testing.T) {
	now := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	week := Settings{OverrideExpires: Age(7 * 24 * time.Hour)}
	for _, c := range []struct {
		settings Settings
		said     string
		want     time.Time
		problem  string
	}{
		{Settings{}, "", now.AddDate(0, 0, 90), ""},
		{week, "", now.AddDate(0, 0, 7), ""},
		{week, "30d", now.AddDate(0, 0, 30), ""},
		{week, "never", time.Time{}, ""},
		{week, "2026-12-01", time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), ""},
		{week, "2026-12-01T12:00:00+02:00", time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC), ""},
		{week, "2026-11-28T10:00:00Z", time.Time{}, "past"},
		{week, "3m", time.Time{}, "minutes or months"},
		{week, "soon", time.Time{}, "30d"},
		{week, "-1h", time.Time{}, "no time"},
	} {
		got, err := c.settings.OverrideEnd(c.said, now)
		if !got.Equal(c.want) || (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%q: %s, %v", c.said, got, err)
		}
	}
}
