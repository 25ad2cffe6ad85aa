package web

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/patchstream/patchstream/worker/recheck"
)

// RecheckView is hosts that are classified again, and how far that is.
type RecheckView struct {
	ID       string    `json:"id"`
	By       string    `json:"by"`
	Cause    string    `json:"cause"`
	Began    time.Time `json:"began_at"`
	Hosts    int       `json:"hosts"`   // concerned
	Applied  int       `json:"applied"` // of them, so far
	Finished bool      `json:"finished"`
	Error    string    `json:"error,omitempty"` // why it ended before it was finished

	Outcome *recheck.Outcome `json:"outcome,omitempty"` // what moved, once it has ended
}

// jobs are the rechecks that this process has sent, the newest few of them. Where it dies, the hosts that it did not come to stay marked as
// outdated.
type jobs struct {
	mu      sync.Mutex
	list    []*job
	running sync.WaitGroup
}

type job struct {
	view   RecheckView
	groups []string // of who began it; nil: all
}

const (
	keptJobs    = 100
	jobDeadline = 2 * time.Hour
)

// start begins to have hosts classified again, and returns at once.
func (a *api) startRecheck(ctx context.Context, cause string, hosts []string, baselines uint64) RecheckView {
	slices.Sort(hosts)
	who := whoOf(ctx)
	j := &job{RecheckView{ID: recheck.NewID(), By: who.Name, Cause: cause, Began: a.cfg.Now().UTC(), Hosts: len(hosts)}, who.Groups}
	a.jobs.mu.Lock()
	defer a.jobs.mu.Unlock()
	if a.jobs.list = append(a.jobs.list, j); len(a.jobs.list) > keptJobs {
		a.jobs.list = a.jobs.list[1:]
	}
	if len(hosts) == 0 {
		j.view.Finished = true
		return j.view
	}
	order := recheck.Order{ID: j.view.ID, Cause: cause, Hosts: hosts, Baselines: baselines}
	a.jobs.running.Go(func() { a.recheck(j, order) })
	return j.view
}

func (a *api) recheck(j *job, order recheck.Order) {
	ctx, cancel := context.WithTimeout(context.Background(), jobDeadline)
	defer cancel()
	outcome, err := recheck.Run(ctx, a.cfg.JS, order, func(applied int) {
		a.jobs.mu.Lock()
		defer a.jobs.mu.Unlock()
		j.view.Applied = applied
	})
	a.jobs.mu.Lock()
	defer a.jobs.mu.Unlock()
	j.view.Finished, j.view.Outcome = err == nil, outcome
	if err != nil {
		j.view.Error = err.Error()
		a.cfg.Log.Error().Err(err).Str("recheck", order.ID).Int("hosts", len(order.Hosts)).Msg("hosts could not be classified again; they are marked as outdated")
	}
}

// find returns a recheck that whoever asks may see.
func (js *jobs) find(id string, groups []string) (RecheckView, bool) {
	js.mu.Lock()
	defer js.mu.Unlock()
	for _, j := range js.list {
		if j.view.ID == id && (groups == nil || slices.Equal(slices.Sorted(slices.Values(j.groups)), slices.Sorted(slices.Values(groups))) && j.groups != nil) {
			return j.view, true
		}
	}
	return RecheckView{}, false
}

// concerned are the hosts that are judged by another baseline than applies by now, once the index has read what was decided.
func (a *api) outdated(ctx context.Context, baselines uint64) ([]string, error) {
	if err := a.cfg.Index.Wait(ctx, 0, baselines); err != nil {
		return nil, err
	}
	return a.cfg.Index.Outdated(ctx, scope(ctx))
}

func cause(who Who, what string) string { return what + ", by " + cmp.Or(who.Name, "nobody") }
