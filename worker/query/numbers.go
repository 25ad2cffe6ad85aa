package query

import "encoding/binary"

// numbers is a set of numbers, kept as what it has otherwise than a set that hosts share which are much alike.
type numbers struct {
	base *string // as written writes it; nil: it is empty
	diff string  // those that are in one of base and the set alone, as written writes them
}

// each gives the numbers in their order.
func (n *numbers) each(yield func(uint32) bool) {
	base, diff := walk{}, walk{text: n.diff}
	if n.base != nil {
		base.text = *n.base
	}
	a, inBase := base.next()
	b, inDiff := diff.next()
	for inBase || inDiff {
		switch {
		case inBase && (!inDiff || a < b):
			if !yield(a) {
				return
			}
			a, inBase = base.next()
		case inDiff && (!inBase || b < a):
			if !yield(b) {
				return
			}
			b, inDiff = diff.next()
		default:
			a, inBase = base.next()
			b, inDiff = diff.next()
		}
	}
}

// same reports whether two sets are kept in the same words. Where they are not, they may be the same all the same.
func (n *numbers) same(other *numbers) bool { return n.base == other.base && n.diff == other.diff }

// bases are what sets are kept against: some that came last of the hosts of each system, product and group.
type bases map[likeness][]*string

// likeness is what hosts have in common whose sets are much the same.
type likeness struct{ system, product, group string }

const (
	// mostBases is how many kinds of hosts are told apart of one likeness.
	mostBases = 64

	// shortBytes is what a set takes that is no base to others: what it is shared by takes as much.
	shortBytes = 24
)

// keep returns numbers, which are in order, as they are kept. A set that is like none that came before is a base from now on.
func (b bases) keep(of likeness, sorted []uint32) numbers {
	var own string
	recent := b[of]
	for i, base := range recent {
		diff, near := difference(*base, sorted)
		if !near {
			continue
		}
		if len(diff) > shortBytes && own == "" {
			own = written(sorted)
		}
		if len(diff) <= shortBytes || len(diff) <= len(own)/2 {
			copy(recent[1:], recent[:i])
			recent[0] = base
			return numbers{base, diff}
		}
	}
	if own == "" {
		own = written(sorted)
	}
	if len(own) <= shortBytes {
		return numbers{diff: own}
	}
	if len(recent) < mostBases {
		recent = append(recent, nil)
	}
	copy(recent[1:], recent)
	recent[0] = &own
	b[of] = recent
	return numbers{base: &own}
}

// difference is what is in one of two sets alone. Sets of which that is a quarter, and more than a few, are not near.
func difference(base string, sorted []uint32) (diff string, near bool) {
	var space [64]uint32
	alone, most := space[:0], len(sorted)/4+shortBytes
	other := walk{text: base}
	a, more := other.next()
	for _, n := range sorted {
		for ; more && a < n; a, more = other.next() {
			alone = append(alone, a)
		}
		if more && a == n {
			a, more = other.next()
			continue
		}
		if alone = append(alone, n); len(alone) > most {
			return "", false
		}
	}
	for ; more && len(alone) <= most; a, more = other.next() {
		alone = append(alone, a)
	}
	return written(alone), len(alone) <= most
}

// written writes numbers, in their order, as the differences between them, each as [binary.AppendUvarint] does; the first is counted from
// -1, so that no difference is 0. A 0 and a number stand for so many numbers one after the other: what came together has such.
func written(sorted []uint32) string {
	var space [128]byte
	text := space[:0]
	next := uint32(0) // the one behind the last
	for i := 0; i < len(sorted); {
		run := 0
		for i+run < len(sorted) && sorted[i+run] == next+uint32(run) {
			run++
		}
		if run > 2 {
			text = binary.AppendUvarint(append(text, 0), uint64(run))
			next += uint32(run)
			i += run
			continue
		}
		text = binary.AppendUvarint(text, uint64(sorted[i]-next+1))
		next = sorted[i] + 1
		i++
	}
	return string(text)
}

// walk reads what written wrote, from the first on.
type walk struct {
	text      string
	last, run uint32 // the last one that was read, counted from 1, and how many of its run follow
}

func (w *walk) next() (n uint32, more bool) {
	if w.run == 0 {
		if len(w.text) == 0 {
			return 0, false
		}
		if n = w.uvarint(); n > 0 {
			w.last += n
			return w.last - 1, true
		}
		w.run = w.uvarint()
	}
	w.run--
	w.last++
	return w.last - 1, true
}

// uvarint is [binary.Uvarint] of a string.
func (w *walk) uvarint() (n uint32) {
	for i, shift := 0, 0; ; i, shift = i+1, shift+7 {
		if n |= uint32(w.text[i]&0x7f) << shift; w.text[i] < 0x80 {
			w.text = w.text[i+1:]
			return n
		}
	}
}
