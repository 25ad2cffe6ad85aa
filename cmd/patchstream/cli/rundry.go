package cli

import (
	"context"
	"errors"

	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
	hosts "github.com/patchstream/patchstream/publisher/host"
)

func (a *app) dryRun(ctx context.Context, r *patchRun, argv []string) error {
	plan, err := a.runner(r.root, argv).Plan(ctx, argv)
	if err != nil && !errors.Is(err, hosts.ErrNoPlan) {
		return err
	}
	i := &print.Intention{
		Command: argv, Host: r.host, RunID: r.runID, Plan: plan,
		Send:   []print.Addressed{addressed(messages.KindRun, r.host)},
		Server: r.connection.Address(), Spool: r.spool.Dir,
	}
	if !r.noScan {
		i.Send = append(i.Send, addressed(messages.KindScan, r.host))
	}
	return a.Show(r.output.value, i, func() { a.Intention(i) })
}

func addressed(kind messages.Kind, host string) print.Addressed {
	return print.Addressed{Kind: kind, Subject: kind.Subject(host)}
}
