package messages

import (
	"strings"

	"github.com/patchstream/patchstream/messages/wire"
)

// List returns the packages of a scan that [OpenTaken] opened. Of those that are not wanted whole, by their positions, it reads
// no more than what they are called and the installed version.
func (o *OpenedScan) List(whole func(at int) bool) ([]Package, error) {
	if o.lists == nil {
		err := o.Packages()
		return o.Scan.Packages, err
	}
	list := &o.lists.packages
	packages, installed := make([]Package, list.Len()), make([]string, list.Len())
	const textPart = 3 // of what is said of a package, about
	var texts texts
	texts.Grow(len(list.Bytes()) / textPart)
	var wanted []int
	for i := range packages {
		if whole(i) || !texts.head(list.At(i), &packages[i], &installed[i]) {
			wanted = append(wanted, i)
		}
	}
	read, err := wire.ReadElements(list, wanted, packageFields)
	if err != nil {
		return nil, err
	}
	for i, at := range wanted {
		packages[at] = read[i]
	}
	return packages, nil
}

// texts keeps texts that share memory.
type texts struct {
	strings.Builder
	arch string // the one before
}

func (t *texts) add(text []byte) string {
	begin := t.Len()
	t.Write(text)
	return t.String()[begin:]
}

// head reads how a package begins; false where it is written in another way than ours.
func (t *texts) head(element []byte, p *Package, installed *string) bool {
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
	if string(arch) != t.arch {
		t.arch = t.add(arch)
	}
	p.Name, p.Arch = t.add(name), t.arch
	if !isNil {
		*installed = t.add(version)
		p.Installed = installed
	}
	return true
}
