package cli

import (
	"context"
	"encoding/csv"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

// patchesOptions are the flags of patches.
type patchesOptions struct {
	states, levels, groups *[]string
	notice, name, standing string
	limit                  int
	output                 *oneOf[print.Format]
	endpoint               *endpoint
}

func (a *app) patchesCommand() *cobra.Command {
	o := &patchesOptions{}
	cmd := &cobra.Command{
		Use:   "patches [HOST]",
		Short: "List the patches of a host, or of the fleet",
		Long: `With HOST, lists its patches with their states and next steps. Without, lists the patches of all hosts that are not plainly installed, the highest
level first, of one level those on most hosts: on how many hosts each is in which state, and since when on the first.

--standing-for counts only the hosts on which it is so for so long already.`,
		Example: `  patchstream patches web-17.example.org
  patchstream patches web-17.example.org --state MISSING,FAILED -o json
  patchstream patches --level CRITICAL --standing-for 7d
  patchstream patches --notice CVE-2026-1234
  patchstream patches --state MISSING -o csv`,
		Args: takesHost(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.patches(cmd.Context(), o, args) },
	}
	f := cmd.Flags()
	o.states = addStates(cmd, "only patches in this `STATE`")
	o.levels = f.StringArray("level", nil, "only patches of this `LEVEL`, such as CRITICAL; several with commas")
	o.groups = f.StringArray("group", nil, "without HOST: only on hosts of this patch `GROUP`; said again for more")
	f.StringVar(&o.notice, "notice", "", "without HOST: only patches that are about this update `NOTICE` or CVE")
	f.StringVar(&o.name, "name", "", "without HOST: only patches with this `TEXT` in their name")
	f.StringVar(&o.standing, "standing-for", "", "only where it is so for this `AGE` already, such as 7d")
	f.IntVar(&o.limit, "limit", 0, "without HOST: at most so many")
	o.output = &oneOf[print.Format]{print.Table, []print.Format{print.Table, print.JSON, print.CSV}}
	f.VarP(o.output, "output", "o", "print a table for people, JSON, or CSV")
	o.endpoint = addEndpoint(cmd)
	return cmd
}

func (a *app) patches(ctx context.Context, o *patchesOptions, args []string) error {
	states, err := parseStates(*o.states)
	if err != nil {
		return err
	}
	levels, err := eachOf(*o.levels, "--level", messages.ParseLevel)
	if err != nil {
		return err
	}
	standing, err := ageFlag("--standing-for", o.standing)
	if err != nil {
		return err
	}
	q := query.PatchesQuestion{Levels: levels, Name: o.name, StandingFor: standing, Limit: o.limit}
	if q.Hosts.Notice = o.notice; len(*o.groups) > 0 {
		q.Hosts.Groups = *o.groups
	}
	for _, s := range messages.States() {
		if states[s] {
			q.Hosts.States = append(q.Hosts.States, s)
		}
	}
	switch {
	case len(args) == 0 && (o.limit < 0 || o.limit > query.MaxPage):
		return usagef("--limit must be 1 to %d", query.MaxPage)
	case len(args) == 0:
		return a.patchesOfFleet(ctx, o, q)
	case o.notice != "" || o.name != "" || o.limit != 0 || len(*o.groups) > 0:
		return usagef("--notice, --name, --group and --limit ask of the fleet: leave HOST out")
	case o.output.value == print.CSV:
		return usagef("-o csv is of the fleet: of a host there is -o json")
	}
	return a.askFleet(ctx, o.endpoint, func(ctx context.Context, f fleet, now time.Time) error {
		h, err := f.Host(ctx, args[0])
		if err != nil {
			return err
		}
		fits := query.Question{States: states}.Fits
		r := query.Narrowed(h.Report, func(i *classify.Item) bool {
			return fits(i) && (levels == nil || slices.Contains(levels, i.Level)) && (standing == 0 || !i.Since.IsZero() && now.Sub(i.Since) >= standing)
		})
		return a.Show(o.output.value, r.Patches, func() { a.Patches(r) })
	})
}

func (a *app) patchesOfFleet(ctx context.Context, o *patchesOptions, q query.PatchesQuestion) error {
	return a.askFleet(ctx, o.endpoint, func(ctx context.Context, f fleet, now time.Time) error {
		list, total, err := f.Patches(ctx, q)
		if err != nil {
			return err
		}
		if o.output.value == print.CSV {
			return a.patchesAsCSV(list)
		}
		return a.Show(o.output.value, append([]query.FleetPatch{}, list...), func() { a.FleetPatches(list, total, now) })
	})
}

// patchesAsCSV prints patches of the fleet for spreadsheets.
func (a *app) patchesAsCSV(list []query.FleetPatch) error {
	rows := [][]string{{"patch", "level", "classification", "hosts", "missing", "failed", "pending_reboot", "rejected", "oldest"}}
	for i := range list {
		p := &list[i]
		oldest := ""
		if p.Oldest != nil {
			oldest = p.Oldest.UTC().Format(time.RFC3339)
		}
		row := []string{web.Harmless(p.Patch), string(p.Level), web.Harmless(p.Classification), strconv.Itoa(p.Hosts)}
		for _, s := range []messages.State{messages.Missing, messages.Failed, messages.InstalledPendingReboot, messages.InstalledRejected} {
			row = append(row, strconv.Itoa(p.States[s]))
		}
		rows = append(rows, append(row, oldest))
	}
	return csv.NewWriter(a.Stdout()).WriteAll(rows)
}
