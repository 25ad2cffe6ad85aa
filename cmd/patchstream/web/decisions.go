package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/classify/baseline"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker/baselines"
	"github.com/patchstream/patchstream/worker/query"
	"github.com/patchstream/patchstream/worker/streams"
)

// DecidedBody is what became of a decision.
type DecidedBody struct {
	Revision uint64       `json:"revision,omitempty" doc:"of the baseline that is stored now, from 1; that before where it says the same"`
	Warnings []string     `json:"warnings,omitempty" doc:"what in the baseline has no effect"`
	Recheck  *RecheckView `json:"recheck,omitempty" doc:"the hosts that are classified again by it; see /rechecks/{id}"`
}

// ReceiptBody is an event that was published.
type ReceiptBody struct {
	Kind messages.Kind `json:"kind"`
	Host string        `json:"host"`
	ID   string        `json:"id"`
}

// ActParams say whether a decision acts at once.
type ActParams struct {
	NoRecheck bool `query:"no_recheck" doc:"leave the hosts as they are until their next events"`
}

// act registers a write that is answered in JSON.
func act[I, O any](a *api, op huma.Operation, do func(context.Context, *I) (O, error)) {
	a.describe(&op, reflect.TypeFor[O]())
	op.Errors = append(op.Errors, http.StatusUnprocessableEntity)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		body, err := do(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return a.writeJSON(body, "")
	})
}

// decisions registers what operators decide about all hosts of a kind.
func (a *api) decisions() {
	tags := []string{"Decisions"}
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: tags, Summary: summary}
	}
	list(a, op("listBaselines", "", "/baselines", "Baselines, stored and built in, and what they apply to"), baselineColumns, a.listBaselines)
	get(a, op("getBaseline", "", "/baselines/{id}", "A baseline as it was stored"), a.getBaseline)
	act(a, op("putBaseline", http.MethodPut, "/baselines/{id}", "Store a baseline, as AWS writes it; the hosts that it applies to are classified again"), a.putBaseline)
	list(a, op("listRevisions", "", "/baselines/{id}/revisions", "The revisions of a baseline that are kept, oldest first, and what each changed"), revisionColumns, a.listRevisions)
	act(a, op("removeBaseline", http.MethodDelete, "/baselines/{id}", "Remove a baseline; refused, 409, while it applies to something"), a.removeBaseline)
	act(a, op("setDefaultBaseline", http.MethodPut, "/defaults/{system}", "Make a baseline the default of a system; an empty one gives it the built-in one back"),
		func(ctx context.Context, in *struct {
			ActParams
			System string `path:"system" doc:"in AWS's words, such as UBUNTU"`
			Body   struct {
				Baseline string `json:"baseline" doc:"its id"`
			}
		}) (DecidedBody, error) {
			return a.decide(ctx, &in.ActParams, "the default of "+in.System, func(s *baselines.Store) error {
				return s.SetDefault(ctx, in.System, in.Body.Baseline)
			}, in.System)
		})
	act(a, op("bindBaseline", http.MethodPut, "/groups/{group}/baselines/{system}", "Make a baseline apply to a patch group; with an empty one, the default of the system does"),
		func(ctx context.Context, in *struct {
			ActParams
			Group  string `path:"group"`
			System string `path:"system" doc:"in AWS's words, such as UBUNTU"`
			Body   struct {
				Baseline string `json:"baseline" doc:"its id"`
			}
		}) (DecidedBody, error) {
			return a.decide(ctx, &in.ActParams, "the baseline of group "+in.Group+" on "+in.System, func(s *baselines.Store) error {
				return s.Bind(ctx, in.System, in.Group, in.Body.Baseline)
			}, in.System)
		})
	get(a, op("getSettings", "", "/settings", "What applies to all hosts and workers"), func(ctx context.Context, _ *struct{ EtagParams }) (classify.Settings, error) {
		store, err := baselines.Open(ctx, a.cfg.JS)
		if err != nil {
			return classify.Settings{}, err
		}
		return store.Settings(ctx)
	})
	act(a, op("patchSettings", http.MethodPatch, "/settings", "Change settings: those that are named; null gives one its default back. All hosts are classified again"), a.patchSettings)
	list(a, op("listDecisions", "", "/audit", "Who decided what: baselines, bindings, groups, settings, overrides, retirements, and when"), decisionColumns, a.audit)
	act(a, op("startRecheck", http.MethodPost, "/rechecks", "Have hosts classified again: those named, or of groups, or all, or those that are outdated"), a.postRecheck)
	get(a, op("getRecheck", "", "/rechecks/{id}", "How far a recheck is, and what moved"), func(ctx context.Context, in *struct {
		EtagParams
		ID string `path:"id"`
	}) (RecheckView, error) {
		if view, found := a.jobs.find(in.ID, scope(ctx)); found {
			return view, nil
		}
		return RecheckView{}, huma.Error404NotFound("this process knows no such recheck; hosts that it did not come to are marked as outdated")
	})
}

// decide writes a decision about all hosts, and has those classified again that it concerns.
func (a *api) decide(ctx context.Context, p *ActParams, what string, write func(*baselines.Store) error, system string) (DecidedBody, error) {
	if err := mayWriteAll(ctx); err != nil {
		return DecidedBody{}, err
	}
	if baseline.FamilyOf(system) == nil {
		return DecidedBody{}, &messages.FieldError{Field: "path.system", Problem: fmt.Sprintf("unknown system %q: they are in AWS's words, such as UBUNTU or REDHAT_ENTERPRISE_LINUX", system)}
	}
	return a.written(ctx, p, what, write)
}

func (a *api) written(ctx context.Context, p *ActParams, what string, write func(*baselines.Store) error) (DecidedBody, error) {
	store, err := baselines.Open(ctx, a.cfg.JS)
	if err != nil {
		return DecidedBody{}, err
	}
	if err := write(store.By(whoOf(ctx).Name)); err != nil {
		return DecidedBody{}, err
	}
	return a.acts(ctx, p, what, func(seq uint64) ([]string, error) { return a.outdated(ctx, seq) })
}

// acts begins to have the hosts classified again that a decision concerns.
func (a *api) acts(ctx context.Context, p *ActParams, what string, concerned func(seq uint64) ([]string, error)) (DecidedBody, error) {
	state, err := streams.NewBucket(a.cfg.JS, messages.BucketBaselines).Look(ctx)
	if err != nil || p.NoRecheck {
		return DecidedBody{}, err
	}
	hosts, err := concerned(state.LastSeq)
	if err != nil {
		return DecidedBody{}, err
	}
	view := a.startRecheck(ctx, cause(whoOf(ctx), what), hosts, state.LastSeq)
	return DecidedBody{Recheck: &view}, nil
}

func (a *api) patchSettings(ctx context.Context, in *struct {
	ActParams
	Body json.RawMessage `doc:"an object of settings" required:"true"`
}) (DecidedBody, error) {
	if err := mayWriteAll(ctx); err != nil {
		return DecidedBody{}, err
	}
	store, err := baselines.Open(ctx, a.cfg.JS)
	if err != nil {
		return DecidedBody{}, err
	}
	stored, err := store.Settings(ctx)
	if err != nil {
		return DecidedBody{}, err
	}
	changed, err := merged(stored, in.Body)
	if err != nil {
		return DecidedBody{}, err
	}
	if err := store.By(whoOf(ctx).Name).PutSettings(ctx, changed); err != nil {
		return DecidedBody{}, err
	}
	return a.acts(ctx, &in.ActParams, "settings", func(seq uint64) ([]string, error) {
		if err := a.cfg.Index.Wait(ctx, 0, seq); err != nil {
			return nil, err
		}
		return a.cfg.Index.Living(ctx, query.Filter{})
	})
}

// merged are settings with some changed; null gives one its default back.
func merged(stored classify.Settings, change []byte) (classify.Settings, error) {
	text, err := json.Marshal(stored)
	if err != nil {
		return stored, err
	}
	var all, some map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		return stored, err
	}
	if err := json.Unmarshal(change, &some); err != nil {
		return stored, &messages.FieldError{Field: "body", Problem: "must be one JSON object"}
	}
	for key, value := range some {
		all[key] = value
		if string(value) == "null" {
			if _, err := classify.ParseSettings([]byte(fmt.Sprintf(`{%q:null}`, key))); err != nil {
				return stored, err
			}
			delete(all, key)
		}
	}
	if text, err = json.Marshal(all); err != nil {
		return stored, err
	}
	return classify.ParseSettings(text)
}

func (a *api) postRecheck(ctx context.Context, in *struct {
	Body struct {
		Hosts    []string `json:"hosts,omitempty" doc:"by name"`
		Groups   []string `json:"groups,omitempty" doc:"all of these patch groups"`
		All      bool     `json:"all,omitempty"`
		Outdated bool     `json:"outdated,omitempty" doc:"those that are judged by another baseline than applies by now"`
	}
}) (RecheckView, error) {
	b := &in.Body
	given := 0
	for _, is := range []bool{len(b.Hosts) > 0, len(b.Groups) > 0, b.All, b.Outdated} {
		if is {
			given++
		}
	}
	if given != 1 {
		return RecheckView{}, &messages.FieldError{Field: "body", Problem: "give one of hosts, groups, all, outdated"}
	}
	for _, host := range b.Hosts {
		if _, err := a.cfg.Index.Host(ctx, host, scope(ctx)); err != nil {
			return RecheckView{}, err
		}
	}
	hosts := b.Hosts
	if len(hosts) == 0 {
		var err error
		if hosts, err = a.cfg.Index.Living(ctx, query.Filter{Groups: b.Groups, Outdated: b.Outdated, Scope: scope(ctx)}); err != nil {
			return RecheckView{}, err
		}
	}
	state, err := streams.NewBucket(a.cfg.JS, messages.BucketBaselines).Look(ctx)
	if err != nil {
		return RecheckView{}, err
	}
	return a.startRecheck(ctx, cause(whoOf(ctx), "asked for"), hosts, state.LastSeq), nil
}

func (a *api) audit(ctx context.Context, in *struct {
	ListParams
	Since timeText `query:"since" doc:"from this time on, or for this age"`
	By    string   `query:"by" doc:"only what this one decided"`
}) (*listed[query.AuditEntry], error) {
	since, err := in.Since.time("query.since", a.cfg.Now())
	if err != nil {
		return nil, err
	}
	all, err := query.Audit(ctx, a.cfg.JS, since)
	if err != nil {
		return nil, err
	}
	groups := scope(ctx)
	all = slices.DeleteFunc(all, func(e query.AuditEntry) bool {
		return in.By != "" && e.By != in.By || groups != nil && !(e.Host != "" && a.cfg.Index.Visible(e.Host, groups))
	})
	return &listed[query.AuditEntry]{total: len(all), items: items(all)}, nil
}

// publish publishes an event of an operator.
func (a *api) publish(ctx context.Context, e messages.Event) (ReceiptBody, error) {
	p, err := publisher.New(a.cfg.JS, publisher.Config{Timeout: publishTimeout})
	if err != nil {
		return ReceiptBody{}, err
	}
	switch e := e.(type) {
	case *messages.Override:
		err = p.Override(ctx, e)
	case *messages.Retire:
		err = p.Retire(ctx, e)
	}
	return ReceiptBody{e.Kind(), e.HostName(), e.EventID()}, err
}

const publishTimeout = 10 * time.Second

var decisionColumns = []column[query.AuditEntry]{
	{"at", func(d *query.AuditEntry) string { return clock(&d.At) }},
	{"by", func(d *query.AuditEntry) string { return d.By }},
	{"about", func(d *query.AuditEntry) string { return d.About }},
	{"name", func(d *query.AuditEntry) string { return d.Name }},
	{"value", func(d *query.AuditEntry) string { return d.Value }},
	{"host", func(d *query.AuditEntry) string { return d.Host }},
}
