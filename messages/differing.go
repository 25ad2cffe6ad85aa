package messages

import (
	"bytes"

	"github.com/patchstream/patchstream/messages/wire"
)

// differing compares two lists, of which the earlier has no element twice. It returns for each position in the later one where the earlier
// has the same element, or -1; the positions in the earlier of what is gone, and in the later of what was added. An element may have
// moved. Of equal elements in the later list only one is the same as before, and the others were added.
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

// near is how many elements in a row may have come or gone. After more, the same elements are found by their bytes, wherever they stand.
const near = 8

// together returns how many elements of the earlier list to skip, and how many of the later, to where the two have the same again. Where
// that is not near, it is one of each.
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

// elsewhere takes out of what seems gone and added what only moved.
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
