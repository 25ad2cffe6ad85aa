//go:build unix

package host

import (
	"os"

	"golang.org/x/sys/unix"
)

// namelessFile returns a file in the temporary directory that has no name any more.
func namelessFile() (*os.File, error) {
	f, err := os.CreateTemp("", "patchstream-run-")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(f.Name())
	return f, appendOnly(f)
}

// appendOnly has every write to the file go to its end, whoever writes. Several processes do.
func appendOnly(f *os.File) error {
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	if err == nil {
		_, err = unix.FcntlInt(f.Fd(), unix.F_SETFL, flags|unix.O_APPEND)
	}
	return err
}
