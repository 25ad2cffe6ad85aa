package record

import (
	"bytes"
	"errors"
	"fmt"
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

	full       *fullScan // the newest full scan
	head       *blob     // the same without its packages and advisories
	earlier    *fullScan // the one of the report before
	sent       *sent     // the newest, as it was sent just now
	items      []byte    // the patches of the report, likewise
	summary    Summary
	plainBytes int
}

// Before returns the report and the facts of which it was made, whatever is added to the facts afterwards.
func (r *Record) Before() *classify.Before {
	r.earlier = r.full
	return &classify.Before{Facts: r.Facts.Fork(), Report: r.Report}
}

// Compare returns what may be kept of the report before in one that is made by a basis, nil for nothing. Where the full scan is
// another by now, it finds out how the lists of packages differ, if they can be compared.
func (r *Record) Compare(before *classify.Before, basis Basis, read ReadScan) (*classify.Before, error) {
	if !r.Basis.sameAs(basis) {
		return nil, nil
	}
	was, is := r.earlier, r.sent
	if was == nil || is == nil || was.of != before.Facts.Full || is.of != r.Facts.Full {
		return before, nil
	}
	err := was.read(read)
	if errors.Is(err, ErrScanGone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if before.Lists, err = messages.CompareLists(was.text, is.payload, stored, is.encoding); err != nil {
		return nil, nil // what is stored of the one before cannot be read: all is judged anew
	}
	return before, nil
}

// Provide reads and decodes what a judging needs of the record and was not decoded when it was loaded. [ErrScanGone].
func (r *Record) Provide(needs classify.Needs, read ReadScan) error {
	if needs.Items && r.Report != nil && r.Report.Kept {
		items, err := unpackPatches(r.items, r.Report.Frame)
		if err != nil {
			return err
		}
		r.Report.Patches, r.Report.Kept = items, false
	}
	full := r.Facts.Full
	whole := full == nil || r.full == nil || r.full.of != full || len(full.Scan.Packages) > 0 // one that just came is
	if !needs.Packages || whole {
		return nil
	}
	if err := r.full.read(read); err != nil {
		return err
	}
	scan, err := decodeScan(r.full.text)
	if err != nil && r.full.stored {
		return fmt.Errorf("%w: what is stored of it cannot be read: %w", ErrScanGone, err)
	}
	if err != nil {
		return fmt.Errorf("full scan: %w", err)
	}
	full.Scan = scan
	return nil
}

// ForgetScan takes the record as one of a host of which no full scan is known: the one that it names is gone.
func (r *Record) ForgetScan() { r.Facts.Full, r.full, r.head = nil, nil, nil }

// Drop forgets, of a record that was written, what [Record.Provide] can read again: few events need it, and it is by far the
// most of a host.
func (r *Record) Drop() {
	r.earlier, r.sent = nil, nil
	if r.full != nil {
		r.full.text, r.full.stored = nil, true
	}
	if r.Report != nil {
		r.Report.Patches, r.Report.Kept = nil, true
	}
	if full := r.Facts.Full; full != nil {
		head := *full.Scan
		head.Packages, head.Advisories = nil, nil
		full.Scan = &head
	}
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

// sameAs reports whether two reports are made by the same.
func (b Basis) sameAs(other Basis) bool {
	return b.By == other.By && b.BaselinesCreated.Equal(other.BaselinesCreated)
}

// Sent says how the newest full scan was sent, from which scan was decoded. Where that is how a record keeps it, and
// it is well compressed, its bytes are stored as they came: nothing is encoded and compressed a second time. They must
// not be changed afterwards.
func (r *Record) Sent(scan *messages.Scan, payload []byte, enc messages.Encoding) {
	full := r.Facts.Full
	if full == nil || full.Scan != scan {
		return
	}
	r.sent = &sent{full, payload, enc}
	msgpack := enc.ContentType == "" || enc.ContentType == messages.MsgPack.ContentType()
	if !msgpack || enc.ContentEncoding != zstdName || !bytes.HasPrefix(payload, zstdMagic) {
		return
	}
	const wellCompressed = 3 // times smaller; what packages are called makes it five times or more
	if enc.PlainBytes(payload) < wellCompressed*len(payload) {
		return
	}
	r.full = &fullScan{of: full, text: payload}
}

// sent is a full scan as it was sent.
type sent struct {
	of       *classify.ScanFact
	payload  []byte
	encoding messages.Encoding
}

// blob is an encoded part of a record.
type blob struct {
	of    *classify.ScanFact
	bytes []byte
}
