package worker

import (
	"slices"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/worker/record"
)

// judgeTwice makes the report of a plan a second time, judging everything, where somebody wants to compare them.
func (c *committer) judgeTwice(l *loaded, p *plan, since time.Time, scans record.ReadScan) error {
	if c.cfg.Twice == nil {
		return nil
	}
	if err := l.record.Provide(classify.Needs{Items: true, Packages: true}, scans); err != nil {
		return err
	}
	want, got := l.by.Library.Judge(l.host, &l.record.Facts, p.now), *p.report
	classify.Diff(l.record.Report, want, since)
	got.Patches = slices.Clone(got.Patches)
	var before []classify.Item
	if r := l.record.Report; r != nil {
		before = r.Patches
	}
	got.Join(before)
	c.cfg.Twice(l.host, &got, want)
	return nil
}
