//go:build unix

package host

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// passedOn are the signals that are the command's and not ours.
var passedOn = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}

// relay passes signals on to the command. Those that come when it has ended end late.
type relay struct {
	signals chan os.Signal
	pipe    chan os.Signal
	over    chan struct{} // closed when the command has ended
	late    context.Context
	cancel  context.CancelFunc
}

// newRelay holds the signals back from now on.
func newRelay() *relay {
	r := &relay{signals: make(chan os.Signal, 16), pipe: make(chan os.Signal, 1), over: make(chan struct{})}
	r.late, r.cancel = context.WithCancel(context.Background())
	for _, s := range passedOn {
		if !signal.Ignored(s) { // nohup: the command shall ignore it too, and would not if we asked for it
			signal.Notify(r.signals, s)
		}
	}
	// Whoever read our output may go away. Then a write fails, instead of ending us before the report.
	signal.Notify(r.pipe, syscall.SIGPIPE)
	return r
}

func (r *relay) start(p *os.Process) {
	go func() {
		for s := range r.signals {
			select {
			case <-r.over:
				r.cancel()
			default:
				if !cameByTerminal(s) {
					_ = p.Signal(s) // it may have ended just now
				}
			}
		}
	}()
}

func (r *relay) ended() { close(r.over) }

func (r *relay) close() {
	signal.Stop(r.signals)
	signal.Stop(r.pipe)
	close(r.signals)
	r.cancel()
}

// cameByTerminal tells whether the terminal has sent the signal to the command too: it sends its keys' signals to
// all of its foreground process group. (One that another process has sent to us alone, while we are in the
// foreground, cannot be told from that, and is not passed on.)
func cameByTerminal(s os.Signal) bool {
	if s != syscall.SIGINT && s != syscall.SIGQUIT {
		return false
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	defer func() { _ = tty.Close() }()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// ending returns the exit code of a process as a shell has it, and how it ended in words.
func ending(state *os.ProcessState) (int, string) {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), "the command was ended by a signal: " + status.Signal().String()
	}
	return state.ExitCode(), fmt.Sprintf("the command ended with exit code %d", state.ExitCode())
}

// inheritedFiles returns copies of the descriptors from 3 on that a command started by us would have too, up to
// the first that it would not: so that none of them is taken for something else.
func inheritedFiles() []*os.File {
	var files []*os.File
	for fd := 3; ; fd++ {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC != 0 {
			return files
		}
		again, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, fd)
		if err != nil {
			return files
		}
		files = append(files, os.NewFile(uintptr(again), "inherited"))
	}
}
