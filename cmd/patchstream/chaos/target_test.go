package chaos

import (
	"context"
	"fmt"
	"maps"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// target is a program that is kept running, as a service manager does, and that faults are done to.
type target struct {
	log     *log
	starter *starter
	command func() *exec.Cmd
	report  *report

	process *process

	mu      sync.Mutex
	counted map[string]float64 // by processes that are gone
	latest  map[string]float64 // by the one that runs, as last seen
}

// report is what happened beside the messages. It is safe for concurrent use.
type report struct {
	mu     sync.Mutex
	done   map[string]int
	wrongs []string

	settled time.Duration // how long it took to come to rest
}

// count adds to what was done and returns how often it was.
func (r *report) count(what string, n int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n > 0 {
		r.done[what] += n
	}
	return r.done[what]
}

func (r *report) wrong(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrongs = append(r.wrongs, fmt.Sprintf(format, args...))
}

const (
	restartAfter = 200 * time.Millisecond
	readyWithin  = 30 * time.Second
	endWithin    = 30 * time.Second
	termPatience = 3 * time.Second
)

// suffer keeps the program running until over ends, does the faults to it at their times, and returns when it
// works again.
func (t *target) suffer(ctx, over context.Context, clock *clock, faults []fault) {
	for _, f := range faults {
		if t.keep(over, clock.until(f.at)) {
			t.do(over, f)
		}
	}
	for t.keep(over, time.Hour) {
	}
	if t.process == nil || closed(t.process.ended) {
		t.start()
	}
	for t.awaitReady(ctx) != nil && closed(t.process.ended) && wait(ctx, restartAfter) {
		t.start()
	}
}

// keep has the program run for d. It returns false where ctx ended first.
func (t *target) keep(ctx context.Context, d time.Duration) bool {
	end, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	for {
		select {
		case <-end.Done():
			return ctx.Err() == nil
		case <-t.process.ended:
		}
		if t.process.isReady() {
			t.report.wrong("%s ended by itself: %v\n%s", t.log.name, t.process.cmd.ProcessState, t.log.tail())
		} else { // it found no server, as when the two start together
			t.report.count(t.log.name+" started in vain", 1)
		}
		if !wait(end, restartAfter) || !t.start() {
			return ctx.Err() == nil
		}
	}
}

func (t *target) start() bool {
	p, err := t.starter.spawn(t.log, t.command())
	if err != nil {
		t.report.wrong("start %s: %v", t.log.name, err)
		return false
	}
	t.process = p
	return true
}

// do does one fault and undoes it.
func (t *target) do(ctx context.Context, f fault) {
	p := t.process
	t.count(ctx)
	t.report.count(f.what+" "+t.kind(), 1)
	switch f.what {
	case stop:
		p.signal(syscall.SIGSTOP)
		wait(ctx, f.lasts)
		p.signal(syscall.SIGCONT)
		return
	case kill:
		p.signal(syscall.SIGKILL)
	case terminate:
		t.terminate(ctx, p)
	}
	<-p.ended
	t.retire()
	wait(ctx, f.lasts)
	t.start()
}

// terminate asks a process to end, and ends it where that takes too long: what it had in hand comes again.
func (t *target) terminate(ctx context.Context, p *process) {
	ready := p.isReady()
	p.signal(syscall.SIGTERM)
	patience, cancel := context.WithTimeout(ctx, termPatience)
	defer cancel()
	select {
	case <-p.ended:
		if code := p.cmd.ProcessState.ExitCode(); ready && code != 0 {
			t.report.wrong("%s ended with %d after SIGTERM\n%s", t.log.name, code, t.log.tail())
		}
	case <-patience.Done():
		t.report.count("kill while it ends, "+t.kind(), 1)
		p.signal(syscall.SIGKILL)
	}
}

// down ends the program with a signal, and returns when it has ended.
func (t *target) down(s syscall.Signal) {
	t.report.count(map[syscall.Signal]string{syscall.SIGKILL: kill, syscall.SIGTERM: terminate}[s]+" "+t.kind(), 1)
	t.process.signal(s)
	<-t.process.ended
}

// again starts the program that was ended, and returns when it works.
func (t *target) again(ctx context.Context) error {
	if !t.start() {
		return nil // which is reported
	}
	return t.awaitReady(ctx)
}

// kind is worker for worker-1.
func (t *target) kind() string {
	kind, _, _ := strings.Cut(t.log.name, "-")
	return kind
}

// awaitReady waits until the program says that it works.
func (t *target) awaitReady(ctx context.Context) error {
	patience, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	select {
	case <-t.process.ready:
		return nil
	case <-t.process.ended:
		return fmt.Errorf("%s ended: %v\n%s", t.log.name, t.process.cmd.ProcessState, t.log.tail())
	case <-patience.Done():
		return fmt.Errorf("%s is not ready\n%s", t.log.name, t.log.tail())
	}
}

// end ends the program as an operator does, which it must survive well.
func (t *target) end(ctx context.Context) {
	patience, cancel := context.WithTimeout(ctx, endWithin)
	defer cancel()
	if closed(t.process.ended) {
		t.report.wrong("%s ended before it was asked to: %v\n%s", t.log.name, t.process.cmd.ProcessState, t.log.tail())
		return
	}
	t.process.signal(syscall.SIGTERM)
	select {
	case <-t.process.ended:
		if code := t.process.cmd.ProcessState.ExitCode(); code != 0 {
			t.report.wrong("%s ended with %d at last\n%s", t.log.name, code, t.log.tail())
		}
	case <-patience.Done():
		t.report.wrong("%s does not end\n%s", t.log.name, t.log.tail())
		t.abandon()
	}
}

// abandon makes sure that no process is left.
func (t *target) abandon() {
	if t.process != nil {
		t.process.signal(syscall.SIGKILL)
		<-t.process.ended
	}
}

// count takes down what the process counts, as long as it can be asked.
func (t *target) count(ctx context.Context) {
	if found := t.log.metrics(ctx); found != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.latest = found
	}
}

func (t *target) retire() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counted, t.latest = add(t.counted, t.latest), nil
}

func (t *target) total() map[string]float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return add(t.counted, t.latest)
}

func add(a, b map[string]float64) map[string]float64 {
	sum := maps.Clone(a)
	if sum == nil {
		sum = make(map[string]float64)
	}
	for name, n := range b {
		sum[name] += n
	}
	return sum
}

// clock counts from the beginning of the faults.
type clock struct{ began time.Time }

func (c *clock) until(at time.Duration) time.Duration { return max(0, time.Until(c.began.Add(at))) }
