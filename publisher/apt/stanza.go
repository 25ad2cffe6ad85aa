package apt

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
)

// A Packages file is a list of stanzas with an empty line behind each. A stanza describes one version of one
// package, a field a line; a line that begins with a space continues the one before:
//
//	Package: openssl
//	Version: 3.0.17-1~deb12u2
//	Architecture: amd64
//	Depends: libc6 (>= 2.34), libssl3 (>= 3.0.9)
//	Description: Secure Sockets Layer toolkit
//	 This package is part of the OpenSSL project's implementation …
//	Section: utils
//	Priority: optional
//	Phased-Update-Percentage: 20
//
// The names of fields are told without regard to case, their order is free, and most stanzas are of packages
// that the host does not have: of a stanza only the bytes of a few fields are kept, in buffers that the next
// one uses again, and of an unwanted one no line after its name is looked at.

// stanza is what is needed of one. Its bytes are good until the next one is read.
type stanza struct {
	name, version, arch, section, priority, phased []byte
}

func (s *stanza) reset() {
	s.name, s.version, s.arch = s.name[:0], s.version[:0], s.arch[:0]
	s.section, s.priority, s.phased = s.section[:0], s.priority[:0], s.phased[:0]
}

// percentage returns how many of a hundred hosts are offered the version, -1 where it is not phased.
func (s *stanza) percentage() int {
	n, err := strconv.Atoi(string(s.phased))
	if err != nil || n < 0 || n > 100 {
		return -1
	}
	return n
}

// readStanzas goes through a Packages file and hands over each stanza of a package that wanted asks for, by its name in
// lower case, as apt and dpkg take it. It returns the number of bytes that it read. The last line may lack its end, as
// apt allows; what was cut off is told by the number alone.
func readStanzas(r io.Reader, wanted func(name []byte) bool, each func(*stanza) error) (int64, error) {
	lines := bufio.NewReaderSize(r, 128<<10)
	var s stanza
	var read int64
	skip := false // the rest of this stanza
	for {
		line, err := lines.ReadSlice('\n')
		read += int64(len(line))
		empty := len(line) == 0 || line[0] == '\n' || line[0] == '\r' && len(line) == 2 && line[1] == '\n'
		if !skip && !empty {
			s.add(line)
			skip = len(s.name) > 0 && !wanted(s.name)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			err = rest(lines, &read)
		}
		if empty || errors.Is(err, io.EOF) { // the stanza's end
			if !skip && len(s.name) > 0 {
				if err := each(&s); err != nil {
					return read, err
				}
			}
			s.reset()
			skip = false
		}
		switch {
		case errors.Is(err, io.EOF):
			return read, nil
		case err != nil:
			return read, err
		}
	}
}

// rest passes over what is left of a line that is longer than the buffer. No field that is needed is.
func rest(lines *bufio.Reader, read *int64) error {
	for {
		part, err := lines.ReadSlice('\n')
		*read += int64(len(part))
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// add keeps a line's value if it is one of the fields that are needed.
func (s *stanza) add(line []byte) {
	var field *[]byte
	switch line[0] | 0x20 { // the letter in lower case
	case 'p':
		switch {
		case is(line, "Package:"):
			field = &s.name
		case is(line, "Priority:"):
			field = &s.priority
		case is(line, "Phased-Update-Percentage:"):
			field = &s.phased
		}
	case 'v':
		if is(line, "Version:") {
			field = &s.version
		}
	case 'a':
		if is(line, "Architecture:") {
			field = &s.arch
		}
	case 's':
		if is(line, "Section:") {
			field = &s.section
		}
	}
	if field == nil {
		return
	}
	*field = append((*field)[:0], bytes.TrimSpace(line[bytes.IndexByte(line, ':')+1:])...)
	if field == &s.name {
		lower(s.name)
	}
}

// lower turns ASCII letters into small ones, in place.
func lower(name []byte) {
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			name[i] = c + 'a' - 'A'
		}
	}
}

// is tells whether a line is of that field (with its colon).
func is(line []byte, field string) bool {
	return len(line) >= len(field) && line[len(field)-1] == ':' &&
		bytes.EqualFold(line[:len(field)], []byte(field))
}
