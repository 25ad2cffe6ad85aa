//go:build !unix

package natsd

// descriptors returns how many the process may have; there is no bound of its own here.
func descriptors() uint64 { return 1 << 20 }
