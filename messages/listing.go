package messages

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/patchstream/patchstream/messages/wire"
)

// Installation is a package in the version that stands as the one on the host.
type Installation struct{ Patch, Name, Arch, Version string } // Patch: what the package is called as a patch

// Listing is what a list of a fleet needs of the packages of a scan. Its texts may be used after it was released, and nothing else of it.
type Listing struct {
	// Installed has the packages by position. It is empty for those that are Read, and those without a version on the host.
	Installed []Installation

	// Read are the packages at the positions At, which rise: what they are called, the version on the host, the candidate, and of
	// the versions what they are called.
	Read []Package
	At   []int

	versions  []Version // of those that are read
	installed []string
	texts     texts
	whole     bool // Read is the packages of a scan that was read whole: no memory of ours
}

var listings = sync.Pool{New: func() any { return new(Listing) }}

// List lists the packages of a scan that [OpenTaken] opened. Those that are wanted, by position, are Read, and perhaps others. Whoever
// has a listing releases it.
func (o *OpenedScan) List(wanted func(at int) bool) (*Listing, error) {
	if o.lists == nil {
		return o.listWhole()
	}
	l := listings.Get().(*Listing)
	if !l.list(&o.lists.packages, o.Scan.OS.namesAlone(), wanted) {
		l.Release()
		return o.listWhole()
	}
	return l, nil
}

// listWhole is List by reading everything.
func (o *OpenedScan) listWhole() (*Listing, error) {
	if err := o.Packages(); err != nil {
		return nil, err
	}
	n := len(o.Scan.Packages)
	o.list = nil // they stay when the scan is released
	return &Listing{Installed: make([]Installation, n), Read: o.Scan.Packages, At: positions(n), whole: true}, nil
}

// maxIdlePackages is how many packages a listing may have room for that waits to be used again.
const maxIdlePackages = 10_000

// Release gives back the memory of the listing.
func (l *Listing) Release() {
	if l.whole || cap(l.Installed) > maxIdlePackages {
		return
	}
	clear(l.Installed)
	clear(l.Read)
	clear(l.versions)
	clear(l.installed)
	*l = Listing{Installed: l.Installed[:0], Read: l.Read[:0], At: l.At[:0], versions: l.versions[:0], installed: l.installed[:0]}
	listings.Put(l)
}

// list reads a list of packages; false where one is written in another way than ours.
func (l *Listing) list(list *wire.List, namesAlone bool, wanted func(at int) bool) bool {
	const textPart = 3 // of what is said of a package, about
	l.texts = texts{alone: namesAlone}
	l.texts.Grow(len(list.Bytes()) / textPart)
	l.Installed = slices.Grow(l.Installed, list.Len())
	for i := range list.Len() {
		var is Installation
		f, ok := wire.FieldsOf(list.At(i))
		switch {
		case !ok:
		case wanted(i):
			ok = l.read(&f)
			l.At = append(l.At, i)
		default:
			ok = l.texts.installation(&f, &is)
		}
		if !ok {
			return false
		}
		l.Installed = append(l.Installed, is)
	}
	return !l.texts.torn && utf8.ValidString(l.texts.String())
}

// read reads a package.
func (l *Listing) read(f *wire.Fields) bool {
	var p Package
	name, ok1 := f.Text()
	arch, ok2 := f.Text()
	installed, isNil, ok3 := f.TextOrNil()
	if !ok1 || !ok2 || !ok3 {
		return false
	}
	p.Name, p.Arch = l.texts.add(name), l.texts.sameArch(arch)
	if !isNil {
		l.installed = append(l.installed, l.texts.add(installed))
		p.Installed = &l.installed[len(l.installed)-1]
	}
	begin := len(l.versions)
	ok := f.Records(func(f wire.Fields) bool {
		version, ok := f.Text()
		l.versions = append(l.versions, Version{Version: l.texts.add(version)})
		return ok
	})
	p.Versions = l.versions[begin:len(l.versions):len(l.versions)]
	candidate, _, ok4 := f.TextOrNil()
	p.Candidate = l.texts.add(candidate)
	l.Read = append(l.Read, p)
	return ok && ok4
}

// texts keeps texts that share memory.
type texts struct {
	strings.Builder
	arch  string // the one that was added last
	alone bool   // patches are called by their names alone
	torn  bool   // some text begins in the middle of a character, and would be whole behind another
}

func (t *texts) add(text []byte) string {
	begin := t.Len()
	t.write(text)
	return t.String()[begin:]
}

func (t *texts) write(text []byte) {
	if len(text) > 0 && !utf8.RuneStart(text[0]) {
		t.torn = true
	}
	t.Write(text)
}

// sameArch returns an architecture, and adds it unless it was the last one: most are.
func (t *texts) sameArch(arch []byte) string {
	if string(arch) != t.arch {
		t.arch = t.add(arch)
	}
	return t.arch
}

// installation reads the beginning of a package: its name, its architecture and the version on the host, if there is one.
func (t *texts) installation(f *wire.Fields, is *Installation) bool {
	name, ok1 := f.Text()
	arch, ok2 := f.Text()
	version, isNil, ok3 := f.TextOrNil()
	if !ok1 || !ok2 || !ok3 || isNil {
		return ok1 && ok2 && ok3
	}
	begin := t.Len()
	t.write(name)
	if !t.alone {
		t.WriteByte('.')
		t.write(arch)
	}
	is.Patch = t.String()[begin:]
	is.Name = is.Patch[:len(name)]
	is.Arch, is.Version = t.sameArch(arch), t.add(version)
	return true
}
