package wire

import (
	"maps"
	"slices"
)

// readPairs reads a map whose keys are not fields. What is nil is absent.
func readPairs[V any](d *decoder, most int, read func() V) map[string]V {
	var pairs map[string]V
	d.openMap()
	for d.more() {
		key := string(toUTF8(d.key()))
		if d.null() {
			continue
		}
		value := read()
		if _, twice := pairs[key]; twice {
			d.fail("%.64q is given twice", key)
		}
		if len(pairs) == most {
			d.fail("has more than %d elements", most)
		}
		if d.err != nil {
			return nil
		}
		if pairs == nil {
			pairs = make(map[string]V)
		}
		pairs[key] = value
	}
	return pairs
}

// writePairs writes a map whose keys are not fields, sorted.
func writePairs[V any](e *encoder, pairs map[string]V, write func(V)) {
	begin := e.beginMap(len(pairs))
	for i, key := range slices.Sorted(maps.Keys(pairs)) {
		e.key(i, key)
		write(pairs[key])
	}
	e.endMap(begin, len(pairs), len(pairs))
}
