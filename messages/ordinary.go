package messages

import (
	"unicode/utf8"

	"github.com/patchstream/patchstream/messages/wire"
)

// ordinary reports whether the head of the scan keeps the contract, and its lists do as far as that is not a matter of single
// elements or of how they refer to each other.
func (o *OpenedScan) ordinary() bool {
	s := o.Scan
	if !s.Complete || s.Unchanged || !keepsHead(s) {
		return false
	}
	var t totals
	for i := range o.lists.packages.Len() {
		if !t.add(o.lists.packages.At(i)) {
			return false
		}
	}
	for i := range o.lists.advisories.Len() {
		if id, ok := advisoryID(o.lists.advisories.At(i)); !ok || !utf8.Valid(id) {
			return false
		}
	}
	return true
}

// keepsHead reports whether a scan keeps the contract but for its packages and advisories.
func keepsHead(s *Scan) bool {
	var c checker
	c.enter()
	c.head(s)
	c.machine(s.Machine)
	return c.err == nil
}

// MaxComparedBytes is how large scans may be, decompressed, that are compared: it takes the memory of both.
const MaxComparedBytes = 2_000_000

// An element takes a byte at least, and so no scan that is compared has more of them than all lists together may have; nor come
// the ids of its advisories to too many bytes.
const (
	_ = uint(MaxListItems - MaxComparedBytes)
	_ = uint(MaxNamedBytes - utf8Bytes*MaxComparedBytes)
)

// utf8Bytes is how many bytes a byte may take that is not UTF-8.
const utf8Bytes = 3

// totals are what the packages of a scan come to, at most.
type totals struct{ versions, namedBytes int }

// add adds a package as it came, and reports whether all are within the bounds of a scan.
func (t *totals) add(element []byte) bool {
	f, ok := wire.FieldsOf(element)
	if !ok {
		return false
	}
	name, named := f.Text()
	arch, arched := f.Text()
	passed := f.Skip()
	versions, counted := f.Count()
	if !named || !arched || !passed || !counted || !utf8.Valid(name) || !utf8.Valid(arch) {
		return false
	}
	t.versions += versions
	t.namedBytes += (len(name)+len(arch))*max(1, versions) + utf8Bytes*len(element)
	return t.versions <= MaxVersions && t.namedBytes <= MaxNamedBytes
}

// rawKey is what a package is known by, or an advisory, as it came.
type rawKey struct{ name, arch []byte }

// packageKey returns the key of a package of an ordinary scan.
func packageKey(element []byte) rawKey {
	f, _ := wire.FieldsOf(element)
	name, _ := f.Text()
	arch, _ := f.Text()
	return rawKey{name, arch}
}

// advisoryID returns the id of an advisory as it came; false where it is written in another way than ours.
func advisoryID(element []byte) ([]byte, bool) {
	f, ok := wire.FieldsOf(element)
	if !ok {
		return nil, false
	}
	return f.Text()
}
