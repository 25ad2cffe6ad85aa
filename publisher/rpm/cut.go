package rpm

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// An updateinfo.xml is a list of notices. A vendor's has 40 MB of them, and a host has a few hundred of the packages that
// they name:
//
//	<updates>
//	  <update type="security" …> … <package name="glibc" …> … </update>
//	  <update …> … </update>
//	</updates>
//
// So the text is cut behind each </update>, and only the parts that name an installed package are read as XML.

const (
	maxUpdateBytes = 32 << 20 // of one notice
	cutBytes       = 256 << 10
)

var (
	updateStart = []byte("<update")
	updateEnd   = []byte("</update>")
	listStart   = []byte("<updates")
	listEnd     = []byte("</updates>")
)

// cutUpdates hands each notice of an updateinfo.xml to take, from its <update to its </update>, as bytes that are valid until
// it returns. A text that is no such list, or ends in the middle of it, is an error.
func cutUpdates(in io.Reader, take func(update []byte) error) error {
	c := &cutter{in: in, buf: make([]byte, 0, cutBytes)}
	_, err := c.seek(listStart)
	var rest []byte
	if err == nil {
		rest, err = c.seek([]byte(">"))
	}
	if err != nil {
		return fmt.Errorf("it is no list of notices: %w", err)
	}
	if bytes.HasSuffix(rest, []byte("/")) { // an empty one: <updates/>
		return nil
	}
	for {
		update, err := c.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := take(update); err != nil {
			return err
		}
	}
}

// cutter reads a text part by part. What is in buf before at was handed out.
type cutter struct {
	in  io.Reader
	buf []byte
	at  int
	end error // of in
}

// more reads on, and moves what was handed out away. It is false where nothing more comes.
func (c *cutter) more() bool {
	if c.end != nil {
		return false
	}
	c.buf = append(c.buf[:0], c.buf[c.at:]...)
	c.at = 0
	if cap(c.buf)-len(c.buf) < cutBytes/2 {
		c.buf = append(make([]byte, 0, 2*cap(c.buf)), c.buf...)
	}
	n, err := c.in.Read(c.buf[len(c.buf):cap(c.buf)])
	c.buf, c.end = c.buf[:len(c.buf)+n], err
	return n > 0 || err == nil
}

// why returns the error of a text that has ended where it must not.
func (c *cutter) why() error {
	if errors.Is(c.end, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return c.end
}

// seek passes over the text up to and with a word that must come within the first bytes, and returns what is before it.
func (c *cutter) seek(word []byte) ([]byte, error) {
	for {
		if i := bytes.Index(c.buf[c.at:], word); i >= 0 {
			before := c.buf[c.at : c.at+i]
			c.at += i + len(word)
			return before, nil
		}
		if len(c.buf)-c.at >= cutBytes/2 {
			return nil, fmt.Errorf("it has no %s> at its beginning", word)
		}
		if !c.more() {
			return nil, c.why()
		}
	}
}

// next returns the next notice, io.EOF behind the last.
func (c *cutter) next() ([]byte, error) {
	start, from := -1, 0 // in what was not handed out
	for {
		rest := c.buf[c.at:]
		if start < 0 {
			start = indexTag(rest, updateStart)
			if end := bytes.Index(rest, listEnd); end >= 0 && (start < 0 || end < start) {
				return nil, io.EOF
			}
			if start < 0 && len(rest) > len(listEnd) { // nothing of it is needed but the beginning of a tag
				c.at += len(rest) - len(listEnd)
				rest = c.buf[c.at:]
			}
			from = max(start, 0)
		}
		if start >= 0 {
			if i := bytes.Index(rest[from:], updateEnd); i >= 0 {
				end := from + i + len(updateEnd)
				c.at += end
				return rest[start:end], nil
			}
			from = max(start, len(rest)-len(updateEnd))
		}
		if len(rest) > maxUpdateBytes {
			return nil, fmt.Errorf("one of its notices has more than %d bytes", maxUpdateBytes)
		}
		if !c.more() {
			return nil, c.why()
		}
	}
}

// indexTag returns where a tag of exactly that name begins. One whose name may go on behind the text does not count yet.
func indexTag(text, tag []byte) int {
	for from := 0; ; {
		i := bytes.Index(text[from:], tag)
		if i < 0 {
			return -1
		}
		from += i
		if behind := from + len(tag); behind >= len(text) {
			return -1
		} else if c := text[behind]; c == ' ' || c == '>' || c == '\n' || c == '\t' || c == '\r' || c == '/' {
			return from
		}
		from += len(tag)
	}
}
