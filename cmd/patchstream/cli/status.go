package cli

import (
	"context"
	"encoding/csv"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// statusOptions are the flags of status.
type statusOptions struct {
	*filterFlags
	sort                   string
	limit                  int
	all, exitCode, patches bool
	output                 *oneOf[print.Format]
	endpoint               *endpoint
}

func (a *app) statusCommand() *cobra.Command {
	o := &statusOptions{}
	cmd := &cobra.Command{
		Use:   "status [HOST]",
		Short: "Show the fleet, worst first, or one host",
		Long: `Without HOST, shows every host, worst first. With HOST, shows that one as "classify" does.

--state shows the hosts that have a patch in one of these states, --missing those that lack a package: its
state there is MISSING, or FAILED where a run has tried. --condition shows the hosts on which one of these conditions
stands, at any status: what stands on a host is in the last column, and with HOST since when, why, and what to do. A host
with a * behind its baseline is judged by another one than applies by now.

The JSON of the fleet is a line for each host without its patches; --patches adds them, those that --state and --missing ask
for. CSV has a row for each, and no cell that a spreadsheet takes for a formula.`,
		Example: `  patchstream status
  patchstream status web-17.example.org --all
  patchstream status --missing openssl
  patchstream status --status UNKNOWN --group web --older-than 3d
  patchstream status --package openssl --below 3.0.22-1~deb12u2 -o csv
  patchstream status --condition run_failed --condition scan_old
  patchstream status --sort missing --limit 20
  patchstream status --api http://127.0.0.1:8420 -o json | jq -r 'select(.outdated).host'
  patchstream status --exit-code             # 3: a host is non-compliant, 4: one is unknown`,
		Args: takesHost(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.status(cmd.Context(), o, args) },
	}
	o.filterFlags = addFilters(cmd)
	f := cmd.Flags()
	f.StringVar(&o.sort, "sort", "", "`ORDER`: "+strings.Join(query.Orders(), " ")+"; with - before it the other way round")
	f.IntVar(&o.limit, "limit", 0, "at most so many hosts")
	f.BoolVar(&o.all, "all", false, "with HOST: show compliant patches too")
	f.BoolVar(&o.patches, "patches", false, "with -o json: each host with its patches")
	f.BoolVar(&o.exitCode, "exit-code", false, "exit 3 when a host shown is non-compliant, else 4 when one is unknown")
	o.output = &oneOf[print.Format]{print.Table, []print.Format{print.Table, print.JSON, print.CSV}}
	f.VarP(o.output, "output", "o", "print a table for people, JSON, or CSV")
	o.endpoint = addEndpoint(cmd)
	return cmd
}

func (a *app) status(ctx context.Context, o *statusOptions, args []string) error {
	filter, err := o.filter()
	if err != nil {
		return err
	}
	switch {
	case len(args) == 1 && filter.Conditions != nil:
		return usagef("--condition is asked of the fleet: with HOST all its conditions are shown")
	case len(args) == 1 && o.output.value == print.CSV:
		return usagef("-o csv is of the fleet: of a host there is -o json")
	case o.sort != "" && !slices.Contains(query.Orders(), strings.TrimPrefix(o.sort, "-")):
		return usagef("--sort: unknown order %q: the orders are %s, with - before it the other way round", o.sort, strings.Join(query.Orders(), " "))
	case o.limit < 0 || o.limit > query.MaxPage:
		return usagef("--limit must be 1 to %d", query.MaxPage)
	}
	return a.askFleet(ctx, o.endpoint, func(ctx context.Context, f fleet, now time.Time) error {
		var worst messages.HostStatus
		var err error
		if len(args) == 1 {
			worst, err = a.statusOfHost(ctx, f, args[0], o, questionOf(&filter), now)
		} else {
			worst, err = a.statusOfFleet(ctx, f, o, filter, now)
		}
		if err == nil && o.exitCode {
			err = verdictCode(worst)
		}
		return err
	})
}

// questionOf is what a filter asks of patches and conditions.
func questionOf(f *query.Filter) query.Question {
	q := query.Question{Missing: f.Missing, Conditions: f.Conditions}
	for _, s := range f.States {
		if q.States == nil {
			q.States = make(query.States)
		}
		q.States[s] = true
	}
	return q
}

// statusOfHost prints a host and returns its status.
func (a *app) statusOfHost(ctx context.Context, f fleet, name string, o *statusOptions, question query.Question, now time.Time) (messages.HostStatus, error) {
	h, err := f.Host(ctx, name)
	if err != nil {
		return "", err
	}
	if question.OfPatches() {
		h.Report = query.Narrowed(h.Report, question.Fits)
	}
	return h.Report.Status, a.Show(o.output.value, h.View(), func() {
		a.Report(h.Report, print.View{Now: now, All: o.all || question.OfPatches()})
	})
}

// statusOfFleet prints the hosts that fit and returns the worst status among them.
func (a *app) statusOfFleet(ctx context.Context, f fleet, o *statusOptions, filter query.Filter, now time.Time) (messages.HostStatus, error) {
	s := &query.Survey{Question: questionOf(&filter)}
	var names []string
	views := []query.HostView{}
	order := o.sort
	if order == "" && filter.Missing != "" && o.output.value == print.Table {
		order = query.ByHost
	}
	_, err := f.Hosts(ctx, query.HostsQuestion{Filter: filter, Sort: order, Limit: o.limit}, func(h query.HostView) error {
		names = append(names, h.Host)
		views = append(views, h)
		s.Add(query.RowOf(&h))
		return nil
	})
	if err == nil {
		err = a.count(ctx, f, s, filter)
	}
	if err != nil {
		return "", err
	}
	switch {
	case o.output.value == print.CSV:
		return s.Worst(), a.hostsAsCSV(views)
	case o.output.value == print.JSON && !o.patches:
		for i := range views {
			if err := a.JSONLine(&views[i]); err != nil {
				return "", err
			}
		}
		return s.Worst(), nil
	case o.output.value == print.JSON:
		return s.Worst(), f.Reports(ctx, names, func(h *query.Host) error {
			if s.Question.OfPatches() {
				h.Report = query.Narrowed(h.Report, s.Question.Fits)
			}
			return a.JSONLine(h.View())
		})
	}
	if filter.Missing == "" {
		a.Fleet(s, now)
		return s.Worst(), nil
	}
	err = f.Reports(ctx, names, func(h *query.Host) error {
		for _, item := range query.Narrowed(h.Report, s.Question.Fits).Patches {
			s.Matches = append(s.Matches, query.Match{Host: h.Report.Host, OS: h.Report.About.OS, Item: item})
		}
		return nil
	})
	if err == nil {
		a.Matches(s, now)
	}
	return s.Worst(), err
}

// count notes of how many hosts those are that fit, and, of a package, of how many it is not known whether they lack it.
func (a *app) count(ctx context.Context, f fleet, s *query.Survey, filter query.Filter) error {
	summary, err := f.Summary(ctx)
	if err != nil {
		return err
	}
	s.Hosts = summary.Total.Hosts
	total := func(filter query.Filter) (n int) {
		if err == nil {
			n, err = f.Hosts(ctx, query.HostsQuestion{Filter: filter, Limit: 1}, func(query.HostView) error { return nil })
		}
		return n
	}
	s.Retired = total(query.Filter{Status: []messages.HostStatus{messages.Retired}})
	s.Asked = s.Hosts
	if filter.Conditions != nil {
		s.Asked = total(query.Filter{Conditions: filter.Conditions})
	}
	if filter.Missing != "" {
		s.Known = total(query.Filter{Knows: filter.Missing, Conditions: filter.Conditions})
		s.Unknown = total(query.Filter{Status: []messages.HostStatus{messages.Unknown}, Conditions: filter.Conditions})
		s.Unknown -= len(slices.DeleteFunc(slices.Clone(s.Rows), func(r query.Row) bool { return r.Status != messages.Unknown }))
	}
	return err
}

// hostsAsCSV prints hosts for spreadsheets.
func (a *app) hostsAsCSV(views []query.HostView) error {
	header, row := web.HostCSV()
	w := csv.NewWriter(a.Stdout())
	rows := [][]string{header}
	for i := range views {
		rows = append(rows, row(&views[i]))
	}
	return w.WriteAll(rows)
}
