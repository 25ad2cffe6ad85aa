package query

import (
	"cmp"
	"container/heap"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
)

// The orders of hosts. With a minus before it, an order is the other way round.
const (
	ByWorst   = "worst"   // non-compliant, unknown, compliant, retired; by level; by how many patches make it so
	ByHost    = "host"    // name
	ByMissing = "missing" // most patches that are MISSING or FAILED first
	ByScan    = "scan"    // oldest complete scan first; those without one before
	ByHeard   = "heard"   // longest silent first
	ByChanged = "changed" // newest change first
)

// Orders returns the orders of hosts, without those that are the other way round.
func Orders() []string { return []string{ByWorst, ByHost, ByMissing, ByScan, ByHeard, ByChanged} }

// order is how hosts are sorted.
type order struct {
	by      string
	reverse bool
}

func parseOrder(text string) (order, error) {
	by, reverse := strings.CutPrefix(text, "-")
	if by == "" && !reverse {
		by = ByWorst
	}
	if !slices.Contains(Orders(), by) {
		return order{}, &messages.FieldError{Field: "sort", Problem: fmt.Sprintf("unknown order %q: the orders are %s, with - before it the other way round", text, strings.Join(Orders(), " "))}
	}
	return order{by, reverse}, nil
}

// key is where a host stands in an order: by the numbers, then by its name. No two hosts have the same.
type key struct {
	Numbers [3]int64 `json:"n"`
	Host    string   `json:"h"`
}

func (o order) keyOf(a *asOf) key {
	k := key{Host: a.name}
	switch o.by {
	case ByWorst:
		k.Numbers = [3]int64{int64(statusRank(a.status)), levelRank(a.level), -int64(a.open())}
	case ByMissing:
		k.Numbers[0] = -int64(a.of(messages.Missing) + a.of(messages.Failed))
	case ByScan:
		k.Numbers[0] = int64(a.scanAt)
	case ByHeard:
		k.Numbers[0] = int64(a.heardAt)
	case ByChanged:
		k.Numbers[0] = -int64(a.committedAt)
	}
	return k
}

// levelRank counts up from the highest level.
func levelRank(l messages.Level) int64 { return levelRanks[l] }

var levelRanks = func() map[messages.Level]int64 {
	ranks := map[messages.Level]int64{"": int64(len(messages.Levels()))}
	for rank, l := range messages.Levels() {
		ranks[l] = int64(rank)
	}
	return ranks
}()

func (o order) compare(a, b key) int {
	c := cmp.Or(slices.Compare(a.Numbers[:], b.Numbers[:]), cmp.Compare(a.Host, b.Host))
	if o.reverse {
		return -c
	}
	return c
}

// found is a host that fits, and where it stands.
type found struct {
	key
	asOf
	bad Levels
}

// best keeps the first few of those that it is given.
type best struct {
	order order
	most  int     // 0: all
	list  []found // a heap with the last in front, where there is a bound
}

func (b *best) add(f found) {
	switch {
	case b.most == 0:
		b.list = append(b.list, f)
	case len(b.list) < b.most:
		heap.Push(b, f)
	case b.order.compare(f.key, b.list[0].key) < 0:
		b.list[0] = f
		heap.Fix(b, 0)
	}
}

func (b *best) sorted() []found {
	slices.SortFunc(b.list, func(x, y found) int { return b.order.compare(x.key, y.key) })
	return b.list
}

func (b *best) Len() int           { return len(b.list) }
func (b *best) Less(i, j int) bool { return b.order.compare(b.list[i].key, b.list[j].key) > 0 }
func (b *best) Swap(i, j int)      { b.list[i], b.list[j] = b.list[j], b.list[i] }
func (b *best) Push(x any)         { b.list = append(b.list, x.(found)) }
func (b *best) Pop() any {
	f := b.list[len(b.list)-1]
	b.list = b.list[:len(b.list)-1]
	return f
}

// The errors of a cursor.
var (
	ErrCursor      = errors.New("the cursor was not given for this question: it goes with the same filters and order")
	ErrOtherCursor = errors.New("the cursor is of another index: the hosts were made anew since; begin at the first page")
)

// cursor is where a page ended. It stays right as hosts come, go and change: the next page begins behind that place.
type cursor struct {
	Of       int64  `json:"of"` // when the bucket was made
	Question uint64 `json:"q"`
	After    key    `json:"a"`
}

func (c cursor) String() string {
	text, _ := json.Marshal(c) // numbers and a text
	return base64.RawURLEncoding.EncodeToString(text)
}

// parseCursor reads a cursor for a question about the bucket that was made at a time.
func parseCursor(text string, of time.Time, question uint64) (*key, error) {
	if text == "" {
		return nil, nil
	}
	var c cursor
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	switch {
	case err != nil:
		return nil, &messages.FieldError{Field: "cursor", Problem: "is none: give what an answer has as next"}
	case c.Of != of.UnixNano():
		return nil, ErrOtherCursor
	case c.Question != question:
		return nil, ErrCursor
	}
	return &c.After, nil
}

// fingerprint tells questions apart.
func fingerprint(question any) uint64 {
	h := fnv.New64a()
	_ = json.NewEncoder(h).Encode(question)
	return h.Sum64()
}
