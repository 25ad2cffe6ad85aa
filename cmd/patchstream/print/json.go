package print

import (
	"bytes"
	"encoding/json"
	"io"
)

// Format is for whom an answer is printed.
type Format string

// The formats.
const (
	Table Format = "table" // for people
	JSON  Format = "json"
	CSV   Format = "csv" // of lists alone
)

// Show prints a value as JSON, or has people see it in words.
func (p *Printer) Show(as Format, v any, inWords func()) error {
	if as == JSON {
		return p.JSON(v)
	}
	inWords()
	return nil
}

// JSON prints a value for machines and people alike.
func (p *Printer) JSON(v any) error { return encode(escaper{p.stdout}, v, "", "  ") }

// JSONLine prints a value in one line.
func (p *Printer) JSONLine(v any) error { return encode(escaper{p.stdout}, v, "", "") }

func encode(w io.Writer, v any, prefix, indent string) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent(prefix, indent)
	return enc.Encode(v)
}

// List prints a JSON list whose elements come one by one, so that no list is too long for memory.
type List struct {
	p *Printer
	n int
}

// List begins one. End it.
func (p *Printer) List() *List { return &List{p: p} }

// Add prints the next element.
func (l *List) Add(v any) error {
	var text bytes.Buffer
	if err := encode(escaper{&text}, v, "  ", "  "); err != nil {
		return err
	}
	before := ",\n  "
	if l.n == 0 {
		before = "[\n  "
	}
	l.n++
	l.p.Printf("%s%s", before, bytes.TrimSpace(text.Bytes()))
	return l.p.Err()
}

// End ends the list.
func (l *List) End() {
	if l.n == 0 {
		l.p.Printf("[]\n")
		return
	}
	l.p.Printf("\n]\n")
}
