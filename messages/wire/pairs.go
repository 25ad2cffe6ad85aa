package wire

import (
	"maps"
	"slices"
	"unicode/utf8"
)

// readPairs reads a map whose keys are not fields. What is nil is absent.
func readPairs[V any](d *decoder, most int, read func() V) map[string]V {
	var pairs map[string]V
	d.openMap()
	for d.more() {
		key := d.interner.keep(d.key())
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
			pairs = make(map[string]V, min(d.innermost().left+1, most))
		}
		pairs[key] = value
	}
	return pairs
}

// writePairs writes a map whose keys are not fields, sorted.
func writePairs[V any](e *encoder, pairs map[string]V, most int, write func(V)) {
	e.atMost(len(pairs), most)
	begin := e.beginMap(len(pairs))
	keys := slices.AppendSeq(make([]string, 0, len(pairs)), maps.Keys(pairs))
	slices.Sort(keys)
	for i, key := range keys {
		if e.err != nil {
			return
		}
		e.separate(i)
		e.text(key, MaxStringBytes)
		if e.format == JSON {
			e.buf = append(e.buf, ':')
		}
		write(pairs[key])
	}
	e.endMap(begin, len(pairs), len(pairs))
	e.once(keys)
}

// once checks that no two keys are one as they were written: those that are not UTF-8 may be.
func (e *encoder) once(keys []string) {
	if !slices.ContainsFunc(keys, func(key string) bool { return !utf8.ValidString(key) }) {
		return
	}
	written := make(map[string]bool, len(keys))
	for _, key := range keys {
		key = string(appendUTF8(nil, key))
		if written[key] {
			e.fail("%.64q is given twice", key)
		}
		written[key] = true
	}
}
