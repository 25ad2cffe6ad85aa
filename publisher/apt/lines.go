package apt

import (
	"bufio"
	"io"
)

// maxLineBytes bounds a line of any tool's output.
const maxLineBytes = 1 << 20

// linesOf goes through a tool's output line by line. One that is too long is an error: it may hide a package.
func linesOf(r io.Reader) *bufio.Scanner {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLineBytes)
	return lines
}
