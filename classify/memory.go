package classify

import "strings"

// What the items of a report point to lies side by side: each package would otherwise ask for memory three or four times. It is let
// go when the last item goes that points to it, as the items are, which lie side by side too.

// The sizes of a piece of memory, of which the first are small: few packages are judged after most events.
const (
	firstPiece = 16
	mostPiece  = 512
)

// slab hands out values that are zero, side by side.
type slab[T any] struct {
	free []T
	size int // of the newest piece
}

// take returns n values.
func (s *slab[T]) take(n int) []T {
	if len(s.free) < n {
		s.size = max(n, firstPiece, min(2*s.size, mostPiece))
		s.free = make([]T, s.size)
	}
	taken := s.free[:n:n]
	s.free = s.free[n:]
	return taken
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
