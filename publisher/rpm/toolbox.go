package rpm

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/publisher/host"
)

// toolbox runs rpm and the package manager on one root. All tools are looked for where packages put them and never in the
// caller's PATH, run without a shell, within a time-out, and have nothing of our environment.
type toolbox struct {
	timeout time.Duration
	home    string   // HOME of the tools; empty: none
	rpm     []string // options that point rpm to another root; none on the machine itself
}

// locale is that of all tools: theirs is English, and of the bytes nothing is lost.
const locale = "C.UTF-8"

// maxHeard bounds how many lines of stderr are kept of a tool.
const maxHeard = 50

// tool is a program that is asked about the root. rpm is pointed to it.
func (t *toolbox) tool(name string, args ...string) *host.Tool {
	if name == "rpm" {
		args = slices.Concat(t.rpm, args)
	}
	tool := &host.Tool{Name: name, Args: args, Timeout: t.timeout, Locale: locale, Label: name}
	if t.home != "" {
		tool.Env = []string{"HOME=" + t.home}
	}
	return tool
}

// run runs a tool and hands its output to read. An exit code that is in accepted is no error; said are the lines of stderr.
func (t *toolbox) run(ctx context.Context, tool *host.Tool, read func(io.Reader) error, accepted ...int) (said []string, err error) {
	tool.Hear = func(line string) {
		if line = strings.TrimSpace(line); line != "" && len(said) < maxHeard {
			said = append(said, line)
		}
	}
	var readErr error
	err = tool.Run(ctx, func(r io.Reader) error {
		readErr = read(r)
		return readErr
	})
	var exit *host.ExitError
	if errors.As(err, &exit) && slices.Contains(accepted, exit.Code) {
		err = readErr
		if err != nil {
			err = fmt.Errorf("%s: %w", tool.Label, err)
		}
	}
	return said, err
}

// maxLineBytes bounds a line of any tool's output.
const maxLineBytes = 1 << 20

// linesOf goes through a tool's output line by line. One that is too long is an error: it may hide a package.
func linesOf(r io.Reader) *bufio.Scanner {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLineBytes)
	return lines
}
