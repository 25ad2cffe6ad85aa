//go:build unix

package durable

import (
	"errors"
	"os"
	"syscall"
)

// keepOwner gives a file the owner of another one, where we may.
func keepOwner(f *os.File, as os.FileInfo) error {
	stat, ok := as.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if err := f.Chown(int(stat.Uid), int(stat.Gid)); !errors.Is(err, os.ErrPermission) {
		return err
	}
	return nil
}
