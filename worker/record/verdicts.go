package record

import (
	"encoding/binary"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// verdicts are the patches of a report as they are stored. Most packages of a host share a verdict with many others: each one that is
// different stands there once, and for each package, by its position in the full scan, which it has. So the patches of a host take a byte
// or two each, what a package is called stands in the scan alone, and the verdict on a package that a newer scan lists in the same bytes
// is carried over without looking at it.
//
//	verdicts = count (length text)… count (length patch)… count verdict… count verdict…
//	patch    = count text… fields
//
// The third list is of the patches that are of no package of the scan, the fourth has 0 for a package without a patch, and else the
// verdict's number and 1. Long texts, such as the id of a run, stand there once too, and a patch begins with the numbers of those that it has.
type verdicts struct {
	texts   []string
	patches []string // each once
	loose   []uint32
	of      []uint32 // by position in the full scan
}

func decodeVerdicts(text []byte) (*verdicts, error) {
	r := patchReader{rest: string(text)}
	v := new(verdicts)
	for _, list := range []*[]string{&v.texts, &v.patches} {
		*list = make([]string, r.count(1))
		for i := range *list {
			(*list)[i] = r.string(r.number())
		}
	}
	v.loose = make([]uint32, r.count(1))
	for i := range v.loose {
		v.loose[i] = r.verdict(len(v.patches))
	}
	v.of = make([]uint32, r.count(1))
	for i := range v.of {
		v.of[i] = r.verdict(len(v.patches) + 1)
	}
	if len(r.rest) > 0 {
		r.fail(nil)
	}
	return v, r.err
}

func (r *patchReader) verdict(below int) uint32 {
	n := r.number()
	if n >= uint64(below) {
		r.fail(nil)
		return 0
	}
	return uint32(n)
}

func (v *verdicts) encode() []byte {
	size := 3*binary.MaxVarintLen64 + 2*len(v.of) + 2*len(v.loose)
	for _, list := range [][]string{v.texts, v.patches} {
		for _, s := range list {
			size += binary.MaxVarintLen32 + len(s)
		}
	}
	text := make([]byte, 0, size)
	for _, list := range [][]string{v.texts, v.patches} {
		text = binary.AppendUvarint(text, uint64(len(list)))
		for _, s := range list {
			text = append(binary.AppendUvarint(text, uint64(len(s))), s...)
		}
	}
	of := v.of
	for len(of) > 0 && of[len(of)-1] == 0 {
		of = of[:len(of)-1]
	}
	for _, list := range [][]uint32{v.loose, of} {
		text = binary.AppendUvarint(text, uint64(len(list)))
		for _, n := range list {
			text = binary.AppendUvarint(text, uint64(n))
		}
	}
	return text
}

// items returns how many patches there are.
func (v *verdicts) items() int {
	n := len(v.loose)
	for _, of := range v.of {
		if of > 0 {
			n++
		}
	}
	return n
}

// reading reads the patches of packages that are listed one by one.
type reading struct {
	*verdicts
	r      patchReader
	os     *messages.OS
	items  []classify.Item
	bare   bool    // of what has a package no reason is asked for but the override
	models []model // by patch
	names  names
}

// readLoose begins to read patches, room for some: it reads those that are of no package.
func (v *verdicts) readLoose(os *messages.OS, frame *classify.Frame, room int) *reading {
	return v.readInto(make([]classify.Item, 0, room+len(v.loose)), os, frame)
}

// readInto is readLoose that appends to a list.
func (v *verdicts) readInto(items []classify.Item, os *messages.OS, frame *classify.Frame) *reading {
	r := &reading{verdicts: v, r: patchReader{frame: frame, long: v.texts}, os: os, items: items, models: make([]model, len(v.patches))}
	for _, n := range v.loose {
		r.read(v.patches[n])
	}
	return r
}

// take reads the patch of the package at a position, if it has one.
func (r *reading) take(at int, p *messages.Package) {
	if at >= len(r.verdicts.of) || r.verdicts.of[at] == 0 {
		return
	}
	r.r.refs = refs{p, r.os, &r.names}
	n := r.verdicts.of[at] - 1
	if m := &r.models[n]; m.made {
		r.copy(m)
	} else {
		r.read(r.patches[n])
		if *m = r.modelOf(); r.bare {
			why := &r.items[len(r.items)-1].Reason
			*why = messages.Reason{Override: why.Override}
		}
	}
}

func (r *reading) read(patch string) {
	r.items = append(r.items, classify.Item{})
	r.r.begin(patch)
	if r.r.patch(&r.items[len(r.items)-1]); len(r.r.rest) > 0 {
		r.r.fail(nil)
	}
}

// rest returns the tallies of the patches of packages of which skip does not have the position.
func (v *verdicts) rest(skip map[int]bool) ([]classify.Tally, error) {
	numbers := make([]int, len(v.patches))
	for at, n := range v.of {
		if n > 0 && !skip[at] {
			numbers[n-1]++
		}
	}
	var tallies []classify.Tally
	r := patchReader{refs: refs{p: anyPackage, os: new(messages.OS)}, frame: new(classify.Frame), long: v.texts}
	for i, n := range numbers {
		if n == 0 {
			continue
		}
		var item classify.Item
		r.begin(v.patches[i])
		r.patch(&item)
		t := classify.TallyOf(&item)
		t.Number = n
		tallies = classify.AddTally(tallies, t)
	}
	return tallies, r.err
}

// anyPackage has any text that a patch may take from its package.
var anyPackage = &messages.Package{Installed: new(""), Versions: make([]messages.Version, maxRefs)}
