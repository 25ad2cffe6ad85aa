package wire

import (
	"unicode/utf16"
	"unicode/utf8"
)

func (r jsonReader) text(maxBytes int) []byte {
	if r.peek() != '"' {
		r.failValue("must be a string")
		return nil
	}
	raw, escaped := r.quoted()
	if r.err != nil {
		return nil
	}
	if !escaped {
		return r.bounded(raw, maxBytes)
	}
	return r.unescape(raw, maxBytes)
}

// quoted passes a string and returns what stands between its quotes. Its escapes are known to be good.
func (r jsonReader) quoted() (raw []byte, escaped bool) {
	start := r.pos + 1
	for i := start; i < len(r.data); i++ {
		switch c := r.data[i]; {
		case c == '"':
			r.pos = i + 1
			return r.data[start:i], escaped
		case c < ' ':
			r.pos = i
			r.failSyntax()
			return nil, false
		case c == '\\':
			_, n := escape(r.data[i:])
			if n == 0 {
				r.pos = i
				r.failSyntax()
				return nil, false
			}
			escaped = true
			i += n - 1
		}
	}
	r.failEnds()
	return nil, false
}

// unescape returns the string that raw stands for.
func (r jsonReader) unescape(raw []byte, maxBytes int) []byte {
	text := r.scratch[:0]
	for i := 0; i < len(raw) && len(text) <= maxBytes; {
		char, n := utf8.DecodeRune(raw[i:])
		if char == '\\' {
			char, n = escape(raw[i:])
		}
		text = utf8.AppendRune(text, char)
		i += n
	}
	r.scratch = text
	if len(text) > maxBytes {
		r.failLonger(maxBytes)
		return nil
	}
	return text
}

// escape returns the character that the escape at the beginning of b stands for, and how many bytes it takes
// up: none where it is not one of JSON's.
func escape(b []byte) (rune, int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case '"', '\\', '/':
		return rune(b[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	}
	first := hexEscape(b)
	switch {
	case first < 0:
		return 0, 0
	case !utf16.IsSurrogate(first):
		return first, 6
	}
	if both := utf16.DecodeRune(first, hexEscape(b[6:])); both != utf8.RuneError {
		return both, 12
	}
	return utf8.RuneError, 6
}

// hexEscape returns the number in an escape \uXXXX at the beginning of b, -1 where there is none.
func hexEscape(b []byte) rune {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return -1
	}
	var n rune
	for _, c := range b[2:6] {
		switch {
		case '0' <= c && c <= '9':
			n = n<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			n = n<<4 | rune(c|0x20-'a'+10)
		default:
			return -1
		}
	}
	return n
}
