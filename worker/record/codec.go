package record

import (
	"errors"
	"fmt"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// wireVersion is the version of the record's format.
const wireVersion = 5

// oldestVersion is the first that is still read. Up to version 3 the full scan is in the record, up to 4 the patches are written out.
const (
	oldestVersion = 2
	apartVersion  = 4 // the full scan is beside the record
	tableVersion  = 5 // the patches are verdicts
)

// wire is a record as it is stored: MessagePack, with large parts compressed inside.
type wire struct {
	V           int       `msgpack:"v"`
	Revision    uint64    `msgpack:"rev"`
	Scanned     bool      `msgpack:"scanned,omitempty"`
	Fences      Fences    `msgpack:"fences"`
	CommitID    string    `msgpack:"commit"`
	CommittedAt time.Time `msgpack:"at"`
	Basis       Basis     `msgpack:"judged"`
	Later       time.Time `msgpack:"later,omitempty"`
	Heard       time.Time `msgpack:"heard,omitempty"`

	Facts   []byte `msgpack:"facts"`             // wireFacts
	Full    []byte `msgpack:"full,omitempty"`    // up to version 3: the newest full scan, a message of the contract
	Report  []byte `msgpack:"report,omitempty"`  // classify.Report without its patches
	Patches []byte `msgpack:"patches,omitempty"` // those: verdicts
	Items   int    `msgpack:"items,omitempty"`   // how many there are; not in records of before
	Outbox  []byte `msgpack:"outbox,omitempty"`  // the change to be published, a message of the contract
	Status  bool   `msgpack:"status,omitempty"`  // and a status change with it

	Summary string `msgpack:"summary,omitempty"` // as the header has it

	ScanBytes int `msgpack:"scan_bytes,omitempty"` // of the full scan, decompressed, which is stored beside the record
}

// wireFacts are the facts without the full scan.
type wireFacts struct {
	Full       *classify.Stamp         `msgpack:"full,omitempty"`
	Head       []byte                  `msgpack:"head,omitempty"` // of the full scan; not in records of before
	Unchanged  *wireScan               `msgpack:"unchanged,omitempty"`
	Incomplete *wireScan               `msgpack:"incomplete,omitempty"`
	LastRun    *classify.RunFact       `msgpack:"last_run,omitempty"`
	Outcomes   []wireOutcomes          `msgpack:"outcomes,omitempty"` // as version 2 has them
	Runs       []wireRun               `msgpack:"runs,omitempty"`
	Overrides  []classify.OverrideFact `msgpack:"overrides,omitempty"`
	Boot       *classify.BootFact      `msgpack:"boot,omitempty"`
	BootedAt   time.Time               `msgpack:"booted_at,omitempty"`

	LastInstall   *classify.RunFact       `msgpack:"last_install,omitempty"`
	ScanStatement *classify.StatementFact `msgpack:"scan_reboot,omitempty"`
	RunStatement  *classify.StatementFact `msgpack:"run_reboot,omitempty"`
	Machines      []wireMachines          `msgpack:"machines,omitempty"` // by day
	Retired       *classify.RetireFact    `msgpack:"retired,omitempty"`
}

type wireScan struct {
	classify.Stamp
	Scan []byte `msgpack:"scan"` // a message of the contract, compressed where it is large
}

type wireMachines struct {
	Day      classify.Day `msgpack:"day"`
	Machines []string     `msgpack:"machines"`
}

type wireOutcomes struct {
	classify.PackageKey
	classify.Outcomes
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
func (r *Record) Encode() (*Encoded, error) {
	w := wire{
		V: wireVersion, Revision: r.Revision, Scanned: r.Scanned, Fences: r.Fences, CommitID: r.CommitID,
		CommittedAt: r.CommittedAt, Basis: r.Basis, Later: r.Later, Heard: r.Heard,
	}
	scan, err := r.encodeFull()
	if err != nil {
		return nil, err
	}
	if r.full != nil {
		w.ScanBytes = r.full.plain
	}
	facts, err := packFacts(&r.Facts)
	if err != nil {
		return nil, err
	}
	if facts.Head, err = r.encodeHead(); err != nil {
		return nil, err
	}
	if w.Facts, err = pack(facts); err != nil {
		return nil, err
	}
	if err := w.encodeReport(r); err != nil {
		return nil, err
	}
	if r.Outbox != nil {
		w.Outbox, w.Status = r.Outbox.packed, r.Outbox.Status
	}
	r.openBytes = w.openBytes()
	if r.plainBytes = w.plainBytes(); r.plainBytes > maxPlainBytes {
		return nil, w.tooLarge()
	}
	e := &Encoded{Scan: scan}
	if e.Summary, err = r.summary.Encode(); err != nil {
		return nil, err
	}
	if r.Report != nil {
		w.Summary = e.Summary
	}
	if e.Pending, err = r.pending().encode(); err != nil {
		return nil, err
	}
	e.Text, err = msgpack.Marshal(&w)
	return e, err
}

func (w *wire) encodeReport(r *Record) error {
	if r.Report == nil {
		r.items, r.summary = storedItems{}, Summary{}
		return nil
	}
	r.summary = r.summary.renewed(r.Report)
	head := *r.Report
	head.Patches = nil
	var err error
	if w.Report, err = pack(&head); err != nil {
		return err
	}
	if r.items, err = r.encodeItems(); err != nil {
		return err
	}
	w.Patches, w.Items = r.items.packed, r.items.number
	return nil
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

// encodeHead encodes the full scan without what it lists, unless it is the one whose bytes are kept.
func (r *Record) encodeHead() ([]byte, error) {
	full := r.Facts.Full
	if full == nil {
		return nil, nil
	}
	if r.head == nil || r.head.of != full {
		text, err := messages.EncodeScanHead(full.Scan)
		if err != nil {
			return nil, fmt.Errorf("encode the full scan: %w", tooLarge(err))
		}
		r.head = &blob{full, text}
	}
	return r.head.bytes, nil
}

// Decode reads a stored record, but for what [Record.Provide] does: what the full scan lists, and the patches of the report.
func Decode(text []byte) (*Record, error) {
	w, err := decodeWire(text)
	if err != nil {
		return nil, err
	}
	return w.record()
}

// maxPlainBytes bounds a record, decompressed, as plainBytes counts it. Twice of what an event may have is as much as a host
// with the largest scan takes that a worker was seen to handle.
const maxPlainBytes = 2 * messages.MaxDecompressedBytes

func (w *wire) tooLarge() error {
	return fmt.Errorf("%w: decompressed it has %d bytes, the bound is %d", ErrTooLarge, w.plainBytes(), maxPlainBytes)
}

// What a patch counts for, and a byte of what is stored of all of them: written out, they would take so much more.
const (
	perPatch     = 400
	perPatchByte = 6
)

// plainBytes returns what the compressed parts come to, as if the patches were written out, with the full scan.
func (w *wire) plainBytes() int {
	return w.readBytes() + max(0, w.ScanBytes) + perPatch*max(0, w.Items) + perPatchByte*stored.PlainBytes(w.Patches)
}

// openBytes returns what of them is read with the record. Of those of before scans and patches had their places that may be all.
func (w *wire) openBytes() int {
	if w.V < tableVersion {
		return w.plainBytes()
	}
	return w.readBytes()
}

func (w *wire) readBytes() (n int) {
	for _, part := range [][]byte{w.Facts, w.Full, w.Report, w.Outbox} {
		n += stored.PlainBytes(part)
	}
	return n
}

// record reads the record, but for what [Record.Provide] does.
func (w *wire) record() (*Record, error) {
	if w.plainBytes() > maxPlainBytes {
		return nil, w.tooLarge()
	}
	var err error
	r := &Record{
		plainBytes: w.plainBytes(), openBytes: w.openBytes(),
		Revision: w.Revision, Scanned: w.Scanned, Fences: w.Fences, CommitID: w.CommitID,
		CommittedAt: w.CommittedAt.UTC(), Basis: w.Basis, Later: w.Later.UTC(), Heard: w.Heard.UTC(),
	}
	r.Basis.BaselinesCreated = r.Basis.BaselinesCreated.UTC()
	if err := r.decodeFacts(w); err != nil {
		return nil, err
	}
	if r.Report, err = w.head(); err != nil {
		return nil, err
	}
	if r.Report != nil {
		r.items = storedItems{w.Patches, w.Items, w.V < tableVersion}
		if r.Report.Kept = true; w.Summary == "" { // of before it was kept here
			if err = r.Provide(classify.Needs{Items: true}, nil); err != nil {
				return nil, err
			}
			r.summary = Summarise(r.Report)
		} else if r.summary, err = ParseSummary(w.Summary); err != nil {
			return nil, err
		}
	}
	if len(w.Outbox) > 0 {
		r.Outbox = &Outbox{Status: w.Status, packed: w.Outbox}
	}
	return r, nil
}

func decodeWire(text []byte) (*wire, error) {
	var w wire
	if err := unmarshal(text, &w); err != nil {
		return nil, fmt.Errorf("host record: %w", err)
	}
	if w.V < oldestVersion || w.V > wireVersion {
		return nil, fmt.Errorf("host record: version %d, this worker knows %d", w.V, wireVersion)
	}
	return &w, nil
}

// head returns the report without its patches; nil where there is none.
func (w *wire) head() (*classify.Report, error) {
	if len(w.Report) == 0 {
		return nil, nil
	}
	report := new(classify.Report)
	if err := unpack(w.Report, report); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	inUTC(report)
	report.Upgrade()
	return report, nil
}
