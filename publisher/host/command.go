package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"
)

// Command is a patch command that is started in our place: in our process group and directory, with Stdin and
// Stdout themselves where these are files, so that a terminal stays one.
//
// No pipe of ours leads out of it: a command that cannot write to one stops in the middle of its work. What is
// read along is a file without a name, in memory where the system has such. So when this process is killed, the
// command does not notice and runs to its end, nothing is left behind, and a full disk is not in the way.
type Command struct {
	Path string   // of the program
	Argv []string // with the program's name as the user gave it

	// Env is the command's environment. Nil: ours.
	Env []string

	// Stdin, Stdout and Stderr are the command's. What is written to Stderr, and to a Stdout that is no file, is
	// passed on as it comes, every 50 ms. Nil: nothing to read, nowhere to write.
	Stdin          io.Reader
	Stdout, Stderr io.Writer

	// Listener gets what the command writes to stderr, too. Nil: nobody.
	Listener io.Writer

	// KeepTerminal gives a Stderr that is a terminal to the command itself. Nothing of it is then listened to.
	KeepTerminal bool

	// StatusArgs, where it is set, returns the arguments by which the command is told to write its status to a
	// descriptor. They are put into Argv at StatusAt, 0 being 1: before the program's own. What it writes there is
	// [Process.Status].
	StatusArgs func(fd int) []string
	StatusAt   int
}

// Process is a command that was started.
type Process struct {
	cmd      *exec.Cmd
	status   *os.File   // nil: the command has none of ours
	files    []*os.File // to be closed at the end
	follower *follower
	relay    *relay
}

// Exit codes for a command that was not run, as shells have them.
const (
	CodeFailed      = 1
	CodeNotRunnable = 126
	CodeNotFound    = 127
)

// NotStartedCode returns the exit code of a command that could not be started, as a shell has it.
func NotStartedCode(err error) int {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return CodeNotFound
	}
	return CodeNotRunnable
}

// Start starts the command. From then on SIGINT, SIGTERM, SIGHUP and SIGQUIT are passed on to it, except those two
// that a terminal has sent to it already: SIGINT and SIGQUIT where we are in the terminal's foreground. Those that
// were ignored when the process started stay so (nohup). None of them ends the process before [Process.Close].
func (c *Command) Start() (_ *Process, err error) {
	p := &Process{follower: newFollower()}
	p.cmd = &exec.Cmd{Path: c.Path, Args: slices.Clone(c.Argv), Env: c.Env, Stdin: c.Stdin}
	p.cmd.WaitDelay = time.Second // for a Stdin that is no file, and whose next Read does not return
	defer func() {
		if err != nil {
			p.closeFiles()
		}
	}()
	if c.Stdout != nil {
		if p.cmd.Stdout, err = p.outlet(c.Stdout, nil); err != nil {
			return nil, err
		}
	}
	if f, ok := c.Stderr.(*os.File); ok && c.KeepTerminal && term.IsTerminal(int(f.Fd())) {
		p.cmd.Stderr = f
	} else if p.cmd.Stderr, err = p.outlet(c.Stderr, c.Listener); err != nil {
		return nil, err
	}
	if c.StatusArgs != nil {
		if err := p.addStatus(c.StatusArgs, max(c.StatusAt, 1)); err != nil {
			return nil, err
		}
	}
	p.relay = newRelay()
	if err := p.cmd.Start(); err != nil {
		p.relay.close()
		return nil, err
	}
	p.follower.start()
	p.relay.start(p.cmd.Process)
	return p, nil
}

// outlet returns where the command shall write what goes to w, and to along. A file is given to the command as
// it is, where nobody reads along.
func (p *Process) outlet(w io.Writer, along io.Writer) (*os.File, error) {
	if f, ok := w.(*os.File); ok && along == nil {
		return f, nil
	}
	f, err := p.memoryFile()
	if err != nil {
		return nil, err
	}
	p.follower.add(f, w, along)
	return f, nil
}

func (p *Process) memoryFile() (*os.File, error) {
	f, err := memoryFile()
	if err != nil {
		return nil, fmt.Errorf("a file for what the command says: %w", err)
	}
	p.files = append(p.files, f)
	return f, nil
}

// addStatus adds a descriptor for the command's status. It comes behind those that we were started with, which the
// command gets too.
func (p *Process) addStatus(args func(fd int) []string, at int) error {
	f, err := p.memoryFile()
	if err != nil {
		return err
	}
	inherited := inheritedFiles()
	p.files = append(p.files, inherited...)
	p.cmd.ExtraFiles = append(inherited, f)
	p.status = f
	p.cmd.Args = slices.Insert(p.cmd.Args, at, args(2+len(p.cmd.ExtraFiles))...)
	return nil
}

// Wait returns when the command has ended, and has passed on all that it wrote: the exit code, which is 128 and
// the signal's number where a signal has ended it, and how it ended in words. Call it once.
func (p *Process) Wait() (code int, ended string) {
	err := p.cmd.Wait()
	p.relay.ended()
	p.follower.stop()
	if p.cmd.ProcessState == nil { // it cannot be waited for: not known
		return CodeFailed, "the command's end could not be waited for: " + err.Error()
	}
	return ending(p.cmd.ProcessState)
}

// maxStatusBytes bounds what is read of a status; that of a large upgrade has 1 MB.
const maxStatusBytes = 256 << 20

// Status returns what the command has written as its status, from the beginning. It is empty without StatusArgs.
func (p *Process) Status() io.Reader {
	if p.status == nil {
		return strings.NewReader("")
	}
	return io.NewSectionReader(p.status, 0, maxStatusBytes)
}

// UntilSignal returns a context that ends with the next signal after the command's end.
func (p *Process) UntilSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(p.relay.late, cancel)
	return ctx, func() { stop(); cancel() }
}

// Close gives the signals back, and frees what the command has written.
func (p *Process) Close() {
	p.relay.close()
	p.closeFiles()
}

func (p *Process) closeFiles() {
	for _, f := range p.files {
		_ = f.Close()
	}
}
