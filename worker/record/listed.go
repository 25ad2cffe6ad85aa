package record

import (
	"context"
	"fmt"
	"sync"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Listed is what of a record is needed to list a fleet.
type Listed struct {
	Reported // with the patches alone that say more of their packages than that they are plainly installed, in no order

	Installed []messages.Installation // by all patches; one without a version is none

	list    *messages.Listing // that Installed is of; nil: it is its own, and so are the patches
	patches *[]classify.Item
}

// patchLists is memory for patches that nobody uses.
var patchLists = sync.Pool{New: func() any { return new([]classify.Item) }}

// maxIdlePatches is how many patches a list may have room for that waits to be used again.
const maxIdlePatches = 4_096

// giveBack gives the memory of patches back; nil: there is none.
func giveBack(patches *[]classify.Item) {
	if patches == nil || cap(*patches) > maxIdlePatches {
		return
	}
	clear(*patches)
	*patches = (*patches)[:0]
	patchLists.Put(patches)
}

// Release gives back the memory of the patches and of what is Installed, but for their texts.
func (l *Listed) Release() {
	if l.list == nil {
		return
	}
	l.list.Release()
	giveBack(l.patches)
	*l = Listed{}
}

// Listed is [Store.Reported] for who lists a fleet. large is held while a large scan is read, which may come to a hundred times as much.
// Whoever has what is listed releases it.
func (s *Store) Listed(ctx context.Context, host string, text []byte, version uint64, large sync.Locker) (l Listed, err error) {
	l.Reported, err = s.reported(ctx, host, text, version, func(r *Record, read ReadScan) (err error) {
		if r.plainBytes > largeBytes {
			large.Lock()
			defer large.Unlock()
		}
		return l.provide(r, read)
	})
	return l, err
}

// largeBytes is from when on a record is large, with its full scan, decompressed.
const largeBytes = 8 << 20

// provide puts into the report of a record the patches that are listed.
func (l *Listed) provide(r *Record, read ReadScan) error {
	report, of := r.Report, r.earlier
	if report == nil || r.items.old || of == nil {
		if err := r.Provide(classify.Needs{Items: true}, read); err != nil || report == nil {
			return err
		}
		l.Installed = installed(report.Patches)
		return nil
	}
	v, err := r.verdicts()
	if err != nil {
		return err
	}
	plain, err := v.plain()
	if err != nil {
		return err
	}
	if err := of.read(read); err != nil {
		return err
	}
	scan, err := messages.OpenTaken(of.text, storedAs(of.text))
	if err != nil {
		return fmt.Errorf("%w: what is stored of it cannot be read: %w", ErrScanGone, err)
	}
	defer scan.Release()
	list, err := scan.List(func(at int) bool { return at < len(v.of) && v.of[at] > 0 && !plain[v.of[at]-1] })
	if err != nil {
		return fmt.Errorf("%w: what is stored of it cannot be read: %w", ErrScanGone, err)
	}
	l.list, l.patches = list, patchLists.Get().(*[]classify.Item)
	reading := v.readInto(*l.patches, &scan.Scan.OS, report.Frame)
	err = reading.takeListed(list)
	*l.patches = reading.items
	if err != nil {
		l.Release()
		return err
	}
	l.Installed = list.Installed
	report.Patches, report.Rest, report.Kept = reading.items, nil, false
	return nil
}

// installed is what patches say is installed.
func installed(patches []classify.Item) []messages.Installation {
	list := make([]messages.Installation, len(patches))
	for i := range patches {
		list[i] = installation(&patches[i])
	}
	return list
}

// installation is what a patch says is installed, if that is anything.
func installation(p *classify.Item) (is messages.Installation) {
	if p.Installed != "" {
		is = messages.Installation{Patch: p.Patch, Name: p.Name, Arch: p.Arch, Version: p.Installed}
	}
	return is
}

// plain returns for each patch whether it only says, in the package's own texts, that its package is INSTALLED or INSTALLED_OTHER, and no
// override stands. Of the others no more is read than it takes to see that.
func (v *verdicts) plain() ([]bool, error) {
	p := &messages.Package{Name: "\x00name", Arch: "\x00arch", Installed: new("\x00installed"), Versions: anyPackage.Versions} // as no text is
	os := new(messages.OS)
	r := patchReader{refs: refs{p: p, os: os}, frame: new(classify.Frame), long: v.texts}
	plain := make([]bool, len(v.patches))
	var item classify.Item
	for i, patch := range v.patches {
		item = classify.Item{}
		r.begin(patch)
		has := r.number()
		r.called(&item)
		called := item.Patch == os.PatchName(p.Name, p.Arch) && item.Name == p.Name && (item.Arch == p.Arch || item.Arch == "")
		state := item.State == messages.Installed || item.State == messages.InstalledOther
		if called && state && item.Installed == *p.Installed {
			r.about(&item, has)
			plain[i] = item.Reason.Override == nil
		}
	}
	return plain, r.err
}

// takeListed reads the patches of the packages that a listing has read, and has it list as installed what patches say is installed. Of the
// other packages that is what stands there already, unless they have no patch.
func (r *reading) takeListed(list *messages.Listing) error {
	if len(r.verdicts.of) > len(list.Installed) {
		return errPatches
	}
	loose, read := installed(r.items), 0
	for at := range list.Installed {
		is, hasPatch := &list.Installed[at], at < len(r.verdicts.of) && r.verdicts.of[at] > 0
		switch {
		case read < len(list.At) && list.At[read] == at:
			if read++; hasPatch {
				r.take(at, &list.Read[read-1])
				*is = installation(&r.items[len(r.items)-1])
			}
		case !hasPatch:
			*is = messages.Installation{}
		case is.Version == "":
			return errPatches
		}
	}
	list.Installed = append(list.Installed, loose...)
	return r.r.err
}
