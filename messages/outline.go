package messages

import (
	"unicode/utf8"

	"github.com/patchstream/patchstream/messages/wire"
)

// outline puts into Scan the packages that the changes of the lists are about: those that came, and those that may refer to an advisory that
// came, went or changed. The others stand there by name already.
func (o *OpenedScan) outline(c *ListChanges) error {
	if o.whole || !o.left {
		return nil
	}
	ids := make([]string, 0, len(c.Notices))
	for id := range c.Notices {
		ids = append(ids, id)
	}
	referring, ok := o.perhapsReferring(ids, c.Was)
	if !ok {
		return o.Packages()
	}
	for i, at := range c.Added {
		o.Scan.Packages[at] = c.Came[i]
	}
	return o.read(referring)
}

// name puts into Scan its packages by what they are called alone, and returns the positions of those that are written in another way than
// ours: they are left empty.
func (o *OpenedScan) name() (others []int) {
	list := &o.lists.packages
	packages := o.emptyList(list.Len())[:list.Len()]
	const namePart = 6 // of what is said of a package, about
	var texts texts
	texts.Grow(len(list.Bytes()) / namePart)
	for i := range packages {
		if !texts.name(list.At(i), &packages[i]) {
			others = append(others, i)
		}
	}
	o.list.filled(packages, 0)
	o.Scan.Packages, o.named = packages, true
	return others
}

// name reads what a package is called; false where that is written in another way than ours.
func (t *texts) name(element []byte, p *Package) bool {
	f, _ := wire.FieldsOf(element)
	name, named := f.Text()
	arch, arched := f.Text()
	if !named || !arched || !utf8.Valid(name) {
		return false
	}
	if string(arch) != t.arch {
		if !utf8.Valid(arch) {
			return false
		}
		t.arch = t.add(arch)
	}
	p.Name, p.Arch = t.add(name), t.arch
	return true
}

// Read reads the packages that are wanted, and all advisories, of a scan that was compared, or taken before. Unless Scan is Whole afterwards,
// it has the other packages by name and architecture alone, or as they were read before.
func (o *OpenedScan) Read(wanted func(name, arch string) bool) error {
	if o.whole {
		return nil
	}
	if o.lists == nil || !o.kept {
		return o.Packages()
	}
	var at []int
	if !o.named {
		at = o.name()
	}
	for i := range o.Scan.Packages {
		if p := &o.Scan.Packages[i]; wanted(p.Name, p.Arch) {
			at = append(at, i)
		}
	}
	if err := o.read(at); err != nil {
		return err
	}
	var err error
	o.Scan.Advisories, err = wire.ReadElements(&o.lists.advisories, positions(o.lists.advisories.Len()), advisoryFields)
	return err
}

// read reads the packages at some positions.
func (o *OpenedScan) read(at []int) error {
	packages, err := wire.ReadElements(&o.lists.packages, at, packageFields)
	if err != nil {
		return err
	}
	for i := range packages {
		o.Scan.Packages[at[i]] = packages[i]
	}
	return nil
}
