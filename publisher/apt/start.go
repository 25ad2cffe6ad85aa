package apt

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"golang.org/x/term"
)

// command is a patch command that was started.
type command struct {
	cmd      *exec.Cmd
	status   *os.File // what the status descriptor writes to; nil: the command has none of ours
	said     *complaints
	files    []*os.File // to be closed at the end
	follower *follower
	relay    *relay
}

// start starts the command, with what it needs for us to read along.
func (r *Runner) start(path string, argv []string) (_ *command, err error) {
	c := &command{said: &complaints{}, follower: newFollower()}
	c.cmd = &exec.Cmd{Path: path, Args: slices.Clone(argv), Env: r.Env, Stdin: r.Stdin}
	c.cmd.WaitDelay = time.Second // for a Stdin that is no file, and whose next Read does not return
	defer func() {
		if err != nil {
			c.closeFiles()
		}
	}()
	if r.Stdout != nil {
		if c.cmd.Stdout, err = c.outlet(r.Stdout, nil); err != nil {
			return nil, err
		}
	}
	if f, ok := r.Stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) && !isApt(argv) {
		c.cmd.Stderr = f
	} else if c.cmd.Stderr, err = c.outlet(r.Stderr, c.said); err != nil {
		return nil, err
	}
	if isApt(argv) && !hasStatusFd(argv) {
		if err := c.addStatus(); err != nil {
			return nil, err
		}
	}
	c.relay = newRelay()
	if err := c.cmd.Start(); err != nil {
		c.relay.close()
		return nil, err
	}
	c.follower.start()
	c.relay.start(c.cmd.Process)
	return c, nil
}

// outlet returns where the command shall write what goes to w, and to along. A file is given to the command as
// it is, where nobody reads along.
func (c *command) outlet(w io.Writer, along io.Writer) (*os.File, error) {
	if f, ok := w.(*os.File); ok && along == nil {
		return f, nil
	}
	f, err := c.scratch()
	if err != nil {
		return nil, err
	}
	c.follower.add(f, w, along)
	return f, nil
}

func (c *command) scratch() (*os.File, error) {
	f, err := scratchFile()
	if err != nil {
		return nil, fmt.Errorf("a file for what the command says: %w", err)
	}
	c.files = append(c.files, f)
	return f, nil
}

// addStatus adds the status descriptor to a command of apt. It comes behind those that we were started with, which
// the command gets too.
func (c *command) addStatus() error {
	f, err := c.scratch()
	if err != nil {
		return err
	}
	inherited := inheritedFiles()
	c.files = append(c.files, inherited...)
	c.cmd.ExtraFiles = append(inherited, f)
	c.status = f
	option := "APT::Status-Fd=" + strconv.Itoa(2+len(c.cmd.ExtraFiles))
	c.cmd.Args = slices.Insert(c.cmd.Args, 1, "-o", option)
	return nil
}

// wait returns when the command has ended, and has passed on all that it wrote: the exit code, and how it ended
// in words.
func (c *command) wait() (int, string) {
	err := c.cmd.Wait()
	c.relay.ended()
	c.follower.stop()
	c.said.end()
	if c.cmd.ProcessState == nil { // it cannot be waited for: not known
		return codeFailed, "the command's end could not be waited for: " + err.Error()
	}
	return ending(c.cmd.ProcessState)
}

// progress returns what the status descriptor has told.
func (c *command) progress() (*progress, error) {
	if c.status == nil {
		return &progress{}, nil
	}
	const most = 256 << 20
	return parseStatus(io.NewSectionReader(c.status, 0, most))
}

// untilSignal returns a context that ends with the next signal.
func (c *command) untilSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.relay.late, cancel)
	return ctx, func() { stop(); cancel() }
}

func (c *command) close() {
	c.relay.close()
	c.closeFiles()
}

func (c *command) closeFiles() {
	for _, f := range c.files {
		_ = f.Close()
	}
}
