package record

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

func packFacts(f *classify.Facts) (*wireFacts, error) {
	w := &wireFacts{
		LastRun: f.LastRun, Boot: f.Boot, BootedAt: f.BootedAt,
		LastInstall: f.LastInstall, ScanStatement: f.ScanStatement, RunStatement: f.RunStatement, Retired: f.Retired,
	}
	for _, day := range slices.Sorted(maps.Keys(f.Machines)) {
		w.Machines = append(w.Machines, wireMachines{day, f.Machines[day]})
	}
	var err error
	if w.Unchanged, err = packScan(f.Unchanged); err != nil {
		return nil, err
	}
	if w.Incomplete, err = packScan(f.Incomplete); err != nil {
		return nil, err
	}
	if f.Full != nil {
		w.Full = &f.Full.Stamp
	}
	w.Runs = packRuns(f.Outcomes)
	for _, o := range f.Overrides {
		w.Overrides = append(w.Overrides, o)
	}
	slices.SortFunc(w.Overrides, func(a, b classify.OverrideFact) int {
		return cmp.Compare(a.Override.Patch, b.Override.Patch)
	})
	return w, nil
}

func packScan(f *classify.ScanFact) (*wireScan, error) {
	if f == nil {
		return nil, nil
	}
	text, err := messages.Encode(f.Scan, messages.MsgPack)
	if err == nil && len(text) > messages.MaxPayloadBytes {
		text, err = packScanText(text)
	}
	if err != nil {
		return nil, fmt.Errorf("encode scan %s: %w", f.ID, tooLarge(err))
	}
	return &wireScan{f.Stamp, text}, nil
}

// packScanText compresses a scan, unless it could not be read again: as an event it is bounded.
func packScanText(text []byte) ([]byte, error) {
	packed := compress(text)
	if len(packed) > messages.MaxPayloadBytes {
		return nil, fmt.Errorf("%w: a scan has %d bytes, compressed", ErrTooLarge, len(packed))
	}
	return packed, nil
}

// tooLarge makes an error of it that a message, as we write it, is beyond the bounds of one. What it is made of was
// within them, so nothing else can be wrong with it.
func tooLarge(err error) error {
	var field *messages.FieldError
	if errors.As(err, &field) {
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	return err
}

func (r *Record) decodeFacts(w *wire) error {
	var facts wireFacts
	if err := unpack(w.Facts, &facts); err != nil {
		return fmt.Errorf("facts: %w", err)
	}
	inUTC(&facts)
	f := &r.Facts
	f.LastRun, f.Boot, f.BootedAt, f.Retired = facts.LastRun, facts.Boot, facts.BootedAt, facts.Retired
	f.LastInstall, f.ScanStatement, f.RunStatement = facts.LastInstall, facts.ScanStatement, facts.RunStatement
	if len(facts.Machines) > 0 {
		f.Machines = make(map[classify.Day][]string, len(facts.Machines))
	}
	for _, m := range facts.Machines {
		f.Machines[m.Day] = m.Machines
	}
	var err error
	if f.Unchanged, err = facts.Unchanged.unpack(); err != nil {
		return err
	}
	if f.Incomplete, err = facts.Incomplete.unpack(); err != nil {
		return err
	}
	if err := r.decodeFull(&facts, w); err != nil {
		return err
	}
	f.Outcomes = unpackRuns(facts.Runs)
	if len(facts.Outcomes) > 0 {
		f.Outcomes = make(map[classify.PackageKey]classify.Outcomes, len(facts.Outcomes))
	}
	for _, o := range facts.Outcomes {
		f.Outcomes[o.PackageKey] = o.Outcomes
	}
	if len(facts.Overrides) > 0 {
		f.Overrides = make(map[string]classify.OverrideFact, len(facts.Overrides))
	}
	for _, o := range facts.Overrides {
		f.Overrides[o.Override.Patch] = o
	}
	f.Trim()
	f.Upgrade()
	return nil
}

// decodeFull reads the head of the full scan. The oldest records have none, and are read whole.
func (r *Record) decodeFull(facts *wireFacts, w *wire) (err error) {
	if facts.Full == nil {
		return nil
	}
	full := &classify.ScanFact{Stamp: *facts.Full}
	r.Facts.Full, r.full = full, &fullScan{of: full, text: w.Full, plain: w.ScanBytes, stored: w.V >= apartVersion}
	r.earlier = r.full
	if len(facts.Head) == 0 {
		full.Scan, err = decodeScan(w.Full)
	} else if full.Scan, err = messages.DecodeScanHead(facts.Head); err == nil {
		r.head = &blob{full, facts.Head}
	}
	if err != nil {
		return fmt.Errorf("full scan: %w", err)
	}
	return nil
}

func (w *wireScan) unpack() (*classify.ScanFact, error) {
	if w == nil {
		return nil, nil
	}
	scan, err := decodeScan(w.Scan)
	if err != nil {
		return nil, err
	}
	return &classify.ScanFact{Stamp: w.Stamp, Scan: scan}, nil
}

const zstdName = "zstd"

// zstdMagic is what each frame begins with (RFC 8878, 3.1.1), and no map of MessagePack does.
var zstdMagic = []byte("\x28\xb5\x2f\xfd")

// storedAs is how a scan is encoded that is compressed or not.
func storedAs(text []byte) messages.Encoding {
	if bytes.HasPrefix(text, zstdMagic) {
		return messages.Encoding{ContentEncoding: zstdName}
	}
	return messages.Encoding{}
}

// decodeScan reads a scan, compressed or not.
func decodeScan(text []byte) (*messages.Scan, error) {
	e, err := messages.Decode(messages.KindScan, text, storedAs(text))
	if err != nil {
		return nil, err
	}
	return e.(*messages.Scan), nil
}
