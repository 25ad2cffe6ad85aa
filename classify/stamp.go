package classify

import (
	"bytes"
	"strings"
	"time"
)

// Stamp orders facts of one sort: by the event's own time, then its id, then the greater SHA-256 of its
// content. It is a total order over distinct events, so the newest fact does not depend on the order in which
// events arrive.
type Stamp struct {
	At  time.Time
	ID  string
	Sum [32]byte
}

// occurred is when the event was, by its own time.
func (s Stamp) occurred() time.Time { return s.At }

// compare returns -1, 0 or 1 as s is older than, the same as or newer than t.
func (s Stamp) compare(t Stamp) int {
	if c := s.At.Compare(t.At); c != 0 {
		return c
	}
	if c := strings.Compare(s.ID, t.ID); c != 0 {
		return c
	}
	return bytes.Compare(s.Sum[:], t.Sum[:])
}
