package console

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/patchstream/patchstream/worker/query"
)

const (
	trendDays     = 90
	trendFresh    = time.Minute           // how long a trend is good for
	trendPatience = 50 * time.Millisecond // how long a page waits for the first one
	trendDeadline = 5 * time.Minute       // for one to be read
	trendScopes   = 64                    // of how many it is kept
)

// trendCache keeps the trend of each scope, so that no page waits for the changes to be read: what is old is shown while the new one is
// made. Safe for concurrent use.
type trendCache struct {
	days func(ctx context.Context, scope []string) ([]query.TrendPoint, error)
	now  func() time.Time

	mu   sync.Mutex
	kept map[string]*keptTrend // by scope
}

type keptTrend struct {
	points []query.TrendPoint
	at     time.Time     // when it was read; zero: it was not
	used   time.Time     // by a page
	coming chan struct{} // closed when the one that is being read is there; nil: none is
	err    error         // of the last reading
}

// get returns the trend of a scope; false where none was read yet, and then why the last reading failed, or nil.
func (t *trendCache) get(ctx context.Context, scope []string) ([]query.TrendPoint, bool, error) {
	t.mu.Lock()
	k := t.of(scope)
	coming := k.coming
	if coming == nil && t.now().Sub(k.at) > trendFresh {
		coming = make(chan struct{})
		k.coming = coming
		go t.read(context.WithoutCancel(ctx), k, slices.Clone(scope))
	}
	points, known := k.points, !k.at.IsZero()
	t.mu.Unlock()
	if known || coming == nil {
		return points, known, nil
	}
	select {
	case <-coming:
	case <-ctx.Done():
	case <-time.After(trendPatience):
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return k.points, !k.at.IsZero(), k.err
}

// of finds what is kept of a scope, and forgets the one that was not asked for the longest where there are too many. The caller holds the lock.
func (t *trendCache) of(scope []string) *keptTrend {
	key := scopeKey(scope)
	k := t.kept[key]
	if k == nil {
		if len(t.kept) >= trendScopes {
			oldest := ""
			for name, other := range t.kept {
				if oldest == "" || other.used.Before(t.kept[oldest].used) {
					oldest = name
				}
			}
			delete(t.kept, oldest)
		}
		k = new(keptTrend)
		t.kept[key] = k
	}
	k.used = t.now()
	return k
}

func (t *trendCache) read(ctx context.Context, k *keptTrend, scope []string) {
	ctx, cancel := context.WithTimeout(ctx, trendDeadline)
	defer cancel()
	points, err := t.days(ctx, scope)
	t.mu.Lock()
	defer t.mu.Unlock()
	close(k.coming)
	k.coming, k.err = nil, err
	if err == nil {
		k.points, k.at = points, t.now()
	}
}

// The drawing of a trend, in its own units.
const (
	chartWidth  = 900
	chartHeight = 120
)

// chart is a trend as it is drawn: areas of hosts by status above each other, and a line of patches.
type chart struct {
	Bad, Unknown, Good string // outlines of areas
	Open               string // points of a line
	Most, MostOpen     int    // the top of each
	Days               []chartDay
	First, Last        string
}

// chartDay is a day one may point at.
type chartDay struct {
	query.TrendPoint
	X, W int
}

// draw makes a chart of a trend; nil of no more than one day, of which there is nothing to see.
func draw(points []query.TrendPoint) *chart {
	if len(points) < 2 {
		return nil
	}
	c := &chart{Most: 1, MostOpen: 1, First: points[0].Day, Last: points[len(points)-1].Day}
	for _, p := range points {
		c.Most, c.MostOpen = max(c.Most, p.Hosts), max(c.MostOpen, p.OpenPatches)
	}
	column := float64(chartWidth) / float64(len(points)-1)
	bad, unknown, all, patches := make([]int, len(points)), make([]int, len(points)), make([]int, len(points)), make([]int, len(points))
	for i, p := range points {
		bad[i], unknown[i], all[i], patches[i] = p.NonCompliant, p.NonCompliant+p.Unknown, p.Hosts, p.OpenPatches
		c.Days = append(c.Days, chartDay{p, int(max(0, (float64(i)-.5)*column)), int(column + 1)})
	}
	none := make([]int, len(points))
	c.Bad, c.Unknown, c.Good = area(none, bad, c.Most, column), area(bad, unknown, c.Most, column), area(unknown, all, c.Most, column)
	c.Open = line(patches, c.MostOpen, column)
	return c
}

// area is what lies between two lines.
func area(low, high []int, most int, column float64) string {
	back := make([]string, 0, len(low))
	for i := len(low) - 1; i >= 0; i-- {
		back = append(back, place(i, low[i], most, column))
	}
	return "M" + line(high, most, column) + " L" + strings.Join(back, " ") + " Z"
}

func line(values []int, most int, column float64) string {
	places := make([]string, len(values))
	for i, v := range values {
		places[i] = place(i, v, most, column)
	}
	return strings.Join(places, " ")
}

func place(i, value, most int, column float64) string {
	return strconv.FormatFloat(float64(i)*column, 'f', 1, 64) + "," + strconv.FormatFloat(chartHeight-float64(value)*chartHeight/float64(most), 'f', 1, 64)
}
