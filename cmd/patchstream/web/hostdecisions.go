package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/deadletters"
	"github.com/patchstream/patchstream/worker/query"
)

// hostDecisions registers what operators decide about single hosts.
func (a *api) hostDecisions() {
	tags := []string{"Decisions about hosts"}
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: tags, Summary: summary, Errors: []int{404}}
	}
	act(a, op("setHostGroup", http.MethodPut, "/hosts/{host}/group", "Put a host into a patch group, whatever its own tags say; an empty one lets them decide again"), a.setGroup)
	list(a, op("listOverrides", "", "/hosts/{host}/overrides", "What was set by hand of a host, and what became of it"), overrideColumns,
		func(ctx context.Context, in *struct {
			HostParams
			ListParams
		}) (*listed[query.OverrideView], error) {
			h, err := a.record(ctx, in.Host)
			if err != nil {
				return nil, err
			}
			all := h.OverridesAt(a.cfg.Now())
			slices.SortFunc(all, query.ByHostAndPatch)
			return &listed[query.OverrideView]{total: len(all), items: items(all)}, nil
		})
	list(a, op("listFleetOverrides", "", "/overrides", "What was set by hand and is in force, on all hosts that fit"), overrideColumns,
		func(ctx context.Context, in *struct {
			FilterParams
			ListParams
		}) (*listed[query.OverrideView], error) {
			f, err := in.filter(scope(ctx), a.cfg.Now())
			if err != nil {
				return nil, err
			}
			answer, err := a.cfg.Index.Overrides(ctx, f)
			if err != nil {
				return nil, err
			}
			return &listed[query.OverrideView]{asOf: &answer.AsOf, total: len(answer.Overrides), items: items(answer.Overrides)}, nil
		})
	act(a, op("setOverride", http.MethodPut, "/hosts/{host}/overrides/{patch}", "Set the state of a patch by hand"), a.setOverride)
	act(a, op("clearOverride", http.MethodDelete, "/hosts/{host}/overrides/{patch}", "Withdraw what was set by hand: the computed state stands again"),
		func(ctx context.Context, in *struct {
			HostParams
			Patch  string `path:"patch" doc:"its full name, as openssl.amd64"`
			Reason string `query:"reason"`
		}) (ReceiptBody, error) {
			h, err := a.record(ctx, in.Host)
			if err != nil {
				return ReceiptBody{}, err
			}
			if !slices.ContainsFunc(h.Overrides, func(o messages.Override) bool { return o.Patch == in.Patch }) {
				return ReceiptBody{}, huma.Error404NotFound(fmt.Sprintf("nothing was set by hand of %s on %s", in.Patch, in.Host))
			}
			return a.publish(ctx, &messages.Override{Host: in.Host, Patch: in.Patch, At: a.cfg.Now().UTC(), Withdraw: true, By: whoOf(ctx).Name, Reason: in.Reason})
		})
	act(a, op("retireHost", http.MethodPost, "/hosts/{host}/retire", "Take a host that is gone out of the fleet"),
		func(ctx context.Context, in *struct {
			HostParams
			Body struct {
				Reason string `json:"reason,omitempty"`
			}
		}) (ReceiptBody, error) {
			answer, err := a.cfg.Index.Host(ctx, in.Host, scope(ctx))
			if err != nil {
				return ReceiptBody{}, err
			}
			e := &messages.Retire{Host: in.Host, At: a.cfg.Now().UTC(), By: whoOf(ctx).Name, Reason: in.Body.Reason}
			if heard := answer.Host.HeardAt; heard != nil && heard.After(e.At) {
				e.At = *heard
			}
			return a.publish(ctx, e)
		})
	a.deadLetters()
}

func (a *api) setGroup(ctx context.Context, in *struct {
	HostParams
	ActParams
	Body struct {
		Group string `json:"group"`
	}
}) (DecidedBody, error) {
	if _, err := a.cfg.Index.Host(ctx, in.Host, scope(ctx)); err != nil {
		return DecidedBody{}, err
	}
	if in.Body.Group == "" { // its tags may say any
		if err := mayWriteAll(ctx); err != nil {
			return DecidedBody{}, err
		}
	} else if err := mayWriteGroup(ctx, in.Body.Group); err != nil {
		return DecidedBody{}, err
	}
	store, err := baselines.Open(ctx, a.cfg.JS)
	if err != nil {
		return DecidedBody{}, err
	}
	if err := store.By(whoOf(ctx).Name).SetHostGroup(ctx, in.Host, in.Body.Group); err != nil {
		return DecidedBody{}, err
	}
	return a.acts(ctx, &in.ActParams, "the group of "+in.Host, func(uint64) ([]string, error) { return []string{in.Host}, nil })
}

func (a *api) setOverride(ctx context.Context, in *struct {
	HostParams
	Patch string `path:"patch" doc:"its name, as openssl.amd64, or its package's where one patch is called so"`
	Body  struct {
		State   stateWord `json:"state"`
		Reason  string    `json:"reason" minLength:"1" doc:"why, for those who read it later"`
		Level   levelWord `json:"level,omitempty" doc:"to show; absent: the computed one"`
		Expires string    `json:"expires,omitempty" doc:"when it ends: a time, an age from now, such as 30d, or never; absent: as the setting override_expires says"`
	}
}) (ReceiptBody, error) {
	h, err := a.record(ctx, in.Host)
	if err != nil {
		return ReceiptBody{}, err
	}
	fit := query.Named(h.Report, in.Patch)
	if len(fit) != 1 {
		return ReceiptBody{}, huma.Error404NotFound(fmt.Sprintf("%s has no one patch %q", in.Host, in.Patch))
	}
	now := a.cfg.Now().UTC()
	e := &messages.Override{
		Host: in.Host, Patch: fit[0].Patch, State: messages.State(in.Body.State), Level: messages.Level(in.Body.Level), Reason: in.Body.Reason, By: whoOf(ctx).Name, At: now,
	}
	store, err := baselines.Open(ctx, a.cfg.JS)
	if err != nil {
		return ReceiptBody{}, err
	}
	settings, err := store.Settings(ctx)
	if err != nil {
		return ReceiptBody{}, err
	}
	if e.ExpiresAt, err = settings.OverrideEnd(in.Body.Expires, now); err != nil {
		return ReceiptBody{}, &messages.FieldError{Field: "body.expires", Problem: err.Error()}
	}
	return a.publish(ctx, e)
}

// deadLetters registers what is asked of events that could not be applied.
func (a *api) deadLetters() {
	tags := []string{"Dead letters"}
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: tags, Summary: summary, Errors: []int{404}}
	}
	list(a, op("listDeadLetters", "", "/dead-letters", "Events that could not be applied, and why, without their payloads"), letterColumns,
		func(ctx context.Context, in *struct {
			ListParams
			Host string `query:"host" doc:"of this host alone"`
		}) (*listed[deadletters.Letter], error) {
			store, err := deadletters.Open(ctx, a.cfg.JS)
			if err != nil {
				return nil, err
			}
			letters := []deadletters.Letter{}
			err = store.Each(ctx, in.Host, func(l *deadletters.Letter) error {
				if a.cfg.Index.Visible(l.Host, scope(ctx)) {
					kept := *l
					kept.Headers, kept.Payload = nil, nil
					letters = append(letters, kept)
				}
				return nil
			})
			return &listed[deadletters.Letter]{total: len(letters), items: items(letters)}, err
		})
	get(a, op("getDeadLetter", "", "/dead-letters/{sequence}", "An event that could not be applied, as it came"), func(ctx context.Context, in *struct {
		EtagParams
		LetterParams
	}) (*deadletters.Letter, error) {
		_, l, err := a.letter(ctx, in.Sequence)
		return l, err
	})
	act(a, op("replayDeadLetter", http.MethodPost, "/dead-letters/{sequence}/replay", "Put an event back into the queue"), func(ctx context.Context, in *struct{ LetterParams }) (DoneBody, error) {
		store, l, err := a.letter(ctx, in.Sequence)
		if err == nil {
			err = store.Replay(ctx, l)
		}
		return DoneBody{err == nil}, err
	})
	act(a, op("removeDeadLetter", http.MethodDelete, "/dead-letters/{sequence}", "Remove a dead letter for ever"), func(ctx context.Context, in *struct{ LetterParams }) (DoneBody, error) {
		store, l, err := a.letter(ctx, in.Sequence)
		if err == nil {
			err = store.Remove(ctx, l.Sequence)
		}
		return DoneBody{err == nil}, err
	})
}

// LetterParams name a dead letter.
type LetterParams struct {
	Sequence uint64 `path:"sequence" minimum:"1" doc:"its sequence, which is its name"`
}

// DoneBody says that something was done.
type DoneBody struct {
	Done bool `json:"done"`
}

// letter returns a dead letter of a host that whoever asks may see.
func (a *api) letter(ctx context.Context, sequence uint64) (*deadletters.Store, *deadletters.Letter, error) {
	store, err := deadletters.Open(ctx, a.cfg.JS)
	if err != nil {
		return nil, nil, err
	}
	l, err := store.Get(ctx, sequence)
	if err == nil && !a.cfg.Index.Visible(l.Host, scope(ctx)) {
		err = fmt.Errorf("%d: %w", sequence, deadletters.ErrNoLetter)
	}
	return store, l, err
}

var overrideColumns = []column[query.OverrideView]{
	{"host", func(o *query.OverrideView) string { return o.Host }},
	{"patch", func(o *query.OverrideView) string { return o.Patch }},
	{"state", func(o *query.OverrideView) string { return string(o.State) }},
	{"computed_state", func(o *query.OverrideView) string { return string(o.ComputedState) }},
	{"standing", func(o *query.OverrideView) string { return o.Standing }},
	{"by", func(o *query.OverrideView) string { return o.By }},
	{"reason", func(o *query.OverrideView) string { return o.Reason }},
	{"expires_at", func(o *query.OverrideView) string { return clock(o.ExpiresAt) }},
}

var letterColumns = []column[deadletters.Letter]{
	{"sequence", func(l *deadletters.Letter) string { return fmt.Sprint(l.Sequence) }},
	{"at", func(l *deadletters.Letter) string { return clock(&l.At) }},
	{"kind", func(l *deadletters.Letter) string { return string(l.Kind) }},
	{"host", func(l *deadletters.Letter) string { return l.Host }},
	{"reason", func(l *deadletters.Letter) string { return l.Reason }},
}
