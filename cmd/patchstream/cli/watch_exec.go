package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"time"

	"github.com/patchstream/patchstream/cmd/patchstream/print"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/query"
)

const (
	mostRetries = 5
	execTimeout = 30 * time.Second // of one try: all of them fit into what a consumer waits for an acknowledgement
	firstPause  = time.Second      // before the first retry; each is twice the one before
)

// handTo gives a change to a command until that takes it, a bounded number of times. Its error leaves the change without
// acknowledgement. A command that has begun is let end, also when we are told to.
func (a *app) handTo(ctx context.Context, o *watchOptions, m *messages.Changed, states query.States) error {
	if !wanted(m, states) {
		return nil
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	text = append(text, '\n')
	pause := firstPause
	for try := 0; ; try++ {
		err := a.runOn(ctx, o.exec, text)
		if err == nil {
			return nil
		}
		if try == o.retries {
			return fmt.Errorf("change %d of %s was not taken by %q, tried %s: %w: it comes again when watch goes on", m.Revision, print.Plain(m.Host), o.exec, times(try+1), err)
		}
		a.Warn("change %d of %s: %q: %s; trying again in %s", m.Revision, print.Plain(m.Host), o.exec, print.Line(err), pause)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause *= 2
	}
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func (a *app) runOn(ctx context.Context, command string, stdin []byte) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), execTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), a.Stdout(), a.Stderr()
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		return fmt.Errorf("it did not end within %s", execTimeout)
	}
	return err
}
