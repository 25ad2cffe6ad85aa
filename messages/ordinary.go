package messages

import (
	"unicode/utf8"

	"github.com/patchstream/patchstream/messages/wire"
)

// ordinary reports whether the lists of the scan are written as our publishers write, and together are within the bounds of all packages of a
// scan. Single elements are not checked, nor what they refer to. The packages stand in Scan by name afterwards.
func (o *OpenedScan) ordinary() bool {
	if others := o.name(); len(others) > 0 {
		return false
	}
	for i := range o.lists.advisories.Len() {
		if id, ok := advisoryID(o.lists.advisories.At(i)); !ok || !utf8.Valid(id) {
			return false
		}
	}
	list := &o.lists.packages
	if len(list.Bytes()) <= maxUncounted {
		return true
	}
	var t totals
	for i := range list.Len() {
		if !t.add(list.At(i)) {
			return false
		}
	}
	return true
}

// maxUncounted is how many bytes of packages can never be beyond the bounds of a scan, if no package has more versions than it may: nothing
// need be counted.
const maxUncounted = min(MaxVersions, MaxNamedBytes/(MaxPackageVersions+utf8Bytes))

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

// totals count what the packages of a scan come to, never less than the check of a whole scan counts.
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

// advisoryID returns the id of an advisory as it came; false where it is written in another way than ours.
func advisoryID(element []byte) ([]byte, bool) {
	f, ok := wire.FieldsOf(element)
	if !ok {
		return nil, false
	}
	return f.Text()
}
