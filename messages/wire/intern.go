package wire

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

const (
	maxInternedBytes = 64  // a longer string, such as an error, is hardly ever said twice
	internPlaces     = 512 // as many as hash has values
	firstChunkBytes  = 256
	maxChunkBytes    = 16 << 10
)

// interner keeps the strings of one event: many in one allocation, and most of those that are said again, such
// as architectures, sections and the versions of one package, only once. It remembers one string for each hash
// and lets the older one go, which is quicker than to look for all there are, and costs the same whatever
// strings are sent.
type interner struct {
	recent [internPlaces]string
	chunk  strings.Builder
	next   int // size of the next chunk
}

// keep returns b as a string of UTF-8.
func (in *interner) keep(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > maxInternedBytes {
		return string(toUTF8(b))
	}
	known := &in.recent[hash(b)]
	if *known == string(b) {
		return *known
	}
	if !utf8.Valid(b) {
		return string(toUTF8(b))
	}
	*known = in.store(b)
	return *known
}

// store copies b to the end of the chunk. A chunk never grows, so that the strings in it stay in place; the
// next one is larger.
func (in *interner) store(b []byte) string {
	if in.chunk.Cap()-in.chunk.Len() < len(b) {
		in.chunk = strings.Builder{}
		in.chunk.Grow(max(in.next, firstChunkBytes))
		in.next = min(2*in.chunk.Cap(), maxChunkBytes)
	}
	start := in.chunk.Len()
	in.chunk.Write(b)
	return in.chunk.String()[start:]
}

// hash mixes the length, the first bytes and the last.
func hash(b []byte) uint64 {
	n := len(b)
	var first, last uint64
	if n >= 8 {
		first, last = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	} else {
		first, last = uint64(b[0])<<8|uint64(b[n/2]), uint64(b[n-1])
	}
	const odd = 0x9e3779b97f4a7c15
	return ((first+uint64(n))*odd ^ last) * odd >> 55
}
