package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/apt"
)

// intention is what --dry-run shows: what a run would do and send.
type intention struct {
	Command []string    `json:"command"`
	Host    string      `json:"host"`
	RunID   string      `json:"run_id"`
	Plan    *apt.Plan   `json:"plan"` // null: the command cannot tell
	Send    []addressee `json:"send"`
	Server  string      `json:"server"`
	Spool   string      `json:"spool"`
}

// addressee is an event that would be sent.
type addressee struct {
	Kind    messages.Kind `json:"kind"`
	Subject string        `json:"subject"`
}

func (a *app) dryRun(ctx context.Context, r *patchRun, argv []string) error {
	runner := apt.Runner{Root: r.root, Stderr: a.stderr}
	plan, err := runner.Plan(ctx, argv)
	if err != nil && !errors.Is(err, apt.ErrNoPlan) {
		return err
	}
	i := &intention{
		Command: argv, Host: r.host, RunID: r.runID, Plan: plan,
		Send:   []addressee{{messages.KindRun, messages.KindRun.Subject(r.host)}},
		Server: r.connection.address(), Spool: r.spool.Dir,
	}
	if !r.noScan {
		i.Send = append(i.Send, addressee{messages.KindScan, messages.KindScan.Subject(r.host)})
	}
	if r.output.json() {
		return a.json(i)
	}
	a.intention(i)
	return nil
}

func (a *app) intention(i *intention) {
	switch {
	case i.Plan == nil:
		a.printf("%s cannot say what it would do: the packages are compared before and after it.\n", plain(i.Command[0]))
	case len(i.Plan.Steps) == 0:
		a.printf("%s would change no package.\n", plain(strings.Join(i.Command, " ")))
	default:
		g := &grid{head: []string{"ACTION", "PACKAGE", "VERSION", "REASON"}}
		for _, s := range i.Plan.Steps {
			g.add(string(s.Action), plain(s.Name+"."+s.Arch), plain(arrow(s.From, s.To)), plain(orNone(s.Reason)))
		}
		a.grid(g)
	}
	a.printf("\nNothing was run. A run would send to %s, or keep in %s:\n", i.Server, i.Spool)
	for _, s := range i.Send {
		a.printf("  %-4s  %s\n", s.Kind, s.Subject)
	}
	a.printf("as run %s of %s.\n", i.RunID, i.Host)
}
