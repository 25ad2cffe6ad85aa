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

// DropPackages forgets which hosts have which packages, so that it can be told what the hosts themselves take.
func DropPackages(x *Index) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.table.have = newPostings()
}
