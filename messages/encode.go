package messages

import (
	"fmt"
	"slices"

	"github.com/patchstream/patchstream/messages/wire"
)

// Encode returns the payload of an event: in MessagePack with records as lists and times as timestamps, in
// JSON with records as maps. What is absent is left out. It is not compressed. An event that does not validate
// is not encoded, and the error is a [*FieldError]. Encode is safe for concurrent use.
func Encode(e Event, f Format) ([]byte, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	return readable(appendEvent(nil, e, f))
}

func appendEvent(buf []byte, e Event, f Format) ([]byte, error) {
	switch e := e.(type) {
	case *Scan:
		return wire.Append(slices.Grow(buf, roughBytes(e)), f, scanFields, e)
	case *Run:
		return wire.Append(buf, f, runFields, e)
	case *Override:
		return wire.Append(buf, f, overrideFields, e)
	case *Recheck:
		return wire.Append(buf, f, recheckFields, e)
	case *Retire:
		return wire.Append(buf, f, retireFields, e)
	}
	return buf, nil
}

// roughBytes is about how long a scan is as MessagePack. Without room for it at once, a large one would be copied
// a dozen times as it is written.
func roughBytes(s *Scan) int {
	const record, text, scan = 16, 3, 1 << 10 // beside the strings
	n := scan
	for i := range s.Packages {
		p := &s.Packages[i]
		n += 2*record + len(p.Name) + len(p.Arch) + len(p.Candidate) + len(p.State) + len(p.Source) + len(p.SourceVersion)
		if p.Installed != nil {
			n += len(*p.Installed)
		}
		for _, a := range p.Advisories {
			n += text + len(a)
		}
		for j := range p.Versions {
			v := &p.Versions[j]
			n += record + len(v.Version) + len(v.Priority) + len(v.Section)
		}
	}
	return n
}

// readable returns a payload that was written, if it can be read.
func readable(payload []byte, err error) ([]byte, error) {
	if err == nil && len(payload) > MaxDecompressedBytes {
		err = refuse("payload", fmt.Sprintf("is larger than %d bytes", MaxDecompressedBytes))
	}
	if err != nil {
		return nil, err
	}
	return payload, nil
}
