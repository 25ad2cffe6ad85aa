package messages

import (
	"bytes"

	"github.com/patchstream/patchstream/messages/wire"
)

// ListChanges is how what a full scan lists differs from what an earlier one listed. What is not in it is listed in both, in
// the same bytes.
type ListChanges struct {
	Gone  []Package // of the earlier scan
	Added []int     // of the later scan, by position. A package that changed is in both

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
	gone, added := differing(before, now)
	c.Added = added
	c.Gone = make([]Package, len(gone))
	for i, element := range gone {
		if err := wire.ReadElement(element, packageFields, &c.Gone[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *ListChanges) advisories(before, now [][]byte) error {
	differ, added := differing(before, now)
	if len(differ)+len(added) == 0 {
		return nil
	}
	for _, i := range added {
		differ = append(differ, now[i])
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

// differing compares two lists in which no element stands twice: what is gone of the earlier, and the positions of what is added
// in the later. An element is the same wherever it stands.
func differing(before, now [][]byte) (gone [][]byte, added []int) {
	inPlace := func(i int) bool { return i < len(before) && i < len(now) && bytes.Equal(before[i], now[i]) }
	left := make(map[string]bool)
	for i, element := range before {
		if !inPlace(i) {
			left[string(element)] = true
		}
	}
	for i, element := range now {
		switch {
		case inPlace(i):
		case left[string(element)]:
			delete(left, string(element))
		default:
			added = append(added, i)
		}
	}
	for i, element := range before {
		if !inPlace(i) && left[string(element)] {
			gone = append(gone, element)
		}
	}
	return gone, added
}
