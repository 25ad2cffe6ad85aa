package classify

import (
	"strings"
	"sync"

	"github.com/patchstream/patchstream/messages"
)

// memory is for the items of a report and its transitions, and for what they point to: each lies side by side, as a package would
// otherwise ask for memory three or four times. That of a report of which nothing is used any more is taken for the next one: to make
// and to collect it would take as long as to judge.
type memory struct {
	items       []Item // empty and zero, as is the other; nil once they are taken
	transitions []messages.Transition

	pairs slab[string]
	stops slab[messages.Stopped]

	judge *judge // of the report before; nil: there is none
}

// memories are those that nobody uses. Nothing in them is of a host.
var memories = sync.Pool{New: func() any { return new(memory) }}

// mostKept is of how many packages a host may be whose memory is kept.
const mostKept = 4096

// takeItems returns an empty list with place for some items, which is zero.
func (m *memory) takeItems(most int) []Item {
	items := m.items
	m.items = nil
	if items == nil || cap(items) < most {
		items = make([]Item, 0, most)
	}
	return items
}

func (m *memory) takeTransitions() []messages.Transition {
	transitions := m.transitions
	m.transitions = nil
	return transitions
}

// takeBack takes all back, and keeps nothing of what it was used for.
func (m *memory) takeBack(items []Item, transitions []messages.Transition) {
	m.items, m.transitions = emptied(items), emptied(transitions)
	m.pairs.takeBack()
	m.stops.takeBack()
	if j := m.judge; j != nil && len(j.rulings) <= maxKeptRulings {
		j.forget()
	} else {
		m.judge = nil
	}
}

func emptied[T any](list []T) []T {
	if cap(list) > mostKept {
		return nil
	}
	clear(list)
	return list[:0]
}

// The sizes of a piece of memory, of which the first are small: few packages are judged after most events.
const (
	firstPiece = 16
	mostPiece  = 512
)

// slab hands out values that are zero, side by side.
type slab[T any] struct {
	piece []T // the newest one
	used  int // of it
	all   int // handed out
}

// take returns n values.
func (s *slab[T]) take(n int) []T {
	if len(s.piece)-s.used < n {
		s.piece, s.used = make([]T, max(n, firstPiece, min(2*len(s.piece), mostPiece))), 0
	}
	taken := s.piece[s.used:][:n:n]
	s.used += n
	s.all += n
	return taken
}

// takeBack takes back all that was handed out, and has place for as much next time, unless that is a lot.
func (s *slab[T]) takeBack() {
	if s.all > 2*mostKept {
		*s = slab[T]{}
		return
	}
	if s.all > len(s.piece) {
		s.piece = make([]T, s.all)
	}
	clear(s.piece[:min(s.used, len(s.piece))])
	s.used, s.all = 0, 0
}

// scratch hands out values that are zero, and takes all of them back at once.
type scratch[T any] struct {
	all  []*T
	used int
}

func (s *scratch[T]) take() *T {
	if s.used == len(s.all) {
		s.all = append(s.all, new(T))
	}
	taken := s.all[s.used]
	s.used++
	var zero T
	*taken = zero
	return taken
}

func (s *scratch[T]) takeBack() { s.used = 0 }

// texts puts strings together, side by side.
type texts struct {
	piece strings.Builder
	size  int // of the newest piece
}

// join puts a text together.
func (t *texts) join(parts ...string) string {
	n := 0
	for _, part := range parts {
		n += len(part)
	}
	if t.piece.Cap()-t.piece.Len() < n {
		t.size = max(n, firstPiece*nameBytes, min(2*t.size, mostPiece*nameBytes))
		t.piece.Reset()
		t.piece.Grow(t.size)
	}
	begins := t.piece.Len()
	for _, part := range parts {
		t.piece.WriteString(part)
	}
	return t.piece.String()[begins:]
}

// nameBytes is about how long the name of a patch is.
const nameBytes = 20
