package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker/query"
)

func (a *app) overrideClearCommand() *cobra.Command {
	var claimed, reason string
	cmd := &cobra.Command{
		Use:     "clear HOST PATCH",
		Short:   "Withdraw the override of a patch: the computed state stands again",
		Example: "  patchstream override clear web-1 openssl",
		Args:    takesHost(2, 2),
	}
	cmd.Flags().StringVar(&claimed, "by", whoAmI(), "who says so")
	cmd.Flags().StringVar(&reason, "reason", "", "why")
	out := addOutput(cmd)
	c := addConnection(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.ask(cmd.Context(), c, func(ctx context.Context, q *asker) error {
			h, err := q.host(ctx, args[0])
			if err != nil {
				return err
			}
			patch, err := overridden(h, args[1])
			if err != nil {
				return err
			}
			e := &messages.Override{Host: args[0], Patch: patch, At: a.now().UTC(), Withdraw: true, By: by(ctx, c, q.js.Conn(), claimed, cmd.Flags().Changed("by")), Reason: reason}
			if err := send(ctx, q.js, publisher.Config{}, e); err != nil {
				return err
			}
			return a.Show(out.value, receiptOf(e), func() {
				a.Printf("published override %s: the computed state of %s of %s stands again\n", e.ID, e.Patch, e.Host)
			})
		})
	}
	return cmd
}

// overridden returns the full name of the overridden patch that is meant, whether the host still has it or not.
func overridden(h *query.Host, name string) (string, error) {
	var all, fit []string
	for _, o := range h.Overrides {
		if strings.EqualFold(o.Patch, name) {
			return o.Patch, nil
		}
		all = append(all, o.Patch)
		if dot := strings.LastIndexByte(o.Patch, '.'); dot > 0 && strings.EqualFold(o.Patch[:dot], name) {
			fit = append(fit, o.Patch)
		}
	}
	switch {
	case len(fit) == 1:
		return fit[0], nil
	case len(fit) > 1:
		return "", fmt.Errorf("%s has several overrides of %q: name one of %s", h.Report.Host, name, strings.Join(fit, " "))
	case len(all) > 0:
		return "", fmt.Errorf("%s has no override of %q: there are those of %s", h.Report.Host, name, strings.Join(all, " "))
	}
	return "", fmt.Errorf("%s has no override", h.Report.Host)
}
