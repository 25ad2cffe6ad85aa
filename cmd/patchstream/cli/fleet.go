package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// fleet reads hosts as they stand now.
type fleet struct {
	hosts *query.Fleet
	now   time.Time
}

func openFleet(ctx context.Context, js jetstream.JetStream, now time.Time) (*fleet, error) {
	hosts, err := query.Open(ctx, js, now)
	if err != nil {
		return nil, err
	}
	return &fleet{hosts, now}, nil
}

func (f *fleet) host(ctx context.Context, name string) (*query.Host, error) {
	h, err := f.hosts.Host(ctx, name)
	if err == nil && h.Report == nil {
		err = fmt.Errorf("%s: %w", name, query.ErrUnknownHost)
	}
	if errors.Is(err, query.ErrUnknownHost) {
		return nil, f.suggest(ctx, name, err)
	}
	if err != nil {
		return nil, err
	}
	return h, nil
}

// suggest says of an unknown host which one may be meant.
func (f *fleet) suggest(ctx context.Context, name string, unknown error) error {
	names, err := f.hosts.Names(ctx)
	if err != nil {
		return err
	}
	if near := nearest(name, names, 1); len(near) > 0 {
		return fmt.Errorf("%w: did you mean %s?", unknown, near[0])
	}
	return fmt.Errorf("%w: \"patchstream status\" lists the hosts", unknown)
}

func (f *fleet) all(ctx context.Context, visit func(*query.Host) error) error {
	return f.hosts.All(ctx, func(h *query.Host) error {
		if h.Report == nil { // nothing was told yet
			return nil
		}
		return visit(h)
	})
}

// row is what the table of the fleet keeps of a host.
type row struct {
	host                               string
	status                             messages.HostStatus
	reasons                            []string
	level                              messages.Level
	missing, failed, pending, rejected int
	scanAt, listsAt                    time.Time
	baseline                           messages.BaselineRef
	scanFailed                         bool
}

func rowOf(r *classify.Report) row {
	return row{
		host: r.Host, status: r.Status, reasons: r.Reasons, level: r.Level,
		missing: r.Counts[string(messages.Missing)], failed: r.Counts[string(messages.Failed)],
		pending: r.Counts[string(messages.InstalledPendingReboot)], rejected: r.Counts[string(messages.InstalledRejected)],
		scanAt: r.About.ScanAt, listsAt: r.About.SecurityListsAt, baseline: r.Baseline,
		scanFailed: !r.About.ScanFailedAt.IsZero(),
	}
}

// worstFirst orders hosts by what needs doing: non-compliant, unknown, compliant; among them by level, then by
// the number of patches that make them so.
func worstFirst(a, b row) int {
	level := 0
	if a.level.Above(b.level) {
		level = -1
	} else if b.level.Above(a.level) {
		level = 1
	}
	return cmp.Or(statusRank(a.status)-statusRank(b.status), level, b.bad()-a.bad(), cmp.Compare(a.host, b.host))
}

func (r row) bad() int { return r.missing + r.failed + r.pending + r.rejected }

func statusRank(s messages.HostStatus) int {
	switch s {
	case messages.NonCompliant:
		return 0
	case messages.Unknown:
		return 1
	}
	return 2
}
