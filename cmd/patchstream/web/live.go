package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/patchstream/patchstream/worker/history"
	"github.com/patchstream/patchstream/worker/query"
)

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
		Since       timeText    `query:"since" doc:"where neither is given: begin with what was published at or after this time, or for this age"`
		Whole       bool        `query:"whole" doc:"each transition with all that the change says of why, as why"`
	}) (*huma.StreamResponse, error) {
		after, err := in.After, error(nil)
		if in.LastEventID != "" {
			if after, err = strconv.ParseUint(in.LastEventID, 10, 64); err != nil {
				return nil, huma.Error422UnprocessableEntity("a parameter is wrong", detail("header.Last-Event-ID", "must be the id of an event, a number", in.LastEventID))
			}
		}
		p := ChangeParams{After: after, Since: in.Since, State: in.State}
		from, _, err := p.from(in.Host, a.cfg.Now())
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		if in.Host != "" && scope(ctx) != nil && !a.cfg.Index.Visible(in.Host, scope(ctx)) {
			return nil, a.problem(ctx, fmt.Errorf("%s: %w", in.Host, query.ErrUnknownHost))
		}
		kept, err := history.Keeps(ctx, a.cfg.JS)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		if after == 0 && in.Since == "" {
			// What is "now" is settled here: a client may publish as soon as it has the first byte.
			if from.Oldest = true; in.LastEventID == "" { // else it was here before there was anything
				from.After = kept.Last
			}
		}
		select {
		case a.live <- struct{}{}:
		default:
			return nil, huma.ErrorWithHeaders(huma.Error503ServiceUnavailable(fmt.Sprintf("%d follow the changes already", liveReaders)), http.Header{"Retry-After": {"30"}})
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			defer func() { <-a.live }()
			_, w := humago.Unwrap(hc)
			a.follow(hc.Context(), newPatient(w), from, kept, func(e history.Entry) (query.ChangeView, bool) { return wanted(changeView(in.Whole)(e), in.State) })
		}}, nil
	})
}

// heartbeat keeps connections alive through what closes those that are idle.
const heartbeat = 15 * time.Second

// follow writes events until the client or the server goes.
func (a *api) follow(ctx context.Context, w *patient, from history.From, kept history.Kept, want func(history.Entry) (query.ChangeView, bool)) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w.w.Header().Set("Content-Type", "text/event-stream")
	w.w.Header().Set("Cache-Control", "no-store")
	w.w.Header().Set("X-Accel-Buffering", "no")
	w.w.WriteHeader(http.StatusOK)
	opening := ": the changes of patchstream\nretry: 2000\n"
	if from.Since.IsZero() { // an id without an event: who loses the connection before the first one says it
		opening += fmt.Sprintf("id: %d\n", from.After)
	}
	opening += "\n"
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
		_ = feed.Entries(func(e history.Entry) error { return a.event(ctx, e, want, events) })
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
func (a *api) event(ctx context.Context, e history.Entry, want func(history.Entry) (query.ChangeView, bool), events chan<- []byte) error {
	if !a.cfg.Index.VisibleSoon(ctx, e.Host, scope(ctx)) {
		return nil
	}
	v, fits := want(e)
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
