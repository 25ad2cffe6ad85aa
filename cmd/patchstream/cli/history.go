package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

func (a *app) historyCommand() *cobra.Command {
	var since, until, at string
	var runs bool
	cmd := &cobra.Command{
		Use:   "history [HOST [PATCH]]",
		Short: "Show how a host, or a patch of it, came to be as it is, and how it stood",
		Long: `Shows the changes of a host that are kept, oldest first, as "watch" shows them; with PATCH only what became of that patch:
"openssl" is meant by each "openssl.amd64" and "openssl.i386". In JSON it is a change a line.

--runs shows the patch runs that changed something, and what each did, of a host or of all, the newest first. --at shows a host, or each host of the
fleet, as it stood at a time, by the events that had been applied by then.`,
		Example: `  patchstream history web-17.example.org --since 30d
  patchstream history web-17.example.org openssl
  patchstream history --runs --since 12h                     # what the runs of the night did
  patchstream history web-17.example.org --at 2026-11-01     # how it stood as that day began, UTC
  patchstream history --at 2026-11-01                        # the fleet then
  patchstream history web-17.example.org openssl -o json | jq -c '{at, cause: .cause.kind, to: .transitions[].to}'`,
		Args: takesHost(0, 2),
	}
	f := cmd.Flags()
	f.StringVar(&since, "since", "", "begin at this `TIME`: an age as 2h or 7d, or 2026-11-20T10:00:00Z")
	f.StringVar(&until, "until", "", "end with what was published by this `TIME`")
	f.StringVar(&at, "at", "", "how it stood at this `TIME`: 2026-11-01, 2026-11-01T08:00:00Z, or an age as 7d")
	f.BoolVar(&runs, "runs", false, "show patch runs")
	names := addStates(cmd, "only transitions into this `STATE`")
	out := addOutput(cmd)
	e := addEndpoint(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		states, err := parseStates(*names)
		if err != nil {
			return err
		}
		var q web.ChangesQuestion
		if len(args) > 0 {
			q.Host = args[0]
		}
		switch {
		case at != "" && (runs || since != "" || until != "" || states != nil || len(args) == 2):
			return usagef("--at goes with a host, or with nothing: it is one moment")
		case runs && (states != nil || len(args) == 2):
			return usagef("--runs goes with neither a patch nor --state")
		case at == "" && !runs && len(args) == 0:
			return usagef("name a host, or give --at or --runs; \"patchstream watch --all --no-follow\" has all changes of all hosts")
		}
		if q.Since, err = a.pastFlag("--since", since); err != nil {
			return err
		}
		if q.Until, err = a.pastFlag("--until", until); err != nil {
			return err
		}
		patch := ""
		if len(args) == 2 {
			patch = args[1]
		}
		then, err := a.pastFlag("--at", at)
		if err != nil {
			return err
		}
		return a.askFleet(cmd.Context(), e, func(ctx context.Context, f fleet, _ time.Time) error {
			switch {
			case runs:
				return a.runsOf(ctx, f, q, out.value)
			case at != "" && q.Host != "":
				return a.hostAt(ctx, f, q, then.UTC(), out.value)
			case at != "":
				return a.fleetAt(ctx, f, then.UTC(), out.value)
			}
			return a.history(ctx, f, q, patch, states, out.value)
		})
	}
	return cmd
}

// pastFlag reads a time that is not to come; none is zero.
func (a *app) pastFlag(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := instantOrAge(text, func(d time.Duration) time.Time { return a.now().Add(-d) })
	switch {
	case err != nil:
		return at, usagef("%s: %w", flag, err)
	case at.After(a.now()):
		return at, usagef("%s %s is still to come", flag, text)
	}
	return at, nil
}

func (a *app) history(ctx context.Context, f fleet, q web.ChangesQuestion, patch string, states query.States, as print.Format) error {
	h, err := f.Host(ctx, q.Host)
	if err != nil {
		return err
	}
	if patch != "" && states == nil { // each, also those that are in order
		states = query.States{"": true}
		for _, s := range messages.States() {
			states[s] = true
		}
	}
	shown := 0
	err = f.Changes(ctx, q, func(m *messages.Changed) error {
		if patch != "" {
			m.Transitions = slices.DeleteFunc(m.Transitions, func(t messages.Transition) bool {
				return !strings.EqualFold(t.Patch, patch) && !strings.EqualFold(t.Name, patch)
			})
			if len(m.Transitions) == 0 {
				return nil
			}
		}
		shown++
		return a.Change(as, m, states)
	})
	if err != nil || shown > 0 || as == print.JSON {
		return err
	}
	if patch != "" {
		if _, err := findPatch(h.Report, patch); err != nil {
			return err
		}
	}
	a.Printf("No change of it is kept of that time.\n")
	return nil
}
