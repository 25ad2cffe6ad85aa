package messages

import (
	"fmt"
	"strconv"
	"strings"
)

// KeyToken returns a baseline id, an operating system or a patch group as one token of a KV key: every byte
// other than A-Z a-z 0-9 _ - is written =XX, in upper-case hex.
func KeyToken(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; alphanumeric(c) || c == '_' || c == '-' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "=%02X", c)
		}
	}
	return b.String()
}

// ParseKeyToken is the inverse of [KeyToken]. The error says that s was not made by it.
func ParseKeyToken(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '=' {
			b.WriteByte(s[i])
			continue
		}
		c, err := strconv.ParseUint(s[min(i+1, len(s)):min(i+3, len(s))], 16, 8)
		if err != nil {
			return "", fmt.Errorf("%q: = must be followed by two hex digits", s)
		}
		b.WriteByte(byte(c))
		i += 2
	}
	if KeyToken(b.String()) != s {
		return "", fmt.Errorf("%q is not how a key is written", s)
	}
	return b.String(), nil
}
