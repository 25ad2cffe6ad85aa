package rpm

import (
	"bufio"
	"io"
	"slices"
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

// maxLineBytes bounds a line of any tool's output.
const maxLineBytes = 1 << 20

// linesOf goes through a tool's output line by line. One that is too long is an error: it may hide a package.
func linesOf(r io.Reader) *bufio.Scanner {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLineBytes)
	return lines
}
