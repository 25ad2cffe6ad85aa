package print

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// What hosts and servers say may hold characters that a terminal obeys (Cc: ESC, U+009B, DEL) or that show a text as another
// than it is (Cf: U+202E and the like). Everything that is printed leaves by one of the two writers below.

// clean puts U+FFFD in the place of each of them, and of bytes that are no UTF-8. Lines and tabs stay, and so do our own
// colours: whoever sends those changes a colour.
func clean(text string) string {
	if !strings.ContainsFunc(text, dangerous) {
		return strings.ToValidUTF8(text, replacement)
	}
	var b strings.Builder
	for text != "" {
		painted := colours.FindStringIndex(text)
		if painted == nil {
			painted = []int{len(text), len(text)}
		}
		b.WriteString(strings.Map(harmless, strings.ToValidUTF8(text[:painted[0]], replacement)))
		b.WriteString(text[painted[0]:painted[1]])
		text = text[painted[1]:]
	}
	return b.String()
}

const replacement = string(utf8.RuneError)

// colours are the sequences of ECMA-48, 8.3.117, that change how text looks, and nothing else.
var colours = regexp.MustCompile(`\x1b\[[0-9;]{0,16}m`)

func harmless(r rune) rune {
	if dangerous(r) {
		return utf8.RuneError
	}
	return r
}

func dangerous(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029')
}

// escaped is a text of JSON in which each of them is written as its number: what a machine reads stays the same.
func escaped(json []byte) []byte {
	outside := func(r rune) bool { return r > unicode.MaxASCII || r == 0x7f }
	if !strings.ContainsFunc(string(json), outside) {
		return json
	}
	b := make([]byte, 0, len(json))
	for _, r := range string(json) {
		switch {
		case !outside(r) || !dangerous(r):
			b = utf8.AppendRune(b, r)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			b = fmt.Appendf(b, `\u%04x\u%04x`, high, low)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
	}
	return b
}

// cleaner is a writer of words. Each call writes whole characters.
type cleaner struct{ w io.Writer }

func (c cleaner) Write(text []byte) (int, error) {
	if _, err := io.WriteString(c.w, clean(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// escaper is a writer of JSON. Each call writes whole characters.
type escaper struct{ w io.Writer }

func (e escaper) Write(json []byte) (int, error) {
	if _, err := e.w.Write(escaped(json)); err != nil {
		return 0, err
	}
	return len(json), nil
}
