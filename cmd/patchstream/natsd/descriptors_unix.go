//go:build unix

package natsd

import "golang.org/x/sys/unix"

// descriptors returns how many the process may have: Go's runtime has raised that to what the system lets it.
func descriptors() uint64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return usualDescriptors
	}
	return uint64(limit.Cur)
}

const usualDescriptors = 1024
