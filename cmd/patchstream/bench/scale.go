package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/patchstream/patchstream/worker"
)

const (
	scaleChunk   = 500 // hosts whose events are made and published at a time
	startsWithin = 2 * time.Minute
)

// scale has a worker process take the first scans of a fleet, and another one an unchanged scan of each host.
func (r *run) scale(ctx context.Context, g *ground, s Setting, hosts int) error {
	r.begin(fmt.Sprintf("a fleet of %d hosts", hosts))
	t, err := r.tell(g, s.Packages, hosts, 1)
	if err != nil {
		return err
	}
	cases := story()
	first, unchanged := cases[0], cases[2]
	row := Scale{Hosts: hosts, Packages: s.Packages}
	before, err := t.look(ctx)
	if err != nil {
		return err
	}
	fill, err := t.process(ctx, r.Worker, first)
	if err != nil {
		return fmt.Errorf("first scans: %w", err)
	}
	same, err := t.process(ctx, r.Worker, unchanged)
	if err != nil {
		return fmt.Errorf("unchanged scans: %w", err)
	}
	after, err := t.look(ctx)
	if err != nil {
		return err
	}
	if err := t.lossless(ctx, before, after, hosts); err != nil {
		return err
	}
	row.FirstRate, row.FillBytes, row.FillCPU = fill.rate, fill.peak, fill.cpu
	row.Unchanged, row.WorkerBytes, row.WorkerCPU, row.StartSeconds = same.rate, same.peak, same.cpu, same.start
	row.AtRest, row.ServerBytes = after.perHost(hosts), memory()
	bytes, err := t.changeBytes(ctx, []string{t.fleet.Host(0).Name})
	if err != nil {
		return err
	}
	for _, k := range []struct {
		kind
		rate *float64
	}{{first, &row.AloneFirst}, {unchanged, &row.AloneSame}} {
		racer := t.alone.racer(k.alone, bytes)
		if *k.rate, err = t.aloneAt(ctx, racer, k.kind); err != nil {
			return err
		}
	}
	r.report.Scales = append(r.report.Scales, row)
	return nil
}

// memory returns what this process has of the system.
func memory() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys - m.HeapReleased)
}

// aloneAt has JetStream alone take an event of each host, and returns how many a second.
func (t *telling) aloneAt(ctx context.Context, r racer, k kind) (rate float64, err error) {
	last, err := t.queue(ctx, r, k)
	if err != nil {
		return 0, err
	}
	nc, err := t.connect()
	if err != nil {
		return 0, err
	}
	defer nc.Close()
	stop, err := r.start(ctx, nc)
	if err != nil {
		return 0, err
	}
	took, err := t.emptied(ctx, r, last)
	return over(float64(t.hosts), took.Seconds()), errors.Join(err, stop())
}

// queue pauses the queue of a racer, and fills it with an event of each host but the last, which it returns.
func (t *telling) queue(ctx context.Context, r racer, k kind) (last *events, err error) {
	if err := t.pause(ctx, r); err != nil {
		return nil, err
	}
	whole := *t
	defer func() { t.first, t.hosts = whole.first, whole.hosts }()
	for t.first = 0; t.first < whole.hosts; t.first += scaleChunk {
		t.hosts, t.step, t.round = min(scaleChunk, whole.hosts-t.first), whole.step, whole.round
		e, err := t.events(k)
		if err != nil {
			return nil, err
		}
		to := len(e.messages)
		if t.first+t.hosts == whole.hosts {
			to--
			last = &events{hosts: e.hosts[to:], messages: e.messages[to:]}
		}
		if err := t.publish(r, e, 0, to); err != nil {
			return nil, err
		}
	}
	return last, nil
}

// emptied resumes a queue, and returns how long it took until it was empty.
func (t *telling) emptied(ctx context.Context, r racer, last *events) (time.Duration, error) {
	began := time.Now()
	err := t.resume(ctx, r, last)
	if err == nil {
		err = t.drained(ctx, r.stream)
	}
	return time.Since(began), err
}

// processed is what a worker process did with the events of all hosts.
type processed struct {
	rate, start, cpu float64 // events a second, seconds, µs an event
	peak             int64   // bytes
}

// process starts a worker process, and has it take an event of each host.
func (t *telling) process(ctx context.Context, start func(url string) *exec.Cmd, k kind) (p processed, err error) {
	r := workerRacer(worker.Config{})
	last, err := t.queue(ctx, r, k)
	if err != nil {
		return p, err
	}
	began := time.Now()
	cmd := start(t.url)
	if err := startProcess(ctx, cmd); err != nil {
		return p, err
	}
	p.start = time.Since(began).Seconds()
	ended := false
	defer func() {
		if !ended {
			err = errors.Join(err, cmd.Process.Kill())
			_ = cmd.Wait() // it was killed
		}
	}()
	took, err := t.emptied(ctx, r, last)
	if err != nil {
		return p, err
	}
	p.rate = over(float64(t.hosts), took.Seconds())
	p.peak = peakBytes(cmd.Process.Pid)
	if cmd.Process.Signal(os.Interrupt) != nil { // not everywhere
		err = cmd.Process.Kill()
	}
	ended = true
	_ = cmd.Wait() // as it was told to
	used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	p.cpu = float64(used.Microseconds()) / float64(t.hosts)
	return p, err
}

// startProcess returns once the process says that it is ready.
func startProcess(ctx context.Context, cmd *exec.Cmd) error {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start a worker: %w", err)
	}
	ready := make(chan error, 2)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "ready") {
				ready <- nil
			}
		}
		ready <- errors.Join(errors.New("the worker ended before it was ready"), lines.Err())
	}()
	late := time.NewTimer(startsWithin)
	defer late.Stop()
	select {
	case err = <-ready:
	case <-ctx.Done():
		err = ctx.Err()
	case <-late.C:
		err = fmt.Errorf("the worker is not ready within %s", startsWithin)
	}
	if err != nil {
		err = errors.Join(err, cmd.Process.Kill())
		_ = cmd.Wait() // it was killed
	}
	return err
}
