package chaos

import (
	"context"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// eventMisdeeds are what a host may do with events of its own.
func eventMisdeeds() []misdeed {
	return []misdeed{
		{name: "events that look like heartbeats of the server", do: func(ctx context.Context, a *adversary) {
			for range 300 {
				a.send(ctx, messages.KindScan, nil, "Status", "100")
			}
		}, check: named("Status")},
		{name: "events that say the consumer was deleted", do: func(ctx context.Context, a *adversary) {
			a.send(ctx, messages.KindScan, nil, "Status", "409", "Description", "Consumer Deleted")
		}, check: named("Status")},
		{name: "events that end a request with a count that is no number", do: func(ctx context.Context, a *adversary) {
			a.send(ctx, messages.KindScan, nil, "Status", "408", "Nats-Pending-Messages", "many")
		}, check: named("Status", "Nats-Pending-Messages")},
		{name: "events that pin a client", do: func(ctx context.Context, a *adversary) {
			a.send(ctx, messages.KindScan, []byte("{}"), "Nats-Pin-Id", "somebody")
		}, check: named("Nats-Pin-Id")},
		{name: "events that nobody answers for", do: func(ctx context.Context, a *adversary) {
			a.send(ctx, messages.KindRun, nil, "Status", "503")
		}, check: named("Status")},
	}
}

// named: the bad host has dead letters, and each of their reasons begins with one of the names.
func named(names ...string) func(context.Context, *adversary) {
	return func(ctx context.Context, a *adversary) {
		a.Helper()
		reasons := a.reasons(ctx)
		if len(reasons) == 0 {
			a.Errorf("no dead letter of %s", badHost)
		}
		for _, reason := range reasons {
			if !hasPrefix(reason, names) {
				a.Errorf("the reason %q names none of %q", reason, names)
			}
		}
	}
}

func hasPrefix(text string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(text, p) {
			return true
		}
	}
	return false
}
