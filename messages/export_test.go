package messages

import "pgregory.net/rapid"

// For the test that draws hosts of every family, which stands in a package of its own.

// CheckOpened reports whether the lists of the later scan were left as they came.
func CheckOpened(t rapid.TB, earlier, later *Scan) (asTheyCame bool) {
	o := checkOpened(t, written(t, earlier, scanFields), written(t, later, scanFields))
	return o != nil && !o.whole
}
