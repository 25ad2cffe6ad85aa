package messages

import (
	"fmt"
	"slices"
)

// Encode returns the payload of an event: in MessagePack with records as lists and times as timestamps, in
// JSON with records as maps. What is absent is left out. It is not compressed; see [Compress]. An event that
// does not validate is not encoded, and the error is a [*FieldError]. Encode is safe for concurrent use.
func Encode(e Event, f Format) ([]byte, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	enc := encoder{format: f}
	enc.grow(e)
	enc.event(e)
	return enc.payload()
}

// grow makes room for a scan at once. Without it a large one would be copied a dozen times as it is written.
func (e *encoder) grow(event Event) {
	s, ok := event.(*Scan)
	if !ok {
		return
	}
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
	e.buf = slices.Grow(e.buf, n)
}

// event writes an event.
func (e *encoder) event(event Event) {
	switch event := event.(type) {
	case *Scan:
		writeMap(e, scanFields, event)
	case *Run:
		writeMap(e, runFields, event)
	case *Override:
		writeMap(e, overrideFields, event)
	case *Recheck:
		writeMap(e, recheckFields, event)
	}
}

// payload returns what was written, if it can be read.
func (e *encoder) payload() ([]byte, error) {
	if e.err == nil && len(e.buf) > MaxDecompressedBytes {
		e.err = failLarger(MaxDecompressedBytes)
	}
	if e.err != nil {
		return nil, e.err
	}
	return e.buf, nil
}

func failLarger(bound int) *FieldError {
	return &FieldError{"payload", fmt.Sprintf("is larger than %d bytes", bound)}
}

// writeMap writes a record as a map of the fields that are present.
func writeMap[T any](e *encoder, fields table[T], rec *T) {
	begin := e.beginMap(len(fields.list))
	n := 0
	for _, late := range [...]bool{false, true} {
		for i := range fields.list {
			if fields.list[i].late != late {
				continue
			}
			start := len(e.buf)
			e.key(n, fields.list[i].name)
			value := len(e.buf)
			fields.list[i].write(e, rec)
			if len(e.buf) == value {
				e.buf = e.buf[:start]
				continue
			}
			n++
		}
	}
	e.endMap(begin, len(fields.list), n)
}

// writeList writes a record as a list of its fields, of which the last one is present.
func writeList[T any](e *encoder, fields table[T], rec *T) {
	begin := len(e.buf)
	e.beginList(len(fields.list))
	end, n := len(e.buf), 0
	for i := range fields.list {
		start := len(e.buf)
		fields.list[i].write(e, rec)
		if len(e.buf) > start {
			end, n = len(e.buf), i+1
		} else {
			e.null()
		}
	}
	e.buf = e.buf[:end]
	e.buf[begin] = fixList | byte(n) // no table of a record that may be a list has more than 15 fields
}

// writeRecords writes a list of records in the shape that we prefer, and nothing for an empty one.
func writeRecords[T any](e *encoder, fields table[T], recs []T) {
	writeAll(e, recs, func(rec *T) {
		if e.format == MsgPack && fields.orList {
			writeList(e, fields, rec)
		} else {
			writeMap(e, fields, rec)
		}
	})
}

// writeAll writes a list, and nothing for an empty one.
func writeAll[T any](e *encoder, list []T, write func(*T)) {
	if len(list) == 0 {
		return
	}
	e.beginList(len(list))
	for i := range list {
		e.separate(i)
		write(&list[i])
	}
	e.endList()
}
