package host

import (
	"io"
	"os"
)

// A log is looked at before a command, for its length, and after it, for what was added.

// maxLogBytes bounds what is read of the log of one run; a large upgrade writes 1 MB.
const maxLogBytes = 64 << 20

// LogSize returns how long a log is, 0 where there is none.
func (r *Root) LogSize(name string) int64 {
	f, size := r.openLog(name)
	if f == nil {
		return 0
	}
	_ = f.Close()
	return size
}

// ReadLog hands what a log has from that position on to read. A log that is not there, or cannot be read, tells
// nothing, and neither does one that has become shorter: it was put aside in between.
func (r *Root) ReadLog(name string, position int64, read func(io.Reader)) {
	f, size := r.openLog(name)
	if f == nil {
		return
	}
	defer func() { _ = f.Close() }()
	if size > position {
		read(io.NewSectionReader(f, position, min(size-position, maxLogBytes)))
	}
}

// openLog opens a log. nil: there is none, which is nothing unusual.
func (r *Root) openLog(name string) (*os.File, int64) {
	if name == "" {
		return nil, 0
	}
	f, err := r.Open(name)
	if err != nil {
		return nil, 0
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, 0
	}
	return f, info.Size()
}
