package query

import (
	"iter"
	"time"

	"github.com/patchstream/patchstream/classify"
)

// DropPackages forgets which hosts have which packages, so that it can be told what the hosts themselves take.
func DropPackages(x *Index) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.table.have = newPostings()
}

// Filled returns an index of hosts that it has from nowhere, and that follows nothing.
func Filled(hosts iter.Seq[*Host]) *Index {
	t := newTable()
	for h := range hosts {
		t.put(entryOf(h))
	}
	t.arrange()
	x := &Index{
		cfg: IndexConfig{Now: time.Now}, table: t, written: make(chan struct{}), library: new(classify.Library), libraryRead: true,
		state: following{whole: true, confirmedAt: time.Now()},
	}
	t.decide(x.library)
	return x
}
