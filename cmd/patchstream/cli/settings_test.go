package cli

import (
	"slices"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// The defaults that settings get prints are those by which package classify works.
func TestDefaultsAreThoseOfClassify(t *testing.T) {
	t.Parallel()
	report := func(settings classify.Settings, lists, age time.Duration) *classify.Report {
		s := collected(t)
		s.Host, s.ID, s.TakenAt, s.Packages = "web-1", "1", at, s.Packages[:1]
		s.Packages[0].Versions = nil // nothing to do, so that what is unknown shows
		for i := range s.Origins {
			s.Origins[i].Date = at.Add(-lists)
		}
		facts := &classify.Facts{}
		facts.Add(s, messages.ContentSum(s))
		return (&classify.Library{Settings: settings}).Judge("web-1", facts, at.Add(age))
	}
	for _, c := range []struct {
		lists, age time.Duration
		want       []string
	}{
		{14 * day, 7 * day, []string{}},
		{14*day + 1, 7 * day, []string{classify.SecurityListsOld}},
		{14 * day, 7*day + 1, []string{classify.ScanOld}},
	} {
		if zero, shown := report(classify.Settings{}, c.lists, c.age), report(defaults, c.lists, c.age); !slices.Equal(zero.Reasons, c.want) || !slices.Equal(shown.Reasons, c.want) {
			t.Errorf("%+v: %v and %v", c, zero.Reasons, shown.Reasons)
		}
	}
}
