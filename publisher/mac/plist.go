package mac

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"howett.net/plist"
)

// maxPlistBytes bounds a property list. The install history of a Mac of ten years has 300 KB.
const maxPlistBytes = 8 << 20

// maxPlistDepth is far more than any of ours nests: dictionaries in a list.
const maxPlistDepth = 64

// decodePlist reads a property list in XML or binary form; the third, which looks like a program's text, no tool of today
// writes.
func decodePlist(text []byte, into any) (err error) {
	if len(text) > maxPlistBytes {
		return fmt.Errorf("a property list of %d bytes, the bound is %d", len(text), maxPlistBytes)
	}
	trimmed := bytes.TrimSpace(text)
	switch {
	case bytes.HasPrefix(text, []byte("bplist00")):
		if err := checkBinary(text); err != nil {
			return err
		}
		trimmed = text
	case bytes.HasPrefix(trimmed, []byte("<?xml")), bytes.HasPrefix(trimmed, []byte("<!DOCTYPE plist")), bytes.HasPrefix(trimmed, []byte("<plist")):
		if nesting(trimmed) > maxPlistDepth {
			return fmt.Errorf("a property list that nests deeper than %d", maxPlistDepth)
		}
	default:
		return errors.New("no property list in XML or binary form")
	}
	defer func() { // the library means to, and a damaged list is no reason to end
		if r := recover(); r != nil {
			err = fmt.Errorf("a damaged property list: %v", r)
		}
	}()
	if _, err := plist.Unmarshal(trimmed, into); err != nil {
		return fmt.Errorf("a damaged property list: %w", err)
	}
	return nil
}

// nesting counts how deep the containers of XML stand in each other.
func nesting(text []byte) int {
	depth, deepest := 0, 0
	for {
		i := bytes.IndexByte(text, '<')
		if i < 0 {
			return deepest
		}
		text = text[i+1:]
		switch {
		case bytes.HasPrefix(text, []byte("array")), bytes.HasPrefix(text, []byte("dict")):
			depth++
			deepest = max(deepest, depth)
		case bytes.HasPrefix(text, []byte("/array")), bytes.HasPrefix(text, []byte("/dict")):
			depth--
		}
	}
}

// preferences are those of /Library/Preferences/com.apple.SoftwareUpdate.plist that count. Its own counters of updates are
// known to stay wrong.
type preferences struct {
	LastSuccessfulDate     time.Time `plist:"LastSuccessfulDate"`
	LastFullSuccessfulDate time.Time `plist:"LastFullSuccessfulDate"`
}
