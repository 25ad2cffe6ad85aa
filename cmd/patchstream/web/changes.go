package web

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/history"
	"github.com/patchstream/patchstream/worker/query"
)

// changes registers what comes of the stream of changes.
func (a *api) changes() {
	tags := []string{"Changes"}
	list(a, huma.Operation{OperationID: "listChanges", Path: "/changes", Tags: tags, Summary: "Changes, in the order of their stream",
		Description: "The next page is that of after=NEXT, with the next of the one before.", Errors: []int{422}}, changeColumns,
		func(ctx context.Context, in *struct {
			ChangeParams
			Host string `query:"host" doc:"of this host alone"`
		}) (*listed[query.ChangeView], error) {
			return a.readChanges(ctx, in.Host, &in.ChangeParams)
		})
	list(a, huma.Operation{OperationID: "listHostChanges", Path: "/hosts/{host}/history", Tags: tags, Summary: "The changes of a host", Errors: []int{404, 422}}, changeColumns,
		func(ctx context.Context, in *struct {
			HostParams
			ChangeParams
		}) (*listed[query.ChangeView], error) {
			if _, err := a.cfg.Index.Host(ctx, in.Host, scope(ctx)); err != nil {
				return nil, err
			}
			return a.readChanges(ctx, in.Host, &in.ChangeParams)
		})
	list(a, huma.Operation{OperationID: "listHostRuns", Path: "/hosts/{host}/runs", Tags: tags, Summary: "The patch runs of a host that changed something, and what each did", Errors: []int{404, 422}}, runColumns, a.hostRuns)
	a.followChanges(tags)
}

// ChangeParams are which changes are meant.
type ChangeParams struct {
	ListParams
	Since timeText    `query:"since" doc:"from this time on, or for this age; without it and after, from the oldest that is kept"`
	Until timeText    `query:"until" doc:"before this time"`
	After uint64      `query:"after" doc:"behind this sequence of the stream"`
	State []stateWord `query:"state" doc:"only those in which a patch came into or left one of these states; of their transitions, only these"`
	Limit int         `query:"limit" minimum:"1" maximum:"1000" doc:"at most so many; of a page 100, else all"`
	Whole bool        `query:"whole" doc:"each transition with all that the change says of why, as why"`
}

func (p *ChangeParams) limit() int {
	if p.Limit == 0 && p.format() == formatJSON {
		return defaultPage
	}
	return p.Limit
}

func (p *ChangeParams) from(host string, now time.Time) (f history.From, until time.Time, err error) {
	f = history.From{Host: host, Oldest: p.Since == "", After: p.After}
	if host != "" {
		if err := messages.ValidHost(host); err != nil {
			return f, until, &messages.FieldError{Field: "query.host", Problem: err.Error()}
		}
	}
	if f.Since, err = p.Since.time("query.since", now); err != nil {
		return f, until, err
	}
	until, err = p.Until.time("query.until", now)
	return f, until, err
}

// changeView is how a change is shown.
func changeView(whole bool) func(history.Entry) query.ChangeView {
	if whole {
		return query.WholeChange
	}
	return query.Change
}

// wanted returns the change as far as it is asked for, and whether any of it is.
func wanted(v query.ChangeView, states []stateWord) (query.ChangeView, bool) {
	if states == nil {
		return v, true
	}
	asked := func(s messages.State) bool { return slices.Contains(states, stateWord(s)) }
	v.Transitions = slices.DeleteFunc(v.Transitions, func(t query.TransitionView) bool { return !asked(t.To) && !asked(t.From) })
	return v, len(v.Transitions) > 0
}

// readChanges answers with changes as the stream has them now. A page of JSON is read before it is answered; the rest is streamed.
func (a *api) readChanges(ctx context.Context, host string, p *ChangeParams) (*listed[query.ChangeView], error) {
	from, until, err := p.from(host, a.cfg.Now())
	if err != nil {
		return nil, err
	}
	if _, err := history.Keeps(ctx, a.cfg.JS); err != nil {
		return nil, err
	}
	l := &listed[query.ChangeView]{}
	l.items = a.eachChange(ctx, from, until, func(e history.Entry) (query.ChangeView, bool) { return wanted(changeView(p.Whole)(e), p.State) }, p.limit(), &l.next)
	if p.format() != formatJSON {
		return l, nil
	}
	read := []query.ChangeView{}
	for v, err := range l.items {
		if err != nil {
			return nil, err
		}
		read = append(read, v)
	}
	l.total, l.items = len(read), items(read)
	return l, nil
}

// eachChange gives the changes that whoever asks may see, at most so many; next is where it goes on, if it does.
func (a *api) eachChange(ctx context.Context, from history.From, until time.Time, want func(history.Entry) (query.ChangeView, bool), limit int, next *string) iter.Seq2[query.ChangeView, error] {
	return func(yield func(query.ChangeView, error) bool) {
		n, last := 0, uint64(0)
		err := history.Read(ctx, a.cfg.JS, from, func(e history.Entry) error {
			if !until.IsZero() && !e.StoredAt.Before(until) {
				return history.ErrStop
			}
			if !a.cfg.Index.Visible(e.Host, scope(ctx)) {
				return nil
			}
			v, fits := want(e)
			if !fits {
				return nil
			}
			if limit > 0 && n == limit {
				*next = strconv.FormatUint(last, 10)
				return history.ErrStop
			}
			n, last = n+1, e.Sequence
			if !yield(v, nil) {
				return history.ErrStop
			}
			return nil
		})
		if err != nil {
			yield(query.ChangeView{}, err)
		}
	}
}

func (a *api) hostRuns(ctx context.Context, in *struct {
	HostParams
	ChangeParams
}) (*listed[query.RunEntry], error) {
	if _, err := a.cfg.Index.Host(ctx, in.Host, scope(ctx)); err != nil {
		return nil, err
	}
	from, until, err := in.from(in.Host, a.cfg.Now())
	if err != nil {
		return nil, err
	}
	runs := []query.RunEntry{}
	err = history.Read(ctx, a.cfg.JS, from, func(e history.Entry) error {
		if !until.IsZero() && !e.StoredAt.Before(until) {
			return history.ErrStop
		}
		if run, is := query.Run(e); is {
			runs = append(runs, run)
		}
		return nil
	})
	slices.Reverse(runs) // the newest first
	if n := in.limit(); n > 0 && len(runs) > n {
		runs = runs[:n]
	}
	return &listed[query.RunEntry]{total: len(runs), items: items(runs)}, err
}

var changeColumns = []column[query.ChangeView]{
	{"sequence", func(c *query.ChangeView) string { return strconv.FormatUint(c.Sequence, 10) }},
	{"at", func(c *query.ChangeView) string { return clock(&c.At) }},
	{"host", func(c *query.ChangeView) string { return c.Host }},
	{"revision", func(c *query.ChangeView) string { return strconv.FormatUint(c.Revision, 10) }},
	{"cause", func(c *query.ChangeView) string { return string(c.Cause.Kind) }},
	{"cause_id", func(c *query.ChangeView) string { return c.Cause.ID }},
	{"status_from", func(c *query.ChangeView) string { return string(c.Status.From) }},
	{"status_to", func(c *query.ChangeView) string { return string(c.Status.To) }},
	{"level", func(c *query.ChangeView) string { return string(c.Level.To) }},
	{"conditions", func(c *query.ChangeView) string {
		var codes []string
		for _, condition := range c.Conditions {
			codes = append(codes, condition.Code)
		}
		return strings.Join(codes, " ")
	}},
	{"transitions", func(c *query.ChangeView) string {
		var words []string
		for _, t := range c.Transitions {
			words = append(words, fmt.Sprintf("%s:%s>%s", t.Patch, t.From, t.To))
		}
		return strings.Join(words, " ")
	}},
}

var runColumns = []column[query.RunEntry]{
	{"finished_at", func(r *query.RunEntry) string { return clock(&r.FinishedAt) }},
	{"run_id", func(r *query.RunEntry) string { return r.RunID }},
	{"operation", func(r *query.RunEntry) string { return r.Operation }},
	{"error", func(r *query.RunEntry) string { return r.Error }},
	{"installed", func(r *query.RunEntry) string { return strconv.Itoa(r.Installed) }},
	{"failed", func(r *query.RunEntry) string { return strconv.Itoa(r.Failed) }},
	{"skipped", func(r *query.RunEntry) string { return strconv.Itoa(r.Skipped) }},
	{"not_attempted", func(r *query.RunEntry) string { return strconv.Itoa(r.NotAttempted) }},
	{"removed", func(r *query.RunEntry) string { return strconv.Itoa(r.Removed) }},
}
