package worker

import (
	"context"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// retireItems removes what other programs put on a host up to its retirement. It may happen twice without harm: what was put since stays.
func (c *committer) retireItems(ctx context.Context, host string, events []*event) error {
	var newest time.Time
	for _, e := range events {
		if r, ok := e.content.(*messages.Retire); ok && r.At.After(newest) {
			newest = r.At
		}
	}
	if newest.IsZero() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	return c.items.Retire(ctx, host, newest)
}
