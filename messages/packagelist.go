package messages

import "sync"

// packageList is memory for the packages of scans and their versions, for one scan after the other: making it anew for each is most of what
// an event allocates. What is beyond their lengths is zero, unless the list is being filled.
type packageList struct {
	packages []Package
	versions []Version
	filling  bool
}

var packageLists = sync.Pool{New: func() any { return new(packageList) }}

// maxIdle is for how many packages, and versions, a list may have room that waits to be used again.
const maxIdle = 3_000

// empty returns the list without a package, with room for n, to be filled.
func (l *packageList) empty(n int) []Package {
	l.clear()
	l.filling = true
	if cap(l.packages) < n {
		l.packages = make([]Package, 0, n)
	}
	return l.packages
}

func (l *packageList) clear() {
	clear(l.packages)
	clear(l.versions)
	l.packages, l.versions = l.packages[:0], l.versions[:0]
}

// filled notes the packages that were put into the list, or into a longer one, and how many versions they have. Where those had
// no room, there is for as many the next time.
func (l *packageList) filled(packages []Package, versions int) {
	l.packages, l.filling = packages, false
	if versions > cap(l.versions) && versions <= maxIdle {
		l.versions = make([]Version, 0, versions)
		return
	}
	l.versions = l.versions[:min(versions, cap(l.versions))]
}

// release gives the list back, unless it has more room than is worth keeping, or a panic came while it was being filled: nobody knows
// then what is in it.
func (l *packageList) release() {
	if l.filling || cap(l.packages) > maxIdle {
		return
	}
	l.clear()
	packageLists.Put(l)
}
