package wire

import (
	"encoding/binary"
	"slices"
)

// key is the name of a field as it begins a pair, written once.
type key struct {
	text  [2]string // in each format
	short [shortKey]byte
	n     int // how much of short is the key in MessagePack; 0: it is longer
}

const shortKey = 16

func keyOf(name string) key {
	var e encoder
	e.text(name, MaxStringBytes)
	k := key{text: [...]string{MsgPack: string(e.buf), JSON: string(append(appendQuoted(nil, name), ':'))}}
	if len(e.buf) <= shortKey {
		k.n = copy(k.short[:], e.buf)
	}
	return k
}

// key begins pair i of a map.
func (e *encoder) key(i int, k *key) {
	e.separate(i)
	e.buf = append(e.buf, k.text[e.format]...)
}

// textPair writes pair i of a map, the value of which is a string. Nearly all pairs are: in MessagePack both are short, and
// moved as words.
func (e *encoder) textPair(i int, k *key, s string, maxBytes int) {
	if e.format == MsgPack && k.n > 0 && len(s) <= min(maxShort, maxBytes) {
		begin := len(e.buf)
		if cap(e.buf)-begin < shortKey+shortRoom {
			e.buf = slices.Grow(e.buf, shortKey+shortRoom)
		}
		room := e.buf[begin : begin+shortKey+shortRoom]
		*(*[shortKey]byte)(room) = k.short
		if putShort(room[k.n:], s) {
			e.buf = e.buf[:begin+k.n+1+len(s)]
			return
		}
	}
	e.key(i, k)
	e.text(s, maxBytes)
}

// A short string has a head of one byte.
const (
	maxShort  = 31
	shortRoom = 1 + maxShort
)

// putShort puts a short string and its head at the front of room, and reports whether it is ASCII: if it is not, it may be
// another string in UTF-8. What is behind it in room is of no use then.
func putShort(room []byte, s string) bool {
	room = room[:shortRoom]
	room[0] = fixText | byte(len(s))
	room = room[1:]
	var all uint64
	switch n := len(s); {
	case n >= 8:
		for i := 0; i+8 < n; i += 8 {
			w := word8(s[i:])
			all |= w
			binary.LittleEndian.PutUint64(room[i:], w)
		}
		w := word8(s[n-8:])
		all |= w
		binary.LittleEndian.PutUint64(room[n-8:], w)
	default:
		for i := range n {
			room[i] = s[i]
			all |= uint64(s[i])
		}
	}
	return all&0x8080808080808080 == 0
}

// word8 returns the first 8 bytes of s.
func word8(s string) uint64 {
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
