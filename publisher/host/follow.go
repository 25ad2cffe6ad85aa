package host

import (
	"io"
	"os"
	"time"
)

// followInterval is how often a file is looked at that a command writes to.
const followInterval = 50 * time.Millisecond

// follower passes on what a command writes to files, as it comes. One that cannot be written to is written to no
// more; the command does not notice.
type follower struct {
	outlets []*outlet
	halt    chan struct{}
	done    chan struct{}
}

type outlet struct {
	file      *os.File
	offset    int64 // up to which it was passed on
	forgotten int64 // up to which its memory was given back
	to        []io.Writer
}

// forgetBytes is how much is passed on before its memory is given back.
const forgetBytes = 1 << 20

func newFollower() *follower {
	return &follower{halt: make(chan struct{}), done: make(chan struct{})}
}

// add has what is written to file passed on to each of the writers that is not nil.
func (f *follower) add(file *os.File, writers ...io.Writer) {
	o := &outlet{file: file}
	for _, w := range writers {
		if w != nil {
			o.to = append(o.to, w)
		}
	}
	f.outlets = append(f.outlets, o)
}

func (f *follower) start() { go f.follow() }

// stop returns when all that was written has been passed on.
func (f *follower) stop() {
	close(f.halt)
	<-f.done
}

func (f *follower) follow() {
	defer close(f.done)
	ticker := time.NewTicker(followInterval)
	defer ticker.Stop()
	buffer := make([]byte, 32<<10)
	for halted := false; !halted; {
		select {
		case <-f.halt:
			halted = true
		case <-ticker.C:
		}
		for _, o := range f.outlets {
			o.passOn(buffer)
		}
	}
}

// passOn passes on what is new, and gives back the memory of what was. A file that has become shorter was
// emptied, as "> /dev/stderr" in a script does: then what nobody had looked at yet is lost.
func (o *outlet) passOn(buffer []byte) {
	if info, err := o.file.Stat(); err == nil && info.Size() < o.offset {
		o.offset, o.forgotten = 0, 0
	}
	for {
		n, err := o.file.ReadAt(buffer, o.offset)
		if n == 0 {
			break
		}
		o.offset += int64(n)
		o.write(buffer[:n])
		if err != nil {
			break
		}
	}
	if n := o.offset - o.forgotten; n >= forgetBytes {
		forget(o.file, o.forgotten, n)
		o.forgotten = o.offset
	}
}

func (o *outlet) write(text []byte) {
	for i, w := range o.to {
		if w == nil {
			continue
		}
		if _, err := w.Write(text); err != nil {
			o.to[i] = nil
		}
	}
}
