package windows

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxBytes bounds a dump. One of a server with years of history has 2 MB.
const MaxBytes = 32 << 20

var (
	markUTF8    = []byte{0xEF, 0xBB, 0xBF}
	markUTF16LE = []byte{0xFF, 0xFE}
	markUTF16BE = []byte{0xFE, 0xFF}
)

// toUTF8 reads a text as PowerShell's cmdlets write one: Windows PowerShell's Out-File in UTF-16 with a byte order mark,
// its Set-Content -Encoding UTF8 with one, PowerShell 7 without. Where the mark was lost on the way, the zeros in JSON's
// first character tell.
func toUTF8(text []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(text, markUTF8):
		text = text[len(markUTF8):]
	case bytes.HasPrefix(text, markUTF16LE):
		return fromUTF16(text[2:], binary.LittleEndian)
	case bytes.HasPrefix(text, markUTF16BE):
		return fromUTF16(text[2:], binary.BigEndian)
	case len(text) > 1 && text[0] != 0 && text[1] == 0:
		return fromUTF16(text, binary.LittleEndian)
	case len(text) > 1 && text[0] == 0 && text[1] != 0:
		return fromUTF16(text, binary.BigEndian)
	}
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("neither UTF-8 nor UTF-16: write the file with Out-File -Encoding utf8")
	}
	return text, nil
}

func fromUTF16(text []byte, order binary.ByteOrder) ([]byte, error) {
	if len(text)%2 != 0 {
		return nil, fmt.Errorf("UTF-16 of an odd number of bytes: the file was cut off")
	}
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = order.Uint16(text[2*i:])
	}
	return []byte(string(utf16.Decode(units))), nil
}
