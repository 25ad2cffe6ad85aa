//go:build linux || darwin

package natsd

import "golang.org/x/sys/unix"

// space returns how many bytes of the file system of a directory are free for us, and how many it has.
func space(dir string) (free, size uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}
