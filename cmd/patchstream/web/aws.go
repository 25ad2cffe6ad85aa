package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/patchstream/patchstream/cmd/patchstream/web/aws"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/streams"
)

// registerAWS adds AWS's own API, in our words for who asks.
func (a *api) registerAWS(mux *http.ServeMux) error {
	cfg := aws.Config{Index: a.cfg.Index, JS: a.cfg.JS, Log: a.cfg.Log, Now: a.cfg.Now, Recheck: a.recheckFor}
	if a.cfg.Keys != nil {
		cfg.Keys = pairs{a.cfg.Keys}
	} else {
		cfg.Local = func(r *http.Request) (aws.Caller, bool) {
			return aws.Caller{Name: Local, Writes: true}, fromThisMachine(r)
		}
	}
	handler, err := aws.New(cfg)
	if err != nil {
		return err
	}
	mux.Handle("POST /{$}", http.NewCrossOriginProtection().Handler(handler))
	return nil
}

// pairs are keys by their public halves.
type pairs struct{ Keys }

func (p pairs) AccessKey(id string) (aws.Caller, string, error) {
	who, secret, err := p.Keys.AccessKey(id)
	if errors.Is(err, ErrNoKey) {
		err = aws.ErrNoKey
	}
	return aws.Caller{Name: who.Name, Writes: who.Role == Operator, Groups: who.Groups}, secret, err
}

// recheckFor begins to have hosts classified again, those that are outdated where none are named.
func (a *api) recheckFor(ctx context.Context, by aws.Caller, what string, hosts []string) error {
	ctx = context.WithValue(ctx, whoKey{}, Who{Name: by.Name, Role: Operator, Groups: by.Groups})
	state, err := streams.NewBucket(a.cfg.JS, messages.BucketBaselines).Look(ctx)
	if err != nil {
		return err
	}
	if hosts == nil {
		if hosts, err = a.outdated(ctx, state.LastSeq); err != nil {
			return err
		}
	}
	a.startRecheck(ctx, cause(whoOf(ctx), what), hosts, state.LastSeq)
	return nil
}
