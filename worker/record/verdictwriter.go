package record

import (
	"encoding/binary"
	"fmt"
	"sort"
	"strings"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// verdictWriter puts verdicts together.
type verdictWriter struct {
	verdicts
	at      map[string]uint32 // positions of the patches
	textsAt map[string]uint32
	one     patchWriter
	samples [slots]sample
}

func newVerdictWriter(packages int) *verdictWriter {
	return &verdictWriter{verdicts: verdicts{of: make([]uint32, packages)}, at: make(map[string]uint32), textsAt: make(map[string]uint32)}
}

// again returns the number of a patch that was among others.
func (w *verdictWriter) again(was *verdicts, patch string) (uint32, error) {
	if strings.HasPrefix(patch, "\x00") { // it has no long text
		n, ok := w.at[patch]
		if !ok {
			n = w.add(patch)
		}
		return n, nil
	}
	r := patchReader{long: was.texts}
	r.begin(patch)
	w.one.begin(refs{})
	for _, at := range r.local {
		w.one.long = append(w.one.long, was.texts[at])
	}
	w.one.fields = append(w.one.fields, r.rest...)
	return w.numberOf(&w.one), r.err
}

// number returns the number of a patch.
func (w *verdictWriter) number(p *classify.Item, of refs, frame *classify.Frame) (uint32, error) {
	texts, ordinary := of.textsOf(p, frame)
	if !ordinary {
		return w.written(p, of, frame)
	}
	s := &w.samples[texts.slot(p)]
	if s.is(p, &texts) {
		return s.number, nil
	}
	n, err := w.written(p, of, frame)
	*s = sample{p, texts, n}
	return n, err
}

// written writes a patch, and returns its number.
func (w *verdictWriter) written(p *classify.Item, of refs, frame *classify.Frame) (uint32, error) {
	w.one.begin(of)
	if err := w.one.patch(p, frame); err != nil {
		return 0, fmt.Errorf("patch %s: %w", p.Patch, err)
	}
	return w.numberOf(&w.one), nil
}

func (w *verdictWriter) numberOf(p *patchWriter) uint32 {
	p.whole = binary.AppendUvarint(p.whole[:0], uint64(len(p.long)))
	for _, s := range p.long {
		at, ok := w.textsAt[s]
		if !ok {
			at = uint32(len(w.texts))
			w.textsAt[s], w.texts = at, append(w.texts, s)
		}
		p.whole = binary.AppendUvarint(p.whole, uint64(at))
	}
	p.whole = append(p.whole, p.fields...)
	n, ok := w.at[string(p.whole)]
	if !ok {
		n = w.add(string(p.whole))
	}
	return n
}

func (w *verdictWriter) add(patch string) uint32 {
	n := uint32(len(w.patches))
	w.at[patch] = n
	w.patches = append(w.patches, patch)
	return n
}

// write adds the patches of a report, of which packages is the full scan.
func (w *verdictWriter) write(items []classify.Item, packages []messages.Package, os *messages.OS, frame *classify.Frame) error {
	of := itemsByPackage{items: items, os: os}
	placed := make([]bool, len(items))
	for position := range packages {
		p := &packages[position]
		i := of.find(p)
		if i < 0 || placed[i] {
			continue
		}
		n, err := w.number(&items[i], refs{p: p, os: os}, frame)
		if err != nil {
			return err
		}
		w.of[position], placed[i] = n+1, true
	}
	for i := range items {
		if placed[i] {
			continue
		}
		n, err := w.number(&items[i], refs{}, frame)
		if err != nil {
			return err
		}
		w.loose = append(w.loose, n)
	}
	return nil
}

// itemsByPackage finds items, which are in the order of a report, by their packages. Both are nearly in the same order: it looks first
// around the one that was found last.
type itemsByPackage struct {
	items []classify.Item
	os    *messages.OS
	next  int // the one that is looked at first
}

// near is how many items to either side are looked at before one is looked for by its patch.
const near = 8

func (of *itemsByPackage) find(p *messages.Package) int {
	if of.next < len(of.items) && of.is(of.next, p) {
		of.next++
		return of.next - 1
	}
	for i := max(0, of.next-near); i < min(len(of.items), of.next+near); i++ {
		if of.is(i, p) {
			of.next = i + 1
			return i
		}
	}
	patch := of.os.PatchName(p.Name, p.Arch)
	first := sort.Search(len(of.items), func(i int) bool { return of.items[i].Patch >= patch })
	for i := first; i < len(of.items) && of.items[i].Patch == patch; i++ {
		if of.is(i, p) {
			of.next = i + 1
			return i
		}
	}
	return -1
}

func (of *itemsByPackage) is(i int, p *messages.Package) bool {
	item := &of.items[i]
	return item.Name == p.Name && item.Arch == p.Arch && item.Reason.Code != messages.BecauseNoSuchPackage
}
