package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/patchstream/patchstream/cmd/patchstream/bench/fleet"
	"github.com/patchstream/patchstream/worker"
)

// Run measures. An event that is lost, or applied twice, is an error.
func Run(ctx context.Context, cfg Config) (*Report, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	r := &run{Config: cfg, report: &Report{Version: cfg.Version, At: time.Now().UTC().Truncate(time.Second), Repeats: cfg.Repeats}}
	began := time.Now()
	r.begin = cfg.Progress(r.steps())
	if err := r.all(ctx); err != nil {
		return nil, err
	}
	r.report.Sizings = r.report.sizings()
	r.report.Seconds = time.Since(began).Seconds()
	return r.report, nil
}

// run is one run.
type run struct {
	Config
	report *Report
	begin  func(what string)
	best   map[Setting]float64 // full scans a second, by setting
}

// steps is how often begin will be called.
func (r *run) steps() int {
	cases, rates := len(r.Cases), 1
	if !slices.Contains(r.Cases, caseFirst) {
		cases++
	}
	if slices.Contains(r.Cases, caseFull) && len(r.Settings) > 0 {
		rates++
	}
	n := len(r.Settings) * r.Repeats * cases
	if r.has(PartLatency) {
		n += r.Repeats * rates
	}
	if r.has(PartWorkers) {
		n += r.Repeats * len(r.Workers)
	}
	if r.has(PartScale) && r.Worker != nil {
		n += len(r.Hosts)
	}
	return n
}

func (r *run) all(ctx context.Context) error {
	r.best = make(map[Setting]float64)
	for _, s := range r.Settings {
		if err := r.on(ctx, s, r.races); err != nil {
			return fmt.Errorf("race of %s: %w", s.words(), err)
		}
	}
	small := r.smallest()
	if r.has(PartLatency) {
		if err := r.on(ctx, small, r.latencies); err != nil {
			return fmt.Errorf("latency: %w", err)
		}
	}
	if r.has(PartWorkers) {
		if err := r.on(ctx, small, r.crowds); err != nil {
			return fmt.Errorf("several workers: %w", err)
		}
	}
	if r.has(PartScale) && r.Worker != nil {
		for _, hosts := range r.Hosts {
			scale := func(ctx context.Context, g *ground, s Setting) error { return r.scale(ctx, g, s, hosts) }
			if err := r.on(ctx, Setting{r.ScalePackages, small.Transport, small.Sync}, scale); err != nil {
				return fmt.Errorf("a fleet of %d: %w", hosts, err)
			}
		}
	}
	return nil
}

// smallest returns the setting in which the parts beside the races are measured.
func (r *run) smallest() Setting {
	if len(r.Settings) == 0 {
		return Setting{700, TCP, Interval}
	}
	return slices.MinFunc(r.Settings, func(a, b Setting) int { return a.Packages - b.Packages })
}

func (s Setting) words() string {
	via := map[Transport]string{TCP: "over TCP", InProcess: "in process"}[s.Transport]
	return fmt.Sprintf("%d packages %s, sync %s", s.Packages, via, s.Sync)
}

// on measures on a ground of its own.
func (r *run) on(ctx context.Context, s Setting, measure func(context.Context, *ground, Setting) error) (err error) {
	g, err := r.prepare(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	r.report.Machine = machine(g.conn.ConnectedServerVersion())
	return measure(ctx, g, s)
}

// tell begins a story with a fleet that is large enough for so many blocks of hosts.
func (r *run) tell(g *ground, packages, hosts, blocks int) (*telling, error) {
	began := time.Now().UTC().Truncate(time.Second).Add(-time.Hour)
	f, err := fleet.New(fleet.Config{Seed: r.Seed, Hosts: hosts * blocks, Packages: packages, Built: began.Add(-time.Minute)})
	return &telling{ground: g, fleet: f, alone: new(alone), began: began, hosts: hosts}, err
}

// raced is what a case came to in all repeats.
type raced struct {
	kind
	ours, alone           []sample
	ratios, cpuRatios     []float64
	stored, writes        []float64
	eventBytes, lastBytes float64
	atRest                map[string]float64
}

// races tells the story once in each repeat, with new hosts.
func (r *run) races(ctx context.Context, g *ground, s Setting) error {
	t, err := r.tell(g, s.Packages, r.events(s.Packages), r.Repeats)
	if err != nil {
		return err
	}
	var all []*raced
	for _, k := range story() {
		if k.name == caseFirst || slices.Contains(r.Cases, k.name) {
			all = append(all, &raced{kind: k})
		}
	}
	for repeat := range r.Repeats {
		for _, c := range all {
			r.begin(fmt.Sprintf("%s, %s", c.what, s.words()))
			if err := t.raceOnce(ctx, c, r.profileOf(c.name, s, repeat)); err != nil {
				return fmt.Errorf("%s, repeat %d: %w", c.what, repeat+1, err)
			}
		}
		t.nextBlock()
	}
	for _, c := range all {
		row := c.row(s, t.hosts)
		if c.name == caseFull {
			r.best[s] = row.Ours.Rate.Median
		}
		if slices.Contains(r.Cases, c.name) {
			r.report.Races = append(r.report.Races, row)
		}
	}
	return nil
}

// raceOnce has a worker and JetStream alone take the same events.
func (t *telling) raceOnce(ctx context.Context, c *raced, profile string) error {
	if c.newBaseline {
		if err := t.newBaseline(ctx); err != nil {
			return err
		}
	}
	e, err := t.events(c.kind)
	if err != nil {
		return err
	}
	before, err := t.look(ctx)
	if err != nil {
		return err
	}
	ours, err := t.race(ctx, workerRacer(worker.Config{}).profiled(profile), e)
	if err != nil {
		return err
	}
	after, err := t.look(ctx)
	if err != nil {
		return err
	}
	if err := t.lossless(ctx, before, after, c.changes*len(e.messages)); err != nil {
		return err
	}
	if c.changes > 0 {
		bytes, err := t.changeBytes(ctx, e.hosts[:min(len(e.hosts), 16)])
		if err != nil {
			return err
		}
		c.lastBytes = float64(bytes)
	}
	alone, err := t.race(ctx, t.alone.racer(c.kind.alone, int(c.lastBytes)), e)
	if err != nil {
		return err
	}
	c.add(ours, alone, before, after, e)
	return nil
}

func (c *raced) add(ours, alone sample, before, after holds, e *events) {
	n := float64(len(e.messages))
	c.ours, c.alone, c.ratios = append(c.ours, ours), append(c.alone, alone), append(c.ratios, over(ours.rate, alone.rate))
	c.cpuRatios = append(c.cpuRatios, over(alone.cpu, ours.cpu))
	c.stored = append(c.stored, (float64(after.bytes())-float64(before.bytes()))/n)
	c.writes = append(c.writes, float64(after.written()-before.written())/n)
	c.eventBytes = float64(e.bytes()) / n
	if c.atRest == nil {
		c.atRest = after.perHost(len(e.messages))
	}
}

func (c *raced) row(s Setting, hosts int) Race {
	return Race{
		Case: c.name, What: c.what, Setting: s, Hosts: hosts, Ours: sideOf(c.ours), Alone: sideOf(c.alone),
		Ratio: spreadOf(c.ratios), Goal: goal(c.name, s), CPURatio: spreadOf(c.cpuRatios), EventBytes: c.eventBytes, ChangeBytes: c.lastBytes,
		StoredBytes: spreadOf(c.stored), Writes: spreadOf(c.writes), AtRest: c.atRest,
	}
}
