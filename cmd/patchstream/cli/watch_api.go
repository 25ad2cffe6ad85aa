package cli

import (
	"context"
	"errors"
	"time"

	"github.com/patchstream/patchstream/cmd/patchstream/web"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/history"
	"github.com/patchstream/patchstream/worker/query"
)

// watchAPI is watch where an API is asked.
func (a *app) watchAPI(ctx context.Context, client *web.Client, o *watchOptions, from history.From, until time.Time, states query.States) error {
	if o.host != "" {
		if err := a.warnOfHostUnknownToAPI(ctx, client, o.host); err != nil {
			return err
		}
	}
	show := func(m *messages.Changed) error { return a.Change(o.output.value, m, states) }
	question := web.ChangesQuestion{Host: from.Host, Since: from.Since, Until: until}
	if o.noFollow || !until.IsZero() {
		return client.Changes(ctx, question, show)
	}
	if from.Oldest {
		question.Since = time.Unix(0, 0)
	}
	log := a.Logger()
	return client.Follow(ctx, question, web.Following{
		Visit: show,
		Began: func() { log.Info().Str("api", client.URL).Msg("watching") },
		Lost:  func(err error) { log.Warn().Err(err).Msg("lost the API; trying again") },
		Gap: func(what string) {
			log.Error().Str("gap", what).Msg("some changes are kept no longer, and were not seen")
		},
	})
}

// warnOfHostUnknownToAPI says that nothing was ever heard of a host.
func (a *app) warnOfHostUnknownToAPI(ctx context.Context, client *web.Client, host string) error {
	_, err := client.Host(ctx, host)
	if !errors.Is(err, web.ErrNotFound) {
		return err
	}
	names, err := client.Names(ctx)
	if err == nil {
		a.warnOfAbsent("%s is not known: no event of it was ever taken%s", []string{host}, names)
	}
	return err
}
