package query

import (
	"context"
	"time"
)

// TrendOfAll is the trend since a day, however long the changes are said to be kept: in a test they are all stored today.
func TrendOfAll(ctx context.Context, t *Trends, first time.Time, scope []string) []TrendPoint {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.read(ctx, first); err != nil {
		panic(err)
	}
	summary, err := t.index.Summary(ctx, "", Filter{Scope: scope})
	if err != nil {
		panic(err)
	}
	return t.backwards(first, t.index.cfg.Now().UTC().Truncate(24*time.Hour), &summary.Total, scope)
}
