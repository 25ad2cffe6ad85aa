package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker/baselines"
)

// overrideFlags are the flags of override set.
type overrideFlags struct{ reason, by, level, expires string }

func (a *app) overrideSetCommand() *cobra.Command {
	o := &overrideFlags{}
	cmd := &cobra.Command{
		Use:   "set HOST PATCH STATE",
		Short: "Set the state of a patch of a host",
		Long: `Sets the state of a patch by hand, until --expires; where that is not given, for as long as the setting override_expires says, which
is 90d by default. --expires never lasts until it is cleared. Who sets it is the key by which we come to the server, where there is one;
what --by says stands beside it, as claimed.`,
		Example: `  patchstream override set web-1 openssl NOT_APPLICABLE --reason "vendor build, CHG-1182" --expires 30d
  patchstream override set web-1 curl.amd64 INSTALLED --reason "backport in use" --by ops --expires 2026-12-20`,
		Args: takesHost(3, 3),
	}
	f := cmd.Flags()
	f.StringVar(&o.reason, "reason", "", "why (required)")
	f.StringVar(&o.by, "by", whoAmI(), "who says so")
	f.StringVar(&o.level, "level", "", "`LEVEL` to show; without it, the computed one")
	f.StringVar(&o.expires, "expires", "", "`TIME` at which it ends: 30d from now, 2026-12-20, or never")
	out := addOutput(cmd)
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		e, err := a.overrideOf(args, o)
		if err != nil {
			return err
		}
		return a.ask(cmd.Context(), c, func(ctx context.Context, q *asker) error {
			_, item, err := q.patch(ctx, e.Host, e.Patch)
			if err != nil {
				return err
			}
			e.Patch, e.At = item.Patch, a.now().UTC()
			e.By = by(ctx, c, q.js.Conn(), o.by, cmd.Flags().Changed("by"))
			if o.expires == "" {
				if e.ExpiresAt, err = defaultExpiry(ctx, q.js, e.At); err != nil {
					return err
				}
			}
			if err := send(ctx, q.js, publisher.Config{}, e); err != nil {
				return err
			}
			return a.Show(out.value, receiptOf(e), func() {
				a.Printf("published override %s: %s of %s is %s%s\n", e.ID, e.Patch, e.Host, e.State, ending(e.ExpiresAt))
			})
		})
	}
	return cmd
}

func (a *app) overrideOf(args []string, o *overrideFlags) (*messages.Override, error) {
	state, err := messages.ParseState(args[2])
	if err != nil {
		return nil, &usageError{err}
	}
	if o.reason == "" {
		return nil, usagef("--reason is missing: say why, for those who read it later")
	}
	if o.by == "" {
		return nil, usagef("--by is missing: say who sets it")
	}
	e := &messages.Override{Host: args[0], Patch: args[1], State: state, Reason: o.reason, By: o.by}
	if o.level != "" {
		if e.Level, err = messages.ParseLevel(o.level); err != nil {
			return nil, usagef("--level: %w", err)
		}
	}
	if o.expires != "" { // else the settings say it
		if e.ExpiresAt, err = new(classify.Settings).OverrideEnd(o.expires, a.now()); err != nil {
			return nil, usagef("--expires: %w", err)
		}
	}
	return e, nil
}

// defaultExpiry is when an override ends of which nobody says when.
func defaultExpiry(ctx context.Context, js jetstream.JetStream, at time.Time) (time.Time, error) {
	store, err := baselines.Open(ctx, js)
	if err != nil {
		return time.Time{}, err
	}
	settings, err := store.Settings(ctx)
	if err != nil {
		return time.Time{}, err
	}
	return settings.OverrideEnd("", at)
}

func ending(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return fmt.Sprintf(" until %s", print.Clock(t))
}
