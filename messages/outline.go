package messages

import (
	"strings"

	"github.com/patchstream/patchstream/messages/wire"
)

// outline has Scan list its packages, by what they are called, and whole as far as the changes of the lists are about them.
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
	o.Scan.Packages = o.named()
	for i, at := range c.Added {
		o.Scan.Packages[at] = c.Came[i]
	}
	return o.read(referring)
}

// named returns the packages without what is said of them. What they are called shares memory.
func (o *OpenedScan) named() []Package {
	list := &o.lists.packages
	size := 0
	for i := range list.Len() {
		key := packageKey(list.At(i))
		size += len(key.name) + len(key.arch)
	}
	packages := make([]Package, list.Len())
	var all strings.Builder
	all.Grow(size)
	add := func(text []byte) string {
		begin := all.Len()
		all.Write(text)
		return all.String()[begin:]
	}
	arch := ""
	for i := range packages {
		key := packageKey(list.At(i))
		packages[i].Name = add(key.name)
		if string(key.arch) != arch {
			arch = add(key.arch)
		}
		packages[i].Arch = arch
	}
	return packages
}

// Read reads, of a scan that was compared, the packages that are wanted, and all advisories.
func (o *OpenedScan) Read(wanted func(name, arch string) bool) error {
	if o.whole {
		return nil
	}
	if len(o.Scan.Packages) != o.lists.packages.Len() { // it was not compared, and nothing is known of its packages
		return o.Packages()
	}
	var at []int
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
