package messages

import (
	"strings"
	"unicode/utf8"

	"github.com/patchstream/patchstream/messages/wire"
)

// Installation is a package in the version that stands as the one on the host.
type Installation struct{ Patch, Name, Arch, Version string } // Patch: what the package is called as a patch

// Listing is what a list of a fleet needs of the packages of a scan.
type Listing struct {
	// Installed has the packages by position, but for those that are Read. Where no version stands there is none, and nothing else.
	Installed []Installation

	// Read are the packages at the positions At, which rise: what they are called, the version on the host, the candidate, and of
	// the versions what they are called.
	Read []Package
	At   []int
}

// listedFields are those of a package that are read for a listing.
var listedFields = wire.MapOrListOf(
	text("name", func(p *Package) *string { return &p.Name }).Required(),
	text("arch", func(p *Package) *string { return &p.Arch }).Required(),
	wire.TextOrNil("installed", MaxVersionBytes, func(p *Package) **string { return &p.Installed }),
	wire.ShortRecords("versions", MaxPackageVersions, MaxVersions, "versions in the scan", listedVersionFields,
		func(p *Package) *[]Version { return &p.Versions }),
	version("candidate", func(p *Package) *string { return &p.Candidate }),
)

var listedVersionFields = wire.MapOrListOf(version("version", func(v *Version) *string { return &v.Version }).Required())

// List lists the packages of a scan that [OpenTaken] opened. Those that are wanted, by position, are Read, and perhaps others.
func (o *OpenedScan) List(wanted func(at int) bool) (*Listing, error) {
	if o.lists == nil {
		return o.listRead()
	}
	const textPart = 3 // of what is said of a package, about
	list := &o.lists.packages
	l := &Listing{Installed: make([]Installation, list.Len())}
	texts := texts{alone: o.Scan.OS.namesAlone()}
	texts.Grow(len(list.Bytes()) / textPart)
	for i := range l.Installed {
		if wanted(i) || !texts.installation(list.At(i), &l.Installed[i]) {
			l.At = append(l.At, i)
		}
	}
	if !utf8.ValidString(texts.String()) {
		return o.listRead()
	}
	var err error
	l.Read, err = wire.ReadElements(list, l.At, listedFields)
	return l, err
}

// listRead is List by reading everything.
func (o *OpenedScan) listRead() (*Listing, error) {
	if err := o.Packages(); err != nil {
		return nil, err
	}
	n := len(o.Scan.Packages)
	return &Listing{Installed: make([]Installation, n), Read: o.Scan.Packages, At: positions(n)}, nil
}

// texts keeps texts that share memory.
type texts struct {
	strings.Builder
	arch  string // the one before
	alone bool   // patches are called by their names alone
}

func (t *texts) add(text []byte) string {
	begin := t.Len()
	t.Write(text)
	return t.String()[begin:]
}

// installation reads how a package begins; false where it is written in another way than ours.
func (t *texts) installation(element []byte, is *Installation) bool {
	f, ok := wire.FieldsOf(element)
	if !ok {
		return false
	}
	name, ok1 := f.Text()
	arch, ok2 := f.Text()
	version, isNil, ok3 := f.TextOrNil()
	if !ok1 || !ok2 || !ok3 {
		return false
	}
	if isNil {
		return true
	}
	begin := t.Len()
	t.Write(name)
	if !t.alone {
		t.WriteByte('.')
		t.Write(arch)
	}
	is.Patch = t.String()[begin:]
	is.Name = is.Patch[:len(name)]
	if string(arch) != t.arch {
		t.arch = t.add(arch)
	}
	is.Arch, is.Version = t.arch, t.add(version)
	return true
}
