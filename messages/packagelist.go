package messages

import "sync"

// packageList is memory for the packages of scans, one after the other: making it anew for each scan is most of what an event allocates.
// What is beyond its length is zero.
type packageList struct{ packages []Package }

var packageLists = sync.Pool{New: func() any { return new(packageList) }}

// empty returns the list without a package, with room for n.
func (l *packageList) empty(n int) []Package {
	clear(l.packages)
	if l.packages = l.packages[:0]; cap(l.packages) < n {
		l.packages = make([]Package, 0, n)
	}
	return l.packages
}

// release gives the list back, unless it has more room than is worth keeping.
func (l *packageList) release() {
	if l.empty(0); cap(l.packages) <= maxIdlePackages {
		packageLists.Put(l)
	}
}
