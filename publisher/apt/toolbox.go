package apt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/patchstream/patchstream/publisher/host"
)

// toolbox runs the tools of apt and dpkg, on the root that its configuration names.
type toolbox struct {
	timeout time.Duration
	config  string // apt.conf of another root, read by apt before all others; empty on the machine itself
	over    string // apt.conf read after all others; empty before there is one
	empty   string // a directory of ours that stays empty
	heard   warnings
}

// apt runs one of apt's tools with our configuration and hands its output to read.
func (t *toolbox) apt(ctx context.Context, read func(io.Reader) error, name string, args ...string) error {
	if t.over != "" {
		args = append([]string{"-c", t.over}, args...)
	}
	return t.run(ctx, read, name, args...)
}

// run runs a tool and hands its output to read; see [host.Tool.Run]. One that is not there matches [ErrNoApt].
func (t *toolbox) run(ctx context.Context, read func(io.Reader) error, name string, args ...string) error {
	var said []string
	tool := t.tool(name, args...)
	tool.Hear = func(line string) {
		if len(said) < maxWarnings {
			said = append(said, strings.TrimSpace(line))
		}
	}
	err := tool.Run(ctx, read)
	t.heard.add(said, err != nil)
	var missing *host.MissingError
	if errors.As(err, &missing) {
		return fmt.Errorf("%w: %w", ErrNoApt, err)
	}
	return err
}

// tool is a tool that reads the configuration of the root.
func (t *toolbox) tool(name string, args ...string) *host.Tool {
	tool := &host.Tool{
		Name: name, Args: args, Timeout: t.timeout, Complains: isComplaint,
		Label: strings.TrimSpace(path.Base(name) + " " + verb(args)),
	}
	if t.config != "" {
		tool.Env = []string{aptConfig + "=" + t.config}
	}
	return tool
}

// isComplaint recognizes the lines of stderr in which apt's tools say why they fail.
func isComplaint(line string) bool { return strings.HasPrefix(line, "E:") }

// verb returns the first argument that is no option: "policy" of apt-cache, to name the tool in an error.
func verb(args []string) string {
	for i := 0; i < len(args); i++ {
		switch {
		case slices.Contains([]string{"-c", "-o", "-f", "--format"}, args[i]):
			i++ // its value
		case !strings.HasPrefix(args[i], "-"):
			return args[i]
		}
	}
	return ""
}
