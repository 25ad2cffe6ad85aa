package messages

import (
	"fmt"
	"strconv"
	"strings"
)

// place is where in a message a reader or a check stands, and the first problem that it found there. It is
// kept up to date by storing names and numbers; the text of a path is only made when something is wrong.
type place struct {
	steps   [4]step // a scan, its packages, their versions, one to spare
	records int     // how many of them
	err     *FieldError
}

// step is a field of one record, and the element of it where it is a list.
type step struct {
	name  string // empty: the record itself
	index int    // -1: not in a list
}

// enter begins a record at the present place, leave ends it.
func (p *place) enter() {
	p.steps[p.records] = step{index: -1}
	p.records++
}

func (p *place) leave() { p.records-- }

// field moves to a field of the present record.
func (p *place) field(name string) { p.steps[p.records-1] = step{name: name, index: -1} }

// item moves to an element of the present field, and with -1 back to the field itself.
func (p *place) item(index int) { p.steps[p.records-1].index = index }

// fail notes a problem with the present field. Only the first one counts.
func (p *place) fail(format string, args ...any) {
	if p.err == nil {
		p.err = &FieldError{Field: p.String(), Problem: fmt.Sprintf(format, args...)}
	}
}

// failAt notes a problem with a field of the present record.
func (p *place) failAt(name, format string, args ...any) {
	p.field(name)
	p.fail(format, args...)
}

// result returns the first problem as an error, and nil where there was none.
func (p *place) result() error {
	if p.err == nil {
		return nil
	}
	return p.err
}

func (p *place) String() string {
	var b strings.Builder
	for _, s := range p.steps[:p.records] {
		if s.name == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s.name)
		if s.index >= 0 {
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		}
	}
	if b.Len() == 0 {
		return "payload"
	}
	return b.String()
}
