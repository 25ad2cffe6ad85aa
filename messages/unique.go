package messages

import "hash/maphash"

// repeatedPackage returns the position of the first package that has the name and architecture of one before
// it, or -1.
func repeatedPackage(pkgs []Package) int {
	if sorted(pkgs) {
		return -1
	}
	// A set of positions, counted from 1: a package stands at its hash or in the places after it.
	places := 1
	for places < 2*len(pkgs) {
		places *= 2
	}
	set, seed := make([]int32, places), maphash.MakeSeed()
	for i := range pkgs {
		p := &pkgs[i]
		at := int(maphash.String(seed, p.Name)^3*maphash.String(seed, p.Arch)) & (places - 1)
		for set[at] != 0 {
			if other := &pkgs[set[at]-1]; other.Name == p.Name && other.Arch == p.Arch {
				return i
			}
			at = (at + 1) & (places - 1)
		}
		set[at] = int32(i + 1)
	}
	return -1
}

// sorted reports whether each package comes after the one before it, by name and architecture.
func sorted(pkgs []Package) bool {
	for i := 1; i < len(pkgs); i++ {
		a, b := &pkgs[i-1], &pkgs[i]
		if a.Name > b.Name || a.Name == b.Name && a.Arch >= b.Arch {
			return false
		}
	}
	return true
}
