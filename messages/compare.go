package messages

import (
	"bytes"
	"maps"
	"slices"

	"github.com/patchstream/patchstream/messages/wire"
)

// ListChanges is how what a full scan lists differs from what an earlier one listed. What is not in it is listed in both, in
// the same bytes.
type ListChanges struct {
	Gone   []Package // of the earlier scan
	GoneAt []int     // their positions there
	Added  []int     // of the later scan, by position. A package that changed is in both

	// Was says of each package of the later scan at which position the earlier one lists it, in the same bytes; -1: it does not.
	Was []int

	// Notices are the ids of advisories that came, went or changed. Where there is any, Advisories is all that the earlier scan had.
	Notices    map[string]bool
	Advisories []Advisory
}

// MaxComparedBytes is how large scans may be, decompressed, that are compared: it takes the memory of both.
const MaxComparedBytes = 2 << 20

// CompareLists compares what two full scans list, given as payloads that [Decode] has taken, without decoding what is the same. Nil
// says that they cannot be compared: they are JSON, or larger than [MaxComparedBytes].
func CompareLists(earlier, later []byte, encodingOfEarlier, encodingOfLater Encoding) (*ListChanges, error) {
	if encodingOfEarlier.PlainBytes(earlier) > MaxComparedBytes || encodingOfLater.PlainBytes(later) > MaxComparedBytes {
		return nil, nil
	}
	formatBefore, before, err := encodingOfEarlier.open(earlier)
	if err != nil {
		return nil, err
	}
	defer before.Release()
	formatNow, now, err := encodingOfLater.open(later)
	if err != nil {
		return nil, err
	}
	defer now.Release()
	if formatBefore != MsgPack || formatNow != MsgPack {
		return nil, nil
	}
	earlierLists, err := wire.Elements(before.Data, listNames...)
	if err != nil {
		return nil, err
	}
	laterLists, err := wire.Elements(now.Data, listNames...)
	if err != nil {
		return nil, err
	}
	c := new(ListChanges)
	if err := c.packages(earlierLists[0], laterLists[0]); err != nil {
		return nil, err
	}
	return c, c.advisories(earlierLists[1], laterLists[1])
}

var listNames = []string{"packages", "advisories"}

func (c *ListChanges) packages(before, now [][]byte) error {
	c.GoneAt, c.Was = differing(before, now)
	for i, at := range c.Was {
		if at < 0 {
			c.Added = append(c.Added, i)
		}
	}
	c.Gone = make([]Package, len(c.GoneAt))
	for i, at := range c.GoneAt {
		if err := wire.ReadElement(before[at], packageFields, &c.Gone[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *ListChanges) advisories(before, now [][]byte) error {
	gone, was := differing(before, now)
	var differ [][]byte
	for _, at := range gone {
		differ = append(differ, before[at])
	}
	for i, at := range was {
		if at < 0 {
			differ = append(differ, now[i])
		}
	}
	if len(differ) == 0 {
		return nil
	}
	c.Notices = make(map[string]bool, len(differ))
	for _, element := range differ {
		var a Advisory
		if err := wire.ReadElement(element, advisoryFields, &a); err != nil {
			return err
		}
		c.Notices[a.ID] = true
	}
	c.Advisories = make([]Advisory, len(before))
	for i, element := range before {
		if err := wire.ReadElement(element, advisoryFields, &c.Advisories[i]); err != nil {
			return err
		}
	}
	return nil
}

// differing compares two lists in which no element stands twice: the positions in the earlier of what is gone, and by position in
// the later where the earlier has the same, or -1. An element is the same wherever it stands.
func differing(before, now [][]byte) (gone, was []int) {
	inPlace := func(i int) bool { return i < len(before) && i < len(now) && bytes.Equal(before[i], now[i]) }
	left := make(map[string]int)
	for i, element := range before {
		if !inPlace(i) {
			left[string(element)] = i
		}
	}
	was = make([]int, len(now))
	for i, element := range now {
		if was[i] = i; inPlace(i) {
			continue
		}
		at, found := left[string(element)]
		if !found {
			was[i] = -1
			continue
		}
		delete(left, string(element))
		was[i] = at
	}
	return slices.Sorted(maps.Values(left)), was
}
