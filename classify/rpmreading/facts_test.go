package rpmreading

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// stamp says which of two events is newer (section 6).
type stamp struct {
	at  time.Time
	id  string
	sum [32]byte
}

func (s stamp) cmp(t stamp) int {
	return cmp.Or(s.at.Compare(t.at), strings.Compare(s.id, t.id), bytes.Compare(s.sum[:], t.sum[:]))
}

// statement is what an event says of a boot.
type statement struct {
	stamp
	*messages.Scan // of a scan
	required       bool
	bootID         string
}

type outcome struct {
	stamp
	position int
	*messages.Outcome
	run *messages.Run
}

func (o *outcome) newerThan(p *outcome) bool {
	return o != nil && (p == nil || cmp.Or(o.at.Compare(p.at), strings.Compare(o.id, p.id), o.position-p.position) > 0)
}

// patch is a package's name and arch.
type patch struct{ name, arch string }

func (p patch) String() string { return p.name + "." + p.arch }

// facts are what counts of a host's events.
type facts struct {
	full, unchanged, incomplete newest[messages.Scan]
	install                     newest[messages.Run]
	retired                     newest[messages.Retire]
	overrides                   map[string]*newest[messages.Override]
	boot                        newest[string] // a boot id
	bootedAt                    time.Time
	scanSays, runSays           newest[statement]
	succeeded, failed           map[patch]*outcome
	machines                    map[string][]string // by day

	// The newest complete scan: the full one as an unchanged one confirms it.
	scan      *messages.Scan
	scanAt    stamp
	confirmed bool
}

// newest keeps the newest of what it is offered.
type newest[T any] struct {
	stamp
	is *T
}

func (n *newest[T]) offer(s stamp, of *T) {
	if n.is == nil || s.cmp(n.stamp) > 0 {
		n.stamp, n.is = s, of
	}
}

func gather(events []messages.Event) *facts {
	f := &facts{overrides: map[string]*newest[messages.Override]{}, succeeded: map[patch]*outcome{}, failed: map[patch]*outcome{}, machines: map[string][]string{}}
	for _, e := range events {
		if r, ok := e.(*messages.Retire); ok {
			f.retired.offer(stamp{r.At, r.ID, messages.ContentSum(e)}, r)
		}
	}
	for _, e := range events {
		sum := messages.ContentSum(e)
		switch e := e.(type) {
		case *messages.Scan:
			f.addScan(e, stamp{e.TakenAt, e.ID, sum})
		case *messages.Run:
			f.addRun(e, stamp{e.FinishedAt, e.ID, sum})
		case *messages.Override:
			if f.counts(e.At) {
				if f.overrides[e.Patch] == nil {
					f.overrides[e.Patch] = &newest[messages.Override]{}
				}
				f.overrides[e.Patch].offer(stamp{e.At, e.ID, sum}, e)
			}
		}
	}
	if f.full.is != nil {
		f.dropOutcomes()
		f.confirm()
	}
	return f
}

// counts: nothing dated at or before the newest retirement is a fact.
func (f *facts) counts(at time.Time) bool { return f.retired.is == nil || at.After(f.retired.is.At) }

func (f *facts) addScan(s *messages.Scan, at stamp) {
	if !f.counts(s.TakenAt) {
		return
	}
	f.addBoot(at, s.BootID, s.BootedAt, s.Machine)
	switch {
	case !s.Complete:
		f.incomplete.offer(at, s)
		return
	case s.Unchanged:
		f.unchanged.offer(at, s)
	default:
		f.full.offer(at, s)
	}
	if s.RebootRequired != nil {
		f.scanSays.offer(at, &statement{at, s, *s.RebootRequired, s.BootID})
	}
}

func (f *facts) addRun(r *messages.Run, at stamp) {
	if !f.counts(r.FinishedAt) {
		return
	}
	f.addBoot(at, r.BootID, r.BootedAt, r.Machine)
	if r.Operation == messages.OperationInstall {
		f.install.offer(at, r)
	}
	if r.RebootRequired != nil {
		f.runSays.offer(at, &statement{at, nil, *r.RebootRequired, r.BootID})
	}
	for i := range r.Outcomes {
		o := &outcome{at, i, &r.Outcomes[i], r}
		if o.To == nil {
			continue
		}
		if !reported(*o.To) {
			continue
		}
		of := map[messages.Result]map[patch]*outcome{messages.ResultInstalled: f.succeeded, messages.ResultFailed: f.failed}[o.Result]
		if p := (patch{o.Name, o.Arch}); of != nil && o.newerThan(of[p]) {
			of[p] = o
		}
	}
}

// reported: of what a run reports counts what dpkg could order besides, or could without (none).
func reported(to string) bool {
	v, ok := parse(to)
	return ok && v.epoch <= math.MaxInt32 && !strings.HasPrefix(to, ":")
}

func (f *facts) addBoot(at stamp, id string, booted time.Time, machine string) {
	if id != "" {
		f.boot.offer(at, &id)
	}
	if f.counts(booted) && booted.After(f.bootedAt) {
		f.bootedAt = booted
	}
	day := at.at.UTC().Format(time.DateOnly)
	if machine != "" && (f.retired.is == nil || day > f.retired.is.At.UTC().Format(time.DateOnly)) && !slices.Contains(f.machines[day], machine) {
		f.machines[day] = append(f.machines[day], machine)
	}
}

// dropOutcomes: those that finished more than 180 days before the newest full scan.
func (f *facts) dropOutcomes() {
	oldest := f.full.at.Add(-180 * 24 * time.Hour)
	for _, kept := range []map[patch]*outcome{f.succeeded, f.failed} {
		for p, o := range kept {
			if o.at.Before(oldest) {
				delete(kept, p)
			}
		}
	}
}

// confirm: where the newest unchanged scan confirms the full one, the time, boot and reboot facts are its own, and dates of lists
// where it has them.
func (f *facts) confirm() {
	f.scan, f.scanAt = f.full.is, f.full.stamp
	x := f.unchanged.is
	if x == nil || f.unchanged.cmp(f.full.stamp) < 0 || x.Hash == "" || x.Hash != f.full.is.Hash {
		return
	}
	s := *f.full.is
	s.TakenAt, s.BootedAt, s.BootID, s.RebootRequired, s.RebootPackages = x.TakenAt, x.BootedAt, x.BootID, x.RebootRequired, x.RebootPackages
	if !x.IndexAt.IsZero() {
		s.IndexAt = x.IndexAt
	}
	s.Origins = slices.Clone(s.Origins)
	for i := range s.Origins {
		if date := dateIn(x.Origins, &s.Origins[i]); !date.IsZero() {
			s.Origins[i].Date = date
		}
	}
	f.scan, f.scanAt, f.confirmed = &s, f.unchanged.stamp, true
}

// dateIn is the newest date of the origins that are the same one.
func dateIn(origins []messages.Origin, of *messages.Origin) (date time.Time) {
	key := func(o *messages.Origin) [5]string {
		return [5]string{o.Archive, o.Site, o.Component, o.Label, o.Codename}
	}
	for i := range origins {
		if o := &origins[i]; key(o) == key(of) && o.Date.After(date) {
			date = o.Date
		}
	}
	return date
}

// booted reports whether what waits for a boot since an event, with its boot id, has had one.
func (f *facts) booted(since stamp, bootID string) bool {
	if bootID != "" && f.boot.is != nil && f.boot.cmp(since) >= 0 {
		return *f.boot.is != bootID
	}
	return f.bootedAt.After(since.at)
}
