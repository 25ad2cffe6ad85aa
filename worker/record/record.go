package record

import (
	"bytes"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Record is all that is kept of one host. It is not safe for concurrent use.
type Record struct {
	Facts    classify.Facts
	Report   *classify.Report // as last committed; nil: nothing was published yet
	Revision uint64           // of the last change that was published; 0: none
	Scanned  bool             // Report rests on a complete scan

	// Fences are the last sequences of the host's two subjects before the outbox is published.
	Fences Fences

	Outbox      *Outbox // the changes of Revision; nil: they are known to be published
	CommitID    string  // random, of the commit that wrote the outbox
	CommittedAt time.Time

	Basis Basis

	// Later is for when a schedule was set before this was written; zero: the report does not change by time alone.
	Later time.Time

	// Heard is when JetStream stored the newest event that the host sent, to within an hour; zero: an older worker wrote this,
	// or the host never sent one.
	Heard time.Time

	full       *blob // the newest full scan, as it was read or last written
	plainBytes int
}

// PlainBytes returns what the record took, decompressed, when it was read or last written.
func (r *Record) PlainBytes() int { return r.plainBytes }

// Fences are last sequences of patch.changed.<host> and patch.status.<host>. 0: the subject is empty.
type Fences struct {
	Changed uint64 `msgpack:"changed"`
	Status  uint64 `msgpack:"status"`
}

// Basis is what a report was made by: how far KV_PATCH_BASELINES had been read, and what applied to the host.
type Basis struct {
	BaselinesCreated time.Time `msgpack:"created"`
	BaselinesSeq     uint64    `msgpack:"seq"`
	By               string    `msgpack:"by"` // fingerprint of baseline, group and settings
}

// Sent says how the newest full scan was sent, from which scan was decoded. Where that is how a record keeps it, and
// it is well compressed, its bytes are stored as they came: nothing is encoded and compressed a second time. They must
// not be changed afterwards.
func (r *Record) Sent(scan *messages.Scan, payload []byte, enc messages.Encoding) {
	msgpack := enc.ContentType == "" || enc.ContentType == messages.MsgPack.ContentType()
	if r.Facts.Full == nil || r.Facts.Full.Scan != scan || !msgpack || enc.ContentEncoding != zstdName || !bytes.HasPrefix(payload, zstdMagic) {
		return
	}
	const wellCompressed = 3 // times smaller; what packages are called makes it five times or more
	if enc.PlainBytes(payload) < wellCompressed*len(payload) {
		return
	}
	r.full = &blob{scan, payload}
}

// blob is a compressed part of a record.
type blob struct {
	of    *messages.Scan
	bytes []byte
}
