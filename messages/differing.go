package messages

import (
	"bytes"

	"github.com/patchstream/patchstream/messages/wire"
)

// differing compares two lists in which no element stands twice: by position in the later, where the earlier has the same, or -1;
// the positions in the earlier of what is gone, and in the later of what was added. An element is the same wherever it stands.
func differing(before, now *wire.List) (was, gone, added []int) {
	was = make([]int, now.Len())
	i, j := 0, 0
	for i < before.Len() && j < now.Len() {
		if bytes.Equal(before.At(i), now.At(j)) {
			was[j] = i
			i++
			j++
			continue
		}
		skip, insert := together(before, now, i, j)
		for range skip {
			gone = append(gone, i)
			i++
		}
		for range insert {
			was[j] = -1
			added = append(added, j)
			j++
		}
	}
	for ; i < before.Len(); i++ {
		gone = append(gone, i)
	}
	for ; j < now.Len(); j++ {
		was[j] = -1
		added = append(added, j)
	}
	gone, added = elsewhere(before, now, was, gone, added)
	return was, gone, added
}

// near is how many elements in a row may have come or gone before the others are looked for wherever they stand.
const near = 8

// together returns how many elements to skip in the earlier list, and in the later, from where they differ to where they may be the
// same again.
func together(before, now *wire.List, i, j int) (skip, insert int) {
	for k := 1; k <= near; k++ {
		switch {
		case j+k < now.Len() && bytes.Equal(before.At(i), now.At(j+k)):
			return 0, k
		case i+k < before.Len() && bytes.Equal(before.At(i+k), now.At(j)):
			return k, 0
		}
	}
	return 1, 1
}

// elsewhere finds among what seems gone and added what only stands at another place.
func elsewhere(before, now *wire.List, was, gone, added []int) (stillGone, stillAdded []int) {
	if len(gone) == 0 || len(added) == 0 {
		return gone, added
	}
	left := make(map[string]int, len(gone))
	for _, i := range gone {
		left[string(before.At(i))] = i
	}
	for _, j := range added {
		if i, found := left[string(now.At(j))]; found {
			delete(left, string(now.At(j)))
			was[j] = i
		} else {
			stillAdded = append(stillAdded, j)
		}
	}
	for _, i := range gone {
		if _, stays := left[string(before.At(i))]; stays {
			stillGone = append(stillGone, i)
		}
	}
	return stillGone, stillAdded
}
