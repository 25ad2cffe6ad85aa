package messages

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/patchstream/patchstream/messages/pack"
	"github.com/patchstream/patchstream/messages/wire"
)

// contentFields is what the hash of a scan covers.
var contentFields = wire.MapOf(
	wire.Nested("os", osFields, func(s *Scan) *OS { return &s.OS }),
	tagsField,
	wire.Records("origins", MaxOrigins, originFields, withoutDates),
	wire.Records("packages", MaxPackages, packageFields, func(s *Scan) *[]Package { return &s.Packages }),
	advisoriesField,
)

// ContentHash returns the hash that our publishers send with a scan, 64 hexadecimal digits: SHA-256 of the
// operating system, the tags, the origins without their dates, and the packages and advisories as they are listed. The id,
// the times, the boot facts and the machine of the scan do not count.
func ContentHash(s *Scan) string {
	content, _ := wire.Append(nil, MsgPack, contentFields, s) // of a scan that breaks the contract, as far as it keeps to it
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// withoutDates returns a copy of the origins in which nothing changes when a mirror is signed anew.
func withoutDates(s *Scan) *[]Origin {
	origins := slices.Clone(s.Origins)
	for i := range origins {
		origins[i].Date, origins[i].ValidUntil, origins[i].CheckedAt = time.Time{}, time.Time{}, time.Time{}
	}
	return &origins
}

// ContentSum returns the SHA-256 of all that an event says, its kind included, written as [Encode] writes. It remains the same
// when fields are added that the event does not have. See [DecodeSummed] for an event as it came.
func ContentSum(e Event) [32]byte {
	content := pack.Borrow()
	content.Data, _ = appendEvent(append(content.Data, e.Kind()...), e, MsgPack) // as in ContentHash
	defer content.Release()
	return sha256.Sum256(content.Data)
}
