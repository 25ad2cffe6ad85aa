package worker

import (
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/worker/baselines"
)

// judgeTwice makes the report of a plan a second time, judging everything, where somebody wants to compare them.
func (c *committer) judgeTwice(l *loaded, s *baselines.Snapshot, p *plan, since time.Time) error {
	if c.cfg.Twice == nil {
		return nil
	}
	if err := l.record.Provide(classify.Needs{Items: true, Packages: true}); err != nil {
		return err
	}
	want, got := s.Library.Judge(l.host, &l.record.Facts, p.now), *p.report
	classify.Diff(l.record.Report, want, since)
	if got.Kept {
		got.Kept, got.Patches = false, got.Items(l.record.Report.Patches)
	}
	c.cfg.Twice(l.host, &got, want)
	return nil
}
