package web

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// fleet registers the questions about the fleet as a whole.
func (a *api) fleet() {
	tags := []string{"Fleet"}
	list(a, huma.Operation{OperationID: "listPatches", Path: "/patches", Tags: tags, Summary: "Patches that are missing, failed, or otherwise not in order on some host",
		Description: "The highest level first, of one level the patch on most hosts. Filters of hosts say on which. Without state: MISSING, FAILED, INSTALLED_PENDING_REBOOT, INSTALLED_REJECTED and AVAILABLE_SECURITY_UPDATE.",
		Errors:      []int{410, 422}}, patchColumns, a.listPatches)
	get(a, huma.Operation{OperationID: "getPackage", Path: "/packages/{name}", Tags: tags, Summary: "A package: its versions, and how many hosts have each",
		Description: "Hosts by version are of /hosts?package=NAME&version=VERSION.", Errors: []int{404, 422}}, a.pkg)
	get(a, huma.Operation{OperationID: "getSummary", Path: "/summary", Tags: tags, Summary: "The fleet, added up", Errors: []int{422}},
		func(ctx context.Context, in *struct {
			FilterParams
			EtagParams
			By byWord `query:"by" doc:"a row for each"`
		}) (*query.SummaryAnswer, error) {
			f, err := in.filter(scope(ctx), a.cfg.Now())
			if err != nil {
				return nil, err
			}
			return a.cfg.Index.Summary(ctx, string(in.By), f)
		})
	list(a, huma.Operation{OperationID: "listGroups", Path: "/groups", Tags: tags, Summary: "The patch groups by operating system, their hosts, and what applies to them"}, groupColumns,
		func(ctx context.Context, _ *struct{ ListParams }) (*listed[query.GroupView], error) {
			answer, err := a.cfg.Index.Groups(ctx, scope(ctx))
			if err != nil {
				return nil, err
			}
			return &listed[query.GroupView]{asOf: &answer.AsOf, total: len(answer.Groups), items: items(answer.Groups)}, nil
		})
	list(a, huma.Operation{OperationID: "getTrend", Path: "/trend", Tags: tags, Summary: "The fleet at the end of each of the last days, and as it is", Errors: []int{422}}, trendColumns,
		func(ctx context.Context, in *struct {
			ListParams
			Days int `query:"days" default:"30" minimum:"1" maximum:"400" doc:"how many, today the last"`
		}) (*listed[query.TrendPoint], error) {
			points, err := a.trends.Days(ctx, in.Days, scope(ctx))
			return &listed[query.TrendPoint]{total: len(points), items: items(points)}, err
		})
}

func (a *api) listPatches(ctx context.Context, in *struct {
	FilterParams
	PageParams
	PatchLevel     []levelWord `query:"patch_level" doc:"of the patch"`
	Classification []string    `query:"classification" doc:"of the patch, such as Security"`
	Name           string      `query:"name" doc:"part of the patch's name"`
	StandingFor    ageText     `query:"standing_for" doc:"only on hosts where it is so for so long, such as 7d"`
}) (*listed[query.FleetPatch], error) {
	f, err := in.filter(scope(ctx), a.cfg.Now())
	if err != nil {
		return nil, err
	}
	standing, err := in.StandingFor.age("query.standing_for")
	if err != nil {
		return nil, err
	}
	p, err := a.cfg.Index.Patches(ctx, query.PatchesQuestion{
		Hosts: f, Levels: to[messages.Level](in.PatchLevel), Classifications: in.Classification, Name: in.Name, StandingFor: standing, Limit: in.limit(), Cursor: in.Cursor,
	})
	if err != nil {
		return nil, err
	}
	return &listed[query.FleetPatch]{&p.AsOf, p.Total, p.Next, items(p.Patches)}, nil
}

func (a *api) pkg(ctx context.Context, in *struct {
	FilterParams
	EtagParams
	Name string `path:"name" doc:"of the package, or of a patch"`
}) (*query.PackageAnswer, error) {
	f, err := in.filter(scope(ctx), a.cfg.Now())
	if err != nil {
		return nil, err
	}
	answer, err := a.cfg.Index.Package(ctx, in.Name, f)
	if err == nil && len(answer.Packages) == 0 {
		return nil, huma.Error404NotFound(fmt.Sprintf("no host that is meant knows a package %q", in.Name))
	}
	return answer, err
}

var patchColumns = []column[query.FleetPatch]{
	{"patch", func(p *query.FleetPatch) string { return p.Patch }},
	{"name", func(p *query.FleetPatch) string { return p.Name }},
	{"arch", func(p *query.FleetPatch) string { return p.Arch }},
	{"level", func(p *query.FleetPatch) string { return string(p.Level) }},
	{"classification", func(p *query.FleetPatch) string { return p.Classification }},
	{"hosts", func(p *query.FleetPatch) string { return strconv.Itoa(p.Hosts) }},
	{"states", func(p *query.FleetPatch) string { return counted(p.States) }},
	{"blocked", func(p *query.FleetPatch) string { return counted(p.Blocked) }},
	{"versions", func(p *query.FleetPatch) string { return counted(p.Versions) }},
	{"notices", func(p *query.FleetPatch) string { return strings.Join(p.Notices, " ") }},
	{"oldest", func(p *query.FleetPatch) string { return clock(p.Oldest) }},
}

// counted writes counts, the most first: MISSING=3 FAILED=1.
func counted[K cmp.Ordered](counts map[K]int) string {
	var words []string
	for _, k := range slices.SortedFunc(maps.Keys(counts), func(x, y K) int { return cmp.Or(counts[y]-counts[x], cmp.Compare(x, y)) }) {
		words = append(words, fmt.Sprintf("%v=%d", k, counts[k]))
	}
	return strings.Join(words, " ")
}

var groupColumns = []column[query.GroupView]{
	{"group", func(g *query.GroupView) string { return g.Group }},
	{"os", func(g *query.GroupView) string { return g.OS }},
	{"hosts", func(g *query.GroupView) string { return strconv.Itoa(g.Hosts) }},
	{"set_by_operator", func(g *query.GroupView) string { return strconv.Itoa(g.SetByOperator) }},
	{"never_heard", func(g *query.GroupView) string { return strconv.Itoa(g.NeverHeard) }},
	{"baseline", func(g *query.GroupView) string { return g.Baseline }},
	{"bound", func(g *query.GroupView) string { return strconv.FormatBool(g.Bound) }},
}

var trendColumns = []column[query.TrendPoint]{
	{"day", func(p *query.TrendPoint) string { return p.Day }},
	{"hosts", func(p *query.TrendPoint) string { return strconv.Itoa(p.Hosts) }},
	{"compliant", func(p *query.TrendPoint) string { return strconv.Itoa(p.Compliant) }},
	{"non_compliant", func(p *query.TrendPoint) string { return strconv.Itoa(p.NonCompliant) }},
	{"unknown", func(p *query.TrendPoint) string { return strconv.Itoa(p.Unknown) }},
	{"open_patches", func(p *query.TrendPoint) string { return strconv.Itoa(p.OpenPatches) }},
}
