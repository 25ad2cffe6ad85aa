package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// encoder appends values to a payload of either format. After the first problem what it appends does not matter.
type encoder struct {
	buf    []byte
	format Format
	err    *FieldError // its field is named from the inside out, see within
	nItem  int         // elements of lists that have no bound of their own
	short  []shortLists
}

// shortLists is how many elements there are in all short lists of one kind.
type shortLists struct {
	what string
	n    int
}

// fail notes a problem with what is being written. Only the first one counts.
func (e *encoder) fail(format string, args ...any) {
	if e.err == nil {
		e.err = &FieldError{Problem: fmt.Sprintf(format, args...)}
	}
}

func (e *encoder) atMost(n, most int) {
	if n > most {
		e.fail("has %d elements, the bound is %d", n, most)
	}
}

// countItems counts elements of lists that have no bound of their own.
func (e *encoder) countItems(n int) {
	if e.nItem += n; e.nItem > MaxListItems {
		e.fail("is beyond %d elements in all lists of the message", MaxListItems)
	}
}

// countShort counts elements of short lists.
func (e *encoder) countShort(n, mostInAll int, what string) {
	i := slices.IndexFunc(e.short, func(l shortLists) bool { return l.what == what })
	if i < 0 {
		i = len(e.short)
		e.short = append(e.short, shortLists{what: what})
	}
	if e.short[i].n += n; e.short[i].n > mostInAll {
		e.fail("is beyond %d %s", mostInAll, what)
	}
}

func (e *encoder) null() { e.buf = append(e.buf, codeNil) } // only lists in MessagePack need it

func (e *encoder) flag(b bool) {
	switch {
	case e.format == JSON:
		e.buf = strconv.AppendBool(e.buf, b)
	case b:
		e.buf = append(e.buf, codeTrue)
	default:
		e.buf = append(e.buf, codeFalse)
	}
}

func (e *encoder) integer(n int64) {
	switch {
	case e.format == JSON:
		e.buf = strconv.AppendInt(e.buf, n, 10)
	case -32 <= n && n <= fixNumMax:
		e.buf = append(e.buf, byte(n))
	case math.MinInt16 <= n && n <= math.MaxInt16:
		e.buf = binary.BigEndian.AppendUint16(append(e.buf, codeInt16), uint16(n))
	case math.MinInt32 <= n && n <= math.MaxInt32:
		e.buf = binary.BigEndian.AppendUint32(append(e.buf, codeInt32), uint32(n))
	default:
		e.buf = binary.BigEndian.AppendUint64(append(e.buf, codeInt64), uint64(n))
	}
}

// text writes a string within its bound. U+FFFD stands for bytes that are not UTF-8.
func (e *encoder) text(s string, maxBytes int) {
	if e.format == JSON {
		if len(s) > maxBytes/3 && TextBytes(s) > maxBytes {
			e.fail(longerThan, maxBytes)
		}
		e.buf = appendQuoted(e.buf, s)
		return
	}
	if len(s) <= min(maxShort, maxBytes) {
		begin := len(e.buf)
		e.buf = slices.Grow(e.buf, shortRoom)
		if putShort(e.buf[begin:begin+shortRoom], s) {
			e.buf = e.buf[:begin+1+len(s)]
			return
		}
	}
	e.packText(s, maxBytes)
}

// packText writes any string.
func (e *encoder) packText(s string, maxBytes int) {
	if !utf8.ValidString(s) {
		s = string(appendUTF8(nil, s))
	}
	if len(s) > maxBytes {
		e.fail(longerThan, maxBytes)
		return
	}
	switch n := len(s); {
	case n < 32:
		e.buf = append(e.buf, fixText|byte(n))
	case n <= math.MaxUint8:
		e.buf = append(e.buf, codeText8, byte(n))
	case n <= math.MaxUint16:
		e.buf = binary.BigEndian.AppendUint16(append(e.buf, codeText16), uint16(n))
	default:
		e.buf = binary.BigEndian.AppendUint32(append(e.buf, codeText32), uint32(n))
	}
	e.buf = append(e.buf, s...)
}

// instant writes a time: RFC 3339 in UTC, or the shortest timestamp that holds it.
func (e *encoder) instant(t time.Time) {
	if !yearInRange(t) {
		e.fail("%s", yearBeyond)
		return
	}
	seconds, nanos := t.Unix(), t.Nanosecond()
	switch {
	case e.format == JSON:
		e.buf = append(e.buf, '"')
		e.buf = t.UTC().AppendFormat(e.buf, time.RFC3339Nano)
		e.buf = append(e.buf, '"')
	case nanos == 0 && 0 <= seconds && seconds <= math.MaxUint32:
		e.buf = append(e.buf, codeFixExt4, timestampExt)
		e.buf = binary.BigEndian.AppendUint32(e.buf, uint32(seconds))
	case 0 <= seconds && seconds < 1<<34:
		e.buf = append(e.buf, codeFixExt8, timestampExt)
		e.buf = binary.BigEndian.AppendUint64(e.buf, uint64(nanos)<<34|uint64(seconds))
	default:
		e.buf = append(e.buf, codeExt8, 12, timestampExt)
		e.buf = binary.BigEndian.AppendUint32(e.buf, uint32(nanos))
		e.buf = binary.BigEndian.AppendUint64(e.buf, uint64(seconds))
	}
}

// smallMap is how many pairs a map may have whose head is one byte.
const smallMap = 15

// beginMap begins a map of at most that many pairs, endMap ends it when there are n.
func (e *encoder) beginMap(most int) (begin int) {
	begin = len(e.buf)
	switch {
	case e.format == JSON:
		e.buf = append(e.buf, '{')
	case most <= smallMap:
		e.buf = append(e.buf, fixMap)
	default:
		e.buf = append(e.buf, codeMap16, 0, 0)
	}
	return begin
}

func (e *encoder) endMap(begin, most, n int) {
	switch {
	case e.format == JSON:
		e.buf = append(e.buf, '}')
	case most <= smallMap && n <= smallMap:
		e.buf[begin] |= byte(n)
	case most <= smallMap: // a table that has grown
		e.buf = slices.Insert(e.buf, begin+1, 0, 0)
		e.buf[begin] = codeMap16
		fallthrough
	default:
		binary.BigEndian.PutUint16(e.buf[begin+1:], uint16(n))
	}
}

// beginList begins a list of n elements, endList ends it. Separate comes before element or pair i.
func (e *encoder) beginList(n int) {
	switch {
	case e.format == JSON:
		e.buf = append(e.buf, '[')
	case n <= 15:
		e.buf = append(e.buf, fixList|byte(n))
	case n <= math.MaxUint16:
		e.buf = binary.BigEndian.AppendUint16(append(e.buf, codeList16), uint16(n))
	default:
		e.buf = binary.BigEndian.AppendUint32(append(e.buf, codeList32), uint32(n))
	}
}

func (e *encoder) endList() {
	if e.format == JSON {
		e.buf = append(e.buf, ']')
	}
}

func (e *encoder) separate(i int) {
	if e.format == JSON && i > 0 {
		e.buf = append(e.buf, ',')
	}
}

// appendQuoted appends a JSON string.
func appendQuoted(buf []byte, s string) []byte {
	buf = append(buf, '"')
	plain := 0 // most strings are all
	for plain < len(s) && s[plain] >= ' ' && s[plain] < 0x7f && s[plain] != '"' && s[plain] != '\\' {
		plain++
	}
	buf = append(buf, s[:plain]...)
	for _, c := range s[plain:] { // what is not UTF-8 comes as U+FFFD
		switch {
		case c == '"' || c == '\\':
			buf = append(buf, '\\', byte(c))
		case c == '\n':
			buf = append(buf, '\\', 'n')
		case c < ' ' || c == 0x7f:
			const hex = "0123456789abcdef"
			buf = append(buf, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		default:
			buf = utf8.AppendRune(buf, c)
		}
	}
	return append(buf, '"')
}
