package print

import (
	"fmt"
	"io"
	"strings"
)

// Printer prints to the outputs of one call of the program. It is not safe for concurrent use.
type Printer struct {
	Colours bool // paint what goes to stdout
	Columns int  // of the terminal that stdout is; 0: it is none

	// RevisionOf says which revision of a baseline, from 1, has the version by which a host names it; 0: it is not known any
	// more. nil: the version stands for it.
	RevisionOf func(id string, version uint64) uint64

	stdout *output
	stderr io.Writer // as it is: for what moves the cursor, and by Complain for everything else

	changes   changeWidths // of the changes that were printed on a pipe
	changesOf string       // the day of the last change that was printed on a terminal
}

// New returns a printer that suits what stdout is.
func New(stdout, stderr io.Writer) *Printer {
	return &Printer{Colours: wantsColours(stdout), Columns: columns(stdout), stdout: &output{w: stdout}, stderr: stderr}
}

// Printf writes to stdout. That it could not is found at the end, by Err.
func (p *Printer) Printf(format string, args ...any) { _, _ = fmt.Fprintf(p.Stdout(), format, args...) }

// Stdout is for what prints words for itself, whole characters at a time: its errors of writing are kept too.
func (p *Printer) Stdout() io.Writer { return cleaner{p.stdout} }

// Stderr is the same for stderr.
func (p *Printer) Stderr() io.Writer { return cleaner{p.stderr} }

// Err returns the first error of writing to stdout.
func (p *Printer) Err() error { return p.stdout.err }

// Complain writes one line to stderr.
func (p *Printer) Complain(format string, args ...any) {
	_, _ = fmt.Fprintf(p.Stderr(), "patchstream: %s\n", oneLine(fmt.Sprintf(format, args...)))
}

// Warn complains of something that is no failure.
func (p *Printer) Warn(format string, args ...any) { p.Complain("warning: "+format, args...) }

// Line returns an error's text as one line.
func Line(err error) string { return oneLine(err.Error()) }

func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

// Title prints a heading after an empty line.
func (p *Printer) Title(text string) { p.Printf("\n%s\n", p.paint().bold(text)) }

// Field prints one line of a list of names and texts.
func (p *Printer) Field(name, text string) {
	const wide = 18
	p.Printf("  %-16s%s\n", name, p.wrap(text, strings.Repeat(" ", wide)))
}

// Text prints a text of JSON as it stands, with a line's end.
func (p *Printer) Text(json []byte) {
	_, _ = escaper{p.stdout}.Write(json)
	if !strings.HasSuffix(string(json), "\n") {
		p.Printf("\n")
	}
}

func (p *Printer) paint() painter { return painter(p.Colours) }

// output keeps the first error of writing.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(p)
	o.err = err
	return n, err
}
