package host

import (
	"os"

	"golang.org/x/sys/unix"
)

// memoryFile returns a file in memory, which is gone with the last process that has it open.
func memoryFile() (*os.File, error) {
	const name = "patchstream-run"
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_NOEXEC_SEAL)
	if err != nil { // before Linux 6.3
		fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	}
	if err != nil {
		return namelessFile()
	}
	f := os.NewFile(uintptr(fd), name)
	return f, appendOnly(f)
}

// forget gives back the memory of a part of the file, which then reads as zeros; the file keeps its length, and
// who writes to its end does not notice. Where the file's system cannot do that, nothing happens.
func forget(f *os.File, from, n int64) {
	_ = unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, from, n)
}
