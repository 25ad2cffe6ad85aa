package cli

import (
	"context"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/worker/query"
)

func (a *app) auditCommand() *cobra.Command {
	var since, by string
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show who decided what, and when",
		Long: `Shows what was decided, oldest first: baselines, what they apply to, groups of hosts, settings (the last 64 of each), and
overrides and retirements (as long as the changes are kept). Who did it is what the writer said of itself: an operator's NATS
user may say anything, a key of the HTTP API is named by the server.`,
		Example: "  patchstream audit --since 7d\n  patchstream audit --by alice -o json",
		Args:    takes(0, 0),
	}
	cmd.Flags().StringVar(&since, "since", "", "from this `TIME` on: 2026-11-20, or 7d before now")
	cmd.Flags().StringVar(&by, "by", "", "only what this one decided")
	out := addOutput(cmd)
	e := addEndpoint(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var from time.Time
		if since != "" {
			var err error
			if from, err = instantOrAge(since, func(d time.Duration) time.Time { return a.now().Add(-d).UTC() }); err != nil {
				return usagef("--since: %w", err)
			}
		}
		client, err := e.client()
		if err != nil {
			return err
		}
		if client != nil {
			list, err := client.Audit(cmd.Context(), from, by)
			if err != nil {
				return err
			}
			return a.Show(out.value, list, func() { a.Audit(list) })
		}
		return questions(cmd.Context(), e.connection, func(ctx context.Context, js jetstream.JetStream) error {
			list, err := query.Audit(ctx, js, from)
			if err != nil {
				return err
			}
			list = slices.DeleteFunc(list, func(e query.AuditEntry) bool { return by != "" && e.By != by })
			return a.Show(out.value, list, func() { a.Audit(list) })
		})
	}
	return cmd
}
