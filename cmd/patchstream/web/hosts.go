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

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// HostParams name a host.
type HostParams struct {
	Host string `path:"host" doc:"its name"`
}

// hostBody is a host, and how far the answer goes.
type hostBody struct {
	AsOf query.AsOf `json:"as_of"`
	query.HostView
}

// hosts registers the questions about hosts.
func (a *api) hosts() {
	tags := []string{"Hosts"}
	list(a, huma.Operation{OperationID: "listHosts", Path: "/hosts", Tags: tags, Summary: "Hosts",
		Description: "The hosts that fit, worst first. Pages are stable: the next one begins behind the last host of the one before, whatever changed meanwhile.",
		Errors:      []int{410, 422}}, hostColumns, a.listHosts)
	get(a, huma.Operation{OperationID: "getHost", Path: "/hosts/{host}", Tags: tags, Summary: "A host without its patches", Errors: []int{404, 422}},
		func(ctx context.Context, in *struct {
			HostParams
			EtagParams
		}) (hostBody, error) {
			answer, err := a.cfg.Index.Host(ctx, in.Host, scope(ctx))
			return hostBody{answer.AsOf, answer.Host}, err
		})
	get(a, huma.Operation{OperationID: "getHostReport", Path: "/hosts/{host}/report", Tags: tags, Summary: "A host with all its patches, as patchstream status HOST -o json has it", Errors: []int{404, 422}},
		func(ctx context.Context, in *struct {
			HostParams
			EtagParams
		}) (*query.ReportView, error) {
			h, err := a.record(ctx, in.Host)
			if err != nil {
				return nil, err
			}
			v := h.View()
			return &v, nil
		})
	list(a, huma.Operation{OperationID: "listHostPatches", Path: "/hosts/{host}/patches", Tags: tags, Summary: "The patches of a host, each with its state and why",
		Errors: []int{404, 422}}, itemColumns, a.listHostPatches)
	get(a, huma.Operation{OperationID: "explainPatch", Path: "/hosts/{host}/patches/{patch}/explanation", Tags: tags, Summary: "Why a patch is in its state, what to do next, and what would change it",
		Errors: []int{404, 422}}, a.explain)
	get(a, huma.Operation{OperationID: "getHostAt", Path: "/hosts/{host}/at/{time}", Tags: tags, Summary: "A host as it stood at a time",
		Description: "From the changes that are kept. A time before the first of them is answered with 410 and the earliest.", Errors: []int{404, 410, 422}}, a.hostAt)
}

func (a *api) listHosts(ctx context.Context, in *struct {
	FilterParams
	PageParams
	Sort sortWord `query:"sort" doc:"worst first without it; with - before it the other way round"`
}) (*listed[query.HostView], error) {
	f, err := in.filter(scope(ctx), a.cfg.Now())
	if err != nil {
		return nil, err
	}
	p, err := a.cfg.Index.Hosts(ctx, query.HostsQuestion{Filter: f, Sort: string(in.Sort), Limit: in.limit(), Cursor: in.Cursor})
	if err != nil {
		return nil, err
	}
	return &listed[query.HostView]{&p.AsOf, p.Total, p.Next, withoutError(p.Hosts())}, nil
}

func withoutError[T any](all iter.Seq[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for item := range all {
			if !yield(item, nil) {
				return
			}
		}
	}
}

var hostColumns = []column[query.HostView]{
	{"host", func(h *query.HostView) string { return h.Host }},
	{"status", func(h *query.HostView) string { return string(h.Status) }},
	{"level", func(h *query.HostView) string { return string(h.Level) }},
	{"conditions", func(h *query.HostView) string {
		var codes []string
		for _, c := range h.Conditions {
			codes = append(codes, c.Code)
		}
		return strings.Join(codes, " ")
	}},
	{"missing", func(h *query.HostView) string { return strconv.Itoa(h.Counts[string(messages.Missing)]) }},
	{"failed", func(h *query.HostView) string { return strconv.Itoa(h.Counts[string(messages.Failed)]) }},
	{"pending_reboot", func(h *query.HostView) string { return strconv.Itoa(h.Counts[string(messages.InstalledPendingReboot)]) }},
	{"rejected", func(h *query.HostView) string { return strconv.Itoa(h.Counts[string(messages.InstalledRejected)]) }},
	{"critical_noncompliant", func(h *query.HostView) string { return strconv.Itoa(h.Counts[messages.CriticalNonCompliant]) }},
	{"security_noncompliant", func(h *query.HostView) string { return strconv.Itoa(h.Counts[messages.SecurityNonCompliant]) }},
	{"group", func(h *query.HostView) string { return h.Group }},
	{"system", func(h *query.HostView) string { return h.OS.System }},
	{"product", func(h *query.HostView) string { return h.OS.Product }},
	{"baseline", func(h *query.HostView) string { return h.Baseline.ID }},
	{"baseline_version", func(h *query.HostView) string { return strconv.FormatUint(h.Baseline.Version, 10) }},
	{"outdated", func(h *query.HostView) string { return strconv.FormatBool(h.Outdated) }},
	{"scan_at", func(h *query.HostView) string { return clock(h.ScanAt) }},
	{"security_lists_at", func(h *query.HostView) string { return clock(h.ListsAt) }},
	{"heard_at", func(h *query.HostView) string { return clock(h.HeardAt) }},
	{"committed_at", func(h *query.HostView) string { return clock(&h.ChangedAt) }},
	{"revision", func(h *query.HostView) string { return strconv.FormatUint(h.Revision, 10) }},
}

// HostCSV returns the header of the hosts as CSV, and the function that makes a row of one.
func HostCSV() (header []string, row func(*query.HostView) []string) {
	for _, c := range hostColumns {
		header = append(header, c.name)
	}
	return header, func(h *query.HostView) []string {
		cells := make([]string, 0, len(hostColumns))
		for _, c := range hostColumns {
			cells = append(cells, Harmless(c.of(h)))
		}
		return cells
	}
}

func clock(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

// record reads a host's record, where whoever asks may see the host.
func (a *api) record(ctx context.Context, host string) (*query.Host, error) {
	if _, err := a.cfg.Index.Host(ctx, host, scope(ctx)); err != nil {
		return nil, err
	}
	return a.cfg.Index.Record(ctx, host)
}

func (a *api) listHostPatches(ctx context.Context, in *struct {
	HostParams
	ListParams
	State []stateWord `query:"state" doc:"only patches in these states"`
	Level []levelWord `query:"level" doc:"only patches of these levels"`
	Name  string      `query:"name" doc:"only patches that are called so, by package or in full"`
}) (*listed[classify.Item], error) {
	h, err := a.record(ctx, in.Host)
	if err != nil {
		return nil, err
	}
	named := h.Report.Patches
	if in.Name != "" {
		named = nil
		for _, i := range query.Named(h.Report, in.Name) {
			named = append(named, *i)
		}
	}
	fit := slices.DeleteFunc(slices.Clone(named), func(i classify.Item) bool {
		return in.State != nil && !slices.Contains(in.State, stateWord(i.State)) || in.Level != nil && !slices.Contains(in.Level, levelWord(i.Level))
	})
	return &listed[classify.Item]{total: len(fit), items: items(fit)}, nil
}

var itemColumns = []column[classify.Item]{
	{"patch", func(i *classify.Item) string { return i.Patch }},
	{"name", func(i *classify.Item) string { return i.Name }},
	{"arch", func(i *classify.Item) string { return i.Arch }},
	{"state", func(i *classify.Item) string { return string(i.State) }},
	{"version", func(i *classify.Item) string { return i.Version }},
	{"installed", func(i *classify.Item) string { return i.Installed }},
	{"level", func(i *classify.Item) string { return string(i.Level) }},
	{"classification", func(i *classify.Item) string { return i.Classification }},
	{"blocked", func(i *classify.Item) string { return i.Blocked }},
	{"since", func(i *classify.Item) string { return clock(&i.Since) }},
	{"reason", func(i *classify.Item) string { return i.Reason.Code }},
}

func (a *api) explain(ctx context.Context, in *struct {
	HostParams
	EtagParams
	Patch string `path:"patch" doc:"its name, as openssl.amd64, or its package's where one patch is called so"`
}) (query.ExplanationView, error) {
	h, err := a.record(ctx, in.Host)
	if err != nil {
		return query.ExplanationView{}, err
	}
	fit := query.Named(h.Report, in.Patch)
	switch len(fit) {
	case 1:
		return query.Explain(h.Report, fit[0]), nil
	case 0:
		return query.ExplanationView{}, huma.Error404NotFound(fmt.Sprintf("%s has no patch %q", in.Host, in.Patch))
	}
	var names []string
	for _, i := range fit {
		names = append(names, i.Patch)
	}
	return query.ExplanationView{}, huma.Error422UnprocessableEntity("a parameter is wrong", detail("path.patch", "several are called so: "+strings.Join(names, ", "), in.Patch))
}

func (a *api) hostAt(ctx context.Context, in *struct {
	HostParams
	EtagParams
	Time timeText `path:"time" doc:"RFC 3339, or a day, which begins at midnight UTC, or an age, such as 7d"`
}) (*query.PastView, error) {
	at, err := in.Time.time("path.time", a.cfg.Now())
	if err != nil {
		return nil, err
	}
	h, err := a.record(ctx, in.Host)
	if err != nil {
		return nil, err
	}
	return query.PastAt(ctx, a.cfg.JS, in.Host, at, h.Report)
}
