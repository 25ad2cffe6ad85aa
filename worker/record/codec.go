package record

import (
	"errors"
	"fmt"
	"slices"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/pack"
	"github.com/patchstream/patchstream/messages/wire"
)

// wireVersion is the version of the record's format.
const wireVersion = 6

// oldestVersion is the first that is still read. Up to version 3 the full scan is in the record, up to 4 the patches are written out,
// up to 5 facts and report are compressed one by one.
const (
	oldestVersion = 2
	apartVersion  = 4 // the full scan is beside the record
	tableVersion  = 5 // the patches are verdicts
	sealedVersion = 6 // all but patches and outbox is compressed together
)

// atRest is a record as it is stored, in MessagePack: see [sealedTable] and [restTable].
type atRest struct {
	*Record

	version   int
	scanBytes int // what the full scan comes to that is stored beside the record
	outbox    Outbox
	packed    []byte // a record of restTable, compressed

	// What the facts have in maps.
	machines  []machines
	runs      []keptRun
	overrides []classify.OverrideFact

	// Of earlier versions.
	facts, report []byte     // compressed
	scan          []byte     // up to version 3: the newest full scan, a message of the contract
	counted       string     // the summary, as the header has it
	outcomes      []outcomes // of version 2
}

// ErrTooLarge says that a record is larger than its bounds, so that it is neither written nor read.
var ErrTooLarge = errors.New("the host's record is too large")

// Encoded is a record as it is stored.
type Encoded struct {
	Text             []byte
	Summary, Pending string // headers

	// Scan is the full scan that the record names, where it is not stored yet: it must be before the record is.
	Scan *EncodedScan
}

// Size is what the record takes in a message, without the scan.
func (e *Encoded) Size() int { return len(e.Text) + len(e.Summary) + len(e.Pending) }

// Encode returns the record as it is stored. [ErrTooLarge]: no retry mends it.
func (r *Record) Encode() (e *Encoded, err error) {
	e = new(Encoded)
	if e.Scan, err = r.encodeFull(); err != nil {
		return nil, err
	}
	if err := r.encodeReport(); err != nil {
		return nil, err
	}
	if e.Summary, err = r.summary.Encode(); err != nil {
		return nil, err
	}
	if e.Pending, err = r.pending().encode(); err != nil {
		return nil, err
	}
	w := &atRest{Record: r, version: wireVersion}
	if r.full != nil {
		w.scanBytes = r.full.plain
	}
	if r.Outbox != nil {
		w.outbox = *r.Outbox
	}
	e.Text, err = w.seal()
	return e, err
}

// seal writes the record.
func (r *atRest) seal() ([]byte, error) {
	r.listFacts()
	plain, packed := pack.Borrow(), pack.Borrow()
	defer func() { plain.Release(); packed.Release() }()
	var err error
	if plain.Data, err = wire.Append(plain.Data, wire.MsgPack, restTable, r); err != nil {
		return nil, fmt.Errorf("encode: %w", tooLarge(err))
	}
	if len(plain.Data) > maxPartBytes {
		return nil, fmt.Errorf("%w: a part of it has %d bytes", ErrTooLarge, len(plain.Data))
	}
	packed.Data = packPart(packed.Data, plain.Data)
	r.packed = packed.Data
	if r.measure(); r.plainBytes > maxPlainBytes {
		return nil, r.tooLarge()
	}
	const heads = 128 // of the fields, about
	text := make([]byte, 0, len(r.packed)+len(r.items.packed)+len(r.outbox.packed)+heads)
	return wire.Append(text, wire.MsgPack, sealedTable, r)
}

// encodeReport brings what is stored of the report's patches, and the summary, up to the report.
func (r *Record) encodeReport() (err error) {
	if r.Report == nil {
		r.items, r.summary = storedItems{}, Summary{}
		return nil
	}
	r.summary = r.summary.renewed(r.Report)
	r.items, err = r.encodeItems()
	return err
}

// encodeFull returns the full scan, unless it is stored; compressed by now, unless it was sent so.
func (r *Record) encodeFull() (*EncodedScan, error) {
	full := r.Facts.Full
	if full == nil {
		r.full = nil
		return nil, nil
	}
	if r.full == nil || r.full.of != full {
		text, err := messages.Encode(full.Scan, messages.MsgPack)
		if err != nil {
			return nil, fmt.Errorf("encode the full scan: %w", tooLarge(err))
		}
		packed, err := packScanText(text)
		if err != nil {
			return nil, err
		}
		r.full = &fullScan{of: full, text: packed}
	}
	if r.full.stored {
		return nil, nil
	}
	r.full.plain = stored.PlainBytes(r.full.text)
	return &EncodedScan{Sum(full.Sum), r.full.text}, nil
}

// Decode reads a stored record, but for what [Record.Provide] does: what the full scan lists, and the patches of the report.
func Decode(text []byte) (*Record, error) { return decode(text, maxPlainBytes) }

// decode is Decode of a record that takes at most so many bytes, decompressed, without what Provide decodes. [*LargeError]: it takes more.
func decode(text []byte, maxBytes int) (*Record, error) {
	r := &atRest{Record: new(Record)}
	if err := wire.Read(text, wire.MsgPack, anyTable, r); err != nil {
		return nil, fmt.Errorf("host record: %w", err)
	}
	if r.version < oldestVersion || r.version > wireVersion {
		return nil, fmt.Errorf("host record: version %d, this worker knows %d", r.version, wireVersion)
	}
	if r.measure(); r.plainBytes > maxPlainBytes {
		return nil, r.tooLarge()
	}
	if r.openBytes > maxBytes {
		return nil, &LargeError{r.openBytes}
	}
	if err := r.open(); err != nil {
		return nil, err
	}
	return r.Record, nil
}

// open reads what is compressed.
func (r *atRest) open() (err error) {
	if r.version < sealedVersion {
		err = r.openEarlier()
	} else {
		err = readPart(r.packed, restTable, r)
	}
	if err != nil {
		return err
	}
	if err := r.openFacts(); err != nil {
		return fmt.Errorf("facts: %w", err)
	}
	if len(r.outbox.packed) > 0 {
		r.Outbox = &Outbox{Status: r.outbox.Status, packed: slices.Clone(r.outbox.packed)}
	}
	return r.openReport()
}

// openEarlier reads the parts of versions up to 5.
func (r *atRest) openEarlier() error {
	if err := readPart(r.facts, factFields, r); err != nil {
		return fmt.Errorf("facts: %w", err)
	}
	if len(r.report) == 0 {
		return nil
	}
	r.Report = new(classify.Report)
	if err := readPart(r.report, reportFields, r.Report); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// openReport puts beside the report what is stored of its patches.
func (r *atRest) openReport() (err error) {
	if r.Report == nil {
		r.items, r.summary = storedItems{}, Summary{}
		return nil
	}
	r.items.packed, r.items.old = slices.Clone(r.items.packed), r.version < tableVersion
	r.Report.Kept = true
	if r.Report.Conditions == nil { // for whoever shows them: there are none, which is not the same as unknown
		r.Report.Conditions = []messages.Condition{}
	}
	r.Report.Upgrade()
	switch {
	case r.version >= sealedVersion:
	case r.counted != "":
		r.summary, err = ParseSummary(r.counted)
	default: // written before it was kept here
		if err = r.Provide(classify.Needs{Items: true}, nil); err == nil {
			r.summary = Summarise(r.Report)
		}
	}
	return err
}

// maxPlainBytes bounds a record, decompressed, as measure counts it. Twice of what an event may have is as much as a host
// with the largest scan takes that a worker was seen to handle.
const maxPlainBytes = 2 * messages.MaxDecompressedBytes

func (r *atRest) tooLarge() error {
	return fmt.Errorf("%w: decompressed it has %d bytes, the bound is %d", ErrTooLarge, r.plainBytes, maxPlainBytes)
}

// What a patch counts for, and what each byte does that is stored of all of them: so much they would take if they were written out.
const (
	perPatch     = 400
	perPatchByte = 6
)

// PlainBytes returns what the record took, decompressed, when it was read or last written.
func (r *Record) PlainBytes() int { return r.plainBytes }

// taking returns what things take of which a record says how many there are. It may say anything.
func taking(number, each int) int { return each * min(max(0, number), maxPlainBytes/each+1) }

// measure notes what the compressed parts come to, as if the patches were written out, with the full scan.
func (r *atRest) measure() {
	r.openBytes = plainBytes(r.packed)
	for _, part := range [][]byte{r.facts, r.scan, r.report} {
		r.openBytes += plainBytes(part)
	}
	r.plainBytes = r.openBytes + stored.PlainBytes(r.outbox.packed) + taking(r.scanBytes, 1) + taking(r.items.number, perPatch) + perPatchByte*plainBytes(r.items.packed)
	if r.version < tableVersion { // scans and patches had no place of their own
		r.openBytes = r.plainBytes
	}
}
