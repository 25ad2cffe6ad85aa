package query

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// hostSet is a set of hosts, by their numbers. Most packages are either on a few hosts or on many, and a bitmap of a few takes ten times
// what they do.
type hostSet struct {
	few  []uint32        // in order; nil where there are many
	many *roaring.Bitmap // nil: there are few
}

// fewHosts is how many are few.
const fewHosts = 16

func (s *hostSet) add(host uint32) {
	if s.many != nil {
		s.many.Add(host)
		return
	}
	at, has := slices.BinarySearch(s.few, host)
	if has {
		return
	}
	if len(s.few) < fewHosts {
		s.few = slices.Insert(s.few, at, host)
		return
	}
	s.many = roaring.BitmapOf(s.few...)
	s.many.Add(host)
	s.few = nil
}

func (s *hostSet) remove(host uint32) {
	if s.many == nil {
		if at, has := slices.BinarySearch(s.few, host); has {
			s.few = slices.Delete(s.few, at, at+1)
		}
		return
	}
	if s.many.Remove(host); s.many.GetCardinality() <= fewHosts/2 { // else one host that comes and goes would move all each time
		s.few, s.many = s.many.ToArray(), nil
	}
}

// addAll adds the hosts from one on, up to another one, which are behind all that the set has.
func (s *hostSet) addAll(from, to uint32) {
	const short = 64 // a longer run is added at once: for each, all of the set is moved to a place that is large enough for no more
	for ; from < to && (s.many == nil || to-from < short); from++ {
		s.add(from)
	}
	if from < to {
		s.many.AddRange(uint64(from), uint64(to))
	}
}

// shrink makes the set as small as it gets. It stays right as it is changed.
func (s *hostSet) shrink() {
	if s.many != nil {
		s.many.RunOptimize()
		s.many = s.many.Clone() // which has no place left over
		return
	}
	s.few = slices.Clip(slices.Clone(s.few))
}

func (s *hostSet) len() int {
	if s.many != nil {
		return int(s.many.GetCardinality())
	}
	return len(s.few)
}

func (s *hostSet) empty() bool { return s.many == nil && len(s.few) == 0 }

// bitmap is the set as a bitmap, which is not to be changed.
func (s *hostSet) bitmap() *roaring.Bitmap {
	if s.many != nil {
		return s.many
	}
	return roaring.BitmapOf(s.few...)
}

// count is how many of some hosts are in the set.
func (s *hostSet) count(among *roaring.Bitmap) (n int) {
	if s.many != nil {
		return int(s.many.AndCardinality(among))
	}
	for _, host := range s.few {
		if among.Contains(host) {
			n++
		}
	}
	return n
}

// into adds the set to a bitmap.
func (s *hostSet) into(found *roaring.Bitmap) {
	if s.many != nil {
		found.Or(s.many)
		return
	}
	found.AddMany(s.few)
}

// each calls visit for each host.
func (s *hostSet) each(visit func(uint32)) {
	if s.many != nil {
		s.many.Iterate(func(host uint32) bool { visit(host); return true })
		return
	}
	for _, host := range s.few {
		visit(host)
	}
}

// eachOf calls visit for each host that is among some.
func (s *hostSet) eachOf(among *roaring.Bitmap, visit func(uint32)) {
	if s.many != nil {
		roaring.And(s.many, among).Iterate(func(host uint32) bool { visit(host); return true })
		return
	}
	for _, host := range s.few {
		if among.Contains(host) {
			visit(host)
		}
	}
}

// first is the first of the hosts that is among some.
func (s *hostSet) first(among *roaring.Bitmap) (number uint32, has bool) {
	if s.many != nil {
		both := roaring.And(s.many, among)
		if both.IsEmpty() {
			return 0, false
		}
		return both.Minimum(), true
	}
	for _, host := range s.few {
		if among.Contains(host) {
			return host, true
		}
	}
	return 0, false
}
