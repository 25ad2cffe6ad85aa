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

// listFacts puts into lists what the facts have in maps.
func (r *atRest) listFacts() {
	f := &r.Facts
	for _, day := range slices.Sorted(maps.Keys(f.Machines)) {
		r.machines = append(r.machines, machines{day, f.Machines[day]})
	}
	r.runs = packRuns(f.Outcomes)
	r.overrides = slices.SortedFunc(maps.Values(f.Overrides), func(a, b classify.OverrideFact) int {
		return cmp.Compare(a.Override.Patch, b.Override.Patch)
	})
}

// openFacts makes facts of what was read of them.
func (r *atRest) openFacts() error {
	f := &r.Facts
	if err := r.openFull(); err != nil {
		return err
	}
	for _, fact := range []*classify.ScanFact{f.Full, f.Unchanged, f.Incomplete} {
		if fact != nil && fact.Scan == nil { // whoever has a fact takes its scan to be there
			return fmt.Errorf("scan %s is missing", fact.ID)
		}
	}
	f.Machines = mapOf(r.machines, func(m machines) (classify.Day, []string) { return m.day, m.ids })
	f.Overrides = mapOf(r.overrides, func(o classify.OverrideFact) (string, classify.OverrideFact) { return o.Override.Patch, o })
	if f.Outcomes = unpackRuns(r.runs); len(r.outcomes) > 0 {
		f.Outcomes = mapOf(r.outcomes, func(o outcomes) (classify.PackageKey, classify.Outcomes) { return o.PackageKey, o.Outcomes })
	}
	f.Trim()
	f.Upgrade()
	return nil
}

// mapOf returns a list as a map, by the key and the value of each element; nil where there are none.
func mapOf[E any, K comparable, V any](list []E, pair func(E) (K, V)) map[K]V {
	if len(list) == 0 {
		return nil
	}
	all := make(map[K]V, len(list))
	for _, e := range list {
		key, value := pair(e)
		all[key] = value
	}
	return all
}

// openFull finds what is known of the full scan. The oldest records have no head of it, and it is read whole.
func (r *atRest) openFull() (err error) {
	full := r.Facts.Full
	if full == nil {
		return nil
	}
	r.full = &fullScan{of: full, text: r.scan, plain: r.scanBytes, stored: r.version >= apartVersion}
	r.earlier = r.full
	if full.Scan == nil && !r.full.stored {
		full.Scan, err = decodeScan(r.scan)
	}
	return err
}

// packScanText compresses a scan, unless it could not be read again: as an event it is bounded.
func packScanText(text []byte) ([]byte, error) {
	packed := compress(text)
	if len(packed) > messages.MaxPayloadBytes {
		return nil, fmt.Errorf("%w: a scan has %d bytes, compressed", ErrTooLarge, len(packed))
	}
	return packed, nil
}

// tooLarge makes [ErrTooLarge] of an error that names a field: what we write is beyond the bounds of a message. Nothing else can be wrong
// with it, since what it is made of was within them.
func tooLarge(err error) error {
	var field *messages.FieldError
	if errors.As(err, &field) {
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	return err
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
