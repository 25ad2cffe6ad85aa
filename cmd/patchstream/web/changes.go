package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

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
			return a.readChanges(ctx, in.Host, &in.ChangeParams, query.Change)
		})
	list(a, huma.Operation{OperationID: "listHostChanges", Path: "/hosts/{host}/history", Tags: tags, Summary: "The changes of a host", Errors: []int{404, 422}}, changeColumns,
		func(ctx context.Context, in *struct {
			HostParams
			ChangeParams
		}) (*listed[query.ChangeView], error) {
			if _, err := a.cfg.Index.Host(ctx, in.Host, scope(ctx)); err != nil {
				return nil, err
			}
			return a.readChanges(ctx, in.Host, &in.ChangeParams, query.Change)
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
func (a *api) readChanges(ctx context.Context, host string, p *ChangeParams, view func(history.Entry) query.ChangeView) (*listed[query.ChangeView], error) {
	from, until, err := p.from(host, a.cfg.Now())
	if err != nil {
		return nil, err
	}
	if _, err := history.Keeps(ctx, a.cfg.JS); err != nil {
		return nil, err
	}
	l := &listed[query.ChangeView]{}
	l.items = a.eachChange(ctx, from, until, func(e history.Entry) (query.ChangeView, bool) { return wanted(view(e), p.State) }, p.limit(), &l.next)
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
			if !a.cfg.Index.Visible(ctx, e.Host, scope(ctx)) {
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

// followChanges registers the changes as they come: server-sent events whose ids are sequences of the stream, so that a browser which was
// away goes on where it was.
func (a *api) followChanges(tags []string) {
	op := huma.Operation{OperationID: "followChanges", Method: http.MethodGet, Path: "/changes/live", Tags: tags, Summary: "Changes as they come",
		Description: "Server-sent events: change, with the sequence in the stream as id. After a break a client sends Last-Event-ID and misses nothing; where changes behind it are kept no longer, or the stream is another, the first event is gap.",
		Errors:      []int{401, 403, 422, 503},
		Responses: map[string]*huma.Response{"200": {Description: "events without end", Content: map[string]*huma.MediaType{
			"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}}}},
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *struct {
		Host        string      `query:"host" doc:"of this host alone"`
		State       []stateWord `query:"state" doc:"only those in which a patch came into or left one of these states"`
		LastEventID string      `header:"Last-Event-ID" doc:"sequence behind which to begin; without it, with what comes next"`
		After       uint64      `query:"after" doc:"the same, for clients that cannot set a header"`
	}) (*huma.StreamResponse, error) {
		after, err := in.After, error(nil)
		if in.LastEventID != "" {
			if after, err = strconv.ParseUint(in.LastEventID, 10, 64); err != nil {
				return nil, huma.Error422UnprocessableEntity("a parameter is wrong", detail("header.Last-Event-ID", "must be the id of an event, a number", in.LastEventID))
			}
		}
		p := ChangeParams{After: after, State: in.State}
		from, _, err := p.from(in.Host, a.cfg.Now())
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		if from.Oldest = false; in.Host != "" && scope(ctx) != nil && !a.cfg.Index.Visible(ctx, in.Host, scope(ctx)) {
			return nil, a.problem(ctx, fmt.Errorf("%s: %w", in.Host, query.ErrUnknownHost))
		}
		kept, err := history.Keeps(ctx, a.cfg.JS)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		select {
		case a.live <- struct{}{}:
		default:
			return nil, huma.ErrorWithHeaders(huma.Error503ServiceUnavailable(fmt.Sprintf("%d follow the changes already", liveReaders)), http.Header{"Retry-After": {"30"}})
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			defer func() { <-a.live }()
			_, w := humago.Unwrap(hc)
			a.follow(hc.Context(), newPatient(w), from, kept, in.State)
		}}, nil
	})
}

// heartbeat keeps connections alive through what closes those that are idle.
const heartbeat = 15 * time.Second

// follow writes events until the client or the server goes.
func (a *api) follow(ctx context.Context, w *patient, from history.From, kept history.Kept, states []stateWord) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w.w.Header().Set("Content-Type", "text/event-stream")
	w.w.Header().Set("Cache-Control", "no-store")
	w.w.Header().Set("X-Accel-Buffering", "no")
	w.w.WriteHeader(http.StatusOK)
	opening := ": the changes of patchstream\nretry: 2000\n\n"
	if from.After > kept.Last || from.After > 0 && from.After+1 < kept.First {
		opening += fmt.Sprintf("event: gap\ndata: {\"after\":%d,\"first\":%d,\"last\":%d}\n\n", from.After, kept.First, kept.Last)
		if from.After > kept.Last { // another stream: begin with what it has
			from.After, from.Oldest = 0, true
		}
	}
	if _, err := w.Write([]byte(opening)); err != nil || w.flush() != nil {
		return
	}
	feed, err := history.Follow(ctx, a.cfg.JS, from, a.cfg.Log)
	if err != nil {
		return // the client comes again
	}
	defer feed.Close()
	events := make(chan []byte)
	go func() {
		defer close(events)
		_ = feed.Entries(func(e history.Entry) error { return a.event(ctx, e, states, events) })
	}()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		text := []byte(": still here\n\n")
		select {
		case <-ctx.Done():
			return
		case event, open := <-events:
			if !open {
				return
			}
			text = event
		case <-beat.C:
		}
		if _, err := w.Write(text); err != nil || w.flush() != nil {
			return
		}
	}
}

// event hands a change over that is asked for.
func (a *api) event(ctx context.Context, e history.Entry, states []stateWord, events chan<- []byte) error {
	if !a.cfg.Index.Visible(ctx, e.Host, scope(ctx)) {
		return nil
	}
	v, fits := wanted(query.Change(e), states)
	if !fits {
		return nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	select {
	case events <- fmt.Appendf(nil, "id: %d\nevent: change\ndata: %s\n\n", e.Sequence, text):
		return nil
	case <-ctx.Done():
		return errors.New("the client is gone")
	}
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
