package record

import (
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// refs are the texts of a package that its patch may have, each under a number.
type refs struct {
	p     *messages.Package // nil: the patch is of no package of the full scan
	os    *messages.OS
	names *names // nil: each is put together by itself
}

// names are what packages are called as patches, put together side by side.
type names struct{ piece strings.Builder }

// namesBytes is how many bytes of names are made at once.
const namesBytes = 4 << 10

// of is [messages.OS.PatchName].
func (n *names) of(p *messages.Package, os *messages.OS) string {
	if n == nil || os.IsPatchName(p.Name, p.Name, p.Arch) {
		return os.PatchName(p.Name, p.Arch)
	}
	length := len(p.Name) + 1 + len(p.Arch)
	if n.piece.Cap()-n.piece.Len() < length {
		n.piece.Reset()
		n.piece.Grow(max(length, namesBytes))
	}
	begin := n.piece.Len()
	n.piece.WriteString(p.Name)
	n.piece.WriteByte('.')
	n.piece.WriteString(p.Arch)
	return n.piece.String()[begin:]
}

// maxRefs is from which number on a text is written out, and its length that much less.
const maxRefs = 32

// The numbers below refVersions; from that on those of the versions.
const (
	refNone = iota // the empty text
	refName
	refArch
	refPatch
	refInstalled
	refCandidate
	refVersions
)

// find returns the number of a text, the first that it has.
func (r *refs) find(s string) (n int, found bool) {
	switch {
	case s == "":
		return refNone, true
	case r.p == nil:
		return 0, false
	case r.os.IsPatchName(s, r.p.Name, r.p.Arch):
		return refPatch, true
	case s == r.p.Name:
		return refName, true
	case r.p.Installed != nil && s == *r.p.Installed:
		return refInstalled, true
	case s == r.p.Candidate:
		return refCandidate, true
	case s == r.p.Arch:
		return refArch, true
	}
	for i := range min(len(r.p.Versions), maxRefs-refVersions) {
		if s == r.p.Versions[i].Version {
			return refVersions + i, true
		}
	}
	return 0, false
}

// get returns the text of a number; false where the package has none.
func (r *refs) get(n uint64) (string, bool) {
	switch {
	case n == refNone:
		return "", true
	case r.p == nil:
		return "", false
	}
	switch n {
	case refName:
		return r.p.Name, true
	case refArch:
		return r.p.Arch, true
	case refPatch:
		return r.names.of(r.p, r.os), true
	case refInstalled:
		if r.p.Installed == nil {
			return "", false
		}
		return *r.p.Installed, true
	case refCandidate:
		return r.p.Candidate, true
	}
	if n -= refVersions; n < uint64(len(r.p.Versions)) {
		return r.p.Versions[n].Version, true
	}
	return "", false
}
