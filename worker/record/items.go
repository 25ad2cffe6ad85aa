package record

import (
	"fmt"
	"slices"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// provideItems puts the patches into the report, or those of some packages and the rest of the others.
func (r *Record) provideItems(needs classify.Needs, read ReadScan) (err error) {
	report := r.Report
	if r.items.old {
		plain, err := openPart(r.items.packed)
		if err == nil {
			report.Patches, err = decodeOldPatches(plain.Data, report.Frame)
			plain.Release()
		}
		report.Kept = false
		return wrapped("patches", err)
	}
	v, err := r.verdicts()
	if err != nil {
		return err
	}
	if needs.Only != nil {
		err = r.someItems(v, needs.Only)
	} else {
		err = r.allItems(v, needs.Bare, read)
	}
	if err != nil {
		return err
	}
	classify.SortItems(report.Patches)
	report.Kept = false
	return nil
}

func wrapped(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func (r *Record) verdicts() (*verdicts, error) {
	if len(r.items.packed) == 0 {
		return new(verdicts), nil
	}
	plain, err := openPart(r.items.packed)
	if err != nil {
		return nil, fmt.Errorf("patches: %w", err)
	}
	defer plain.Release()
	v, err := decodeVerdicts(plain.Data)
	if err == nil && v.items() != r.items.number {
		err = errPatches
	}
	return v, err
}

// allItems reads all patches, with the full scan of which the report was made.
func (r *Record) allItems(v *verdicts, bare bool, read ReadScan) error {
	var scan *messages.Scan
	switch of := r.earlier; {
	case of == nil || len(v.of) == 0:
		scan = new(messages.Scan)
	case of == r.full && r.Facts.Full == of.of && len(of.of.Scan.Packages) > 0 && of.opened == nil:
		scan = of.of.Scan
	default:
		var err error
		if scan, err = of.decode(read); err != nil {
			return err
		}
	}
	if len(v.of) > len(scan.Packages) {
		return errPatches
	}
	var items []classify.Item
	if bare {
		r.bare = patchLists.Get().(*[]classify.Item)
		items = *r.bare
	}
	reading := v.readInto(slices.Grow(items, r.items.number), &scan.OS, r.Report.Frame)
	reading.bare = bare
	for at := range v.of {
		reading.take(at, &scan.Packages[at])
	}
	if bare {
		*r.bare = reading.items
	}
	r.Report.Patches, r.Report.Rest = reading.items, nil
	return reading.r.err
}

// someItems reads the patches of some packages, which are in the newest scan or known to be gone since the one before.
func (r *Record) someItems(v *verdicts, only *classify.Selection) error {
	now, lists := r.Facts.Full.Scan, r.lists
	reading := v.readLoose(&now.OS, r.Report.Frame, 2*len(v.loose)+16)
	taken := make(map[int]bool)
	take := func(at int, p *messages.Package) {
		taken[at] = true
		reading.take(at, p)
	}
	for i := range now.Packages {
		p, at := &now.Packages[i], i
		if lists != nil {
			at = lists.Was[i]
		}
		if at >= 0 && only.Has(p.Name, p.Arch) {
			take(at, p)
		}
	}
	if lists != nil {
		for i, at := range lists.GoneAt {
			take(at, &lists.Gone[i])
		}
	}
	tallies, err := v.rest(taken)
	if err != nil {
		return err
	}
	r.Report.Patches, r.Report.Rest = reading.items, &classify.Rest{But: only, Tallies: tallies}
	return reading.r.err
}

// encodeItems returns the patches of the report as they are stored.
func (r *Record) encodeItems() (storedItems, error) {
	report := r.Report
	moved := r.lists != nil && !inPlace(r.lists.Was)
	if report.Kept && !moved {
		return r.items, nil
	}
	var packages []messages.Package
	os := new(messages.OS)
	if full := r.Facts.Full; full != nil {
		packages, os = full.Scan.Packages, &full.Scan.OS
	}
	w := newVerdictWriter(len(packages))
	if report.Kept || report.Rest != nil {
		was, err := r.verdicts()
		if err != nil {
			return storedItems{}, err
		}
		if err := w.carry(was, packages, r.lists, report); err != nil {
			return storedItems{}, err
		}
	}
	if err := w.write(report.Patches, packages, os, report.Frame); err != nil {
		return storedItems{}, err
	}
	text := w.verdicts.encode()
	if len(text) > maxPartBytes {
		return storedItems{}, fmt.Errorf("%w: the report has %d bytes", ErrTooLarge, len(text))
	}
	return storedItems{packed: packText(text), number: w.items()}, nil
}

// inPlace reports whether each package that was listed before is at the position where it was.
func inPlace(was []int) bool {
	for i, at := range was {
		if at >= 0 && at != i {
			return false
		}
	}
	return true
}

// carry has the packages of which a report says nothing new keep what they had.
func (w *verdictWriter) carry(was *verdicts, packages []messages.Package, lists *messages.ListChanges, report *classify.Report) error {
	if report.Kept {
		for _, n := range was.loose {
			again, err := w.again(was, was.patches[n])
			if err != nil {
				return err
			}
			w.loose = append(w.loose, again)
		}
	}
	numbers := make([]uint32, len(was.patches)) // by what they were; 0: not asked for yet
	for i := range packages {
		at := i
		if lists != nil {
			at = lists.Was[i]
		}
		if at < 0 || at >= len(was.of) || was.of[at] == 0 || report.Rest != nil && report.Rest.But.Has(packages[i].Name, packages[i].Arch) {
			continue
		}
		n := &numbers[was.of[at]-1]
		if *n == 0 {
			again, err := w.again(was, was.patches[was.of[at]-1])
			if err != nil {
				return err
			}
			*n = again + 1
		}
		w.of[i] = *n
	}
	return nil
}
