package worker

import (
	"context"
	"time"

	"github.com/patchstream/patchstream/worker/record"
	"github.com/patchstream/patchstream/worker/schedule"
)

// scheduleReport makes sure, before a report is committed, that the host comes up again when the report is due. It returns
// what the record is to name.
func (c *committer) scheduleReport(ctx context.Context, l *loaded, p *plan) (time.Time, error) {
	next := schedule.Next(p.report.Due, l.record.Later, p.now)
	if next.IsZero() || next.Equal(l.record.Later) {
		return next, nil
	}
	return next, c.set(ctx, l, next)
}

// setNext makes sure, before a schedule that fired is acknowledged, that the next one stands: the one that the record names
// may be lost.
func (c *committer) setNext(ctx context.Context, l *loaded, m merged, now time.Time) error {
	set := l.scheduled
	l.scheduled = time.Time{}
	if m != firedSchedule || l.record.Report == nil {
		return nil
	}
	next := schedule.Next(l.record.Report.Due, l.record.Later, now)
	if next.IsZero() || next.Equal(set) {
		return nil
	}
	return c.set(ctx, l, next)
}

func (c *committer) set(ctx context.Context, l *loaded, at time.Time) error {
	c.cfg.Step(StepSchedule, l.host)
	if err := c.later.Set(ctx, l.host, at); err != nil {
		return err
	}
	l.scheduled = at
	return nil
}

// sweepSchedule sets the schedule of a host that is lost. Where it should have fired long ago it fires at once.
func (c *committer) sweepSchedule(ctx context.Context, host string, left record.Pending) error {
	next := schedule.Next(left.Due, left.Later, c.cfg.Now())
	if next.IsZero() {
		return nil
	}
	lost, err := c.later.Lost(ctx, host, next)
	if err != nil || !lost {
		return err
	}
	if now, err := c.store.Pending(ctx, host); err != nil || now != left {
		return err // some worker is at the host, and looks after it
	}
	c.log.Warn().Str("host", host).Time("at", next).Msg("the schedule by which the host is looked at again was lost; set anew")
	return c.later.Set(ctx, host, next)
}
