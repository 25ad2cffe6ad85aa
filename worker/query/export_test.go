package query

// DropPackages forgets which hosts have which packages, so that it can be told what the hosts themselves take.
func DropPackages(x *Index) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.table.have = newPostings()
}
