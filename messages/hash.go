package messages

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// contentFields is what the hash of a scan covers.
var contentFields = mapOf(
	field[Scan]{name: "os", write: func(e *encoder, s *Scan) { writeMap(e, osFields, &s.OS) }},
	field[Scan]{name: "tags", write: writeTags},
	field[Scan]{name: "origins", write: func(e *encoder, s *Scan) { writeRecords(e, originFields, withoutDates(s.Origins)) }},
	field[Scan]{name: "packages", write: func(e *encoder, s *Scan) { writeRecords(e, packageFields, s.Packages) }},
)

// ContentHash returns the hash that our publishers send with a scan, 64 hexadecimal digits: SHA-256 of the
// operating system, the tags, the origins without their dates, and the packages as they are listed. The id,
// the times and the boot facts of the scan do not count.
func ContentHash(s *Scan) string {
	var e encoder
	writeMap(&e, contentFields, s)
	sum := sha256.Sum256(e.buf)
	return hex.EncodeToString(sum[:])
}

// withoutDates returns a copy of origins in which nothing changes when a mirror is signed anew.
func withoutDates(origins []Origin) []Origin {
	origins = slices.Clone(origins)
	for i := range origins {
		origins[i].Date, origins[i].ValidUntil = time.Time{}, time.Time{}
	}
	return origins
}

// ContentSum returns the SHA-256 of all that an event says, its kind included. It is the same in whichever
// format and shape the event came, and remains so when fields are added that the event does not have.
func ContentSum(e Event) [32]byte {
	buffer := buffers.Get().(*[]byte)
	enc := encoder{buf: append((*buffer)[:0], e.Kind()...)}
	enc.grow(e)
	enc.event(e)
	sum := sha256.Sum256(enc.buf)
	plainPayload{enc.buf, buffer}.release()
	return sum
}
