package apt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// result is what one look at dpkg and apt gave.
type result struct {
	at, indexAt time.Time
	installed   []installedPackage
	origins     []messages.Origin
	packages    []messages.Package
	notes       []string // what the scan does not say, and is no reason not to trust it
}

// readPackages asks dpkg and apt. What apt must load (and may first have to build) its cache for runs beside
// the reading of the index files, which needs none.
func readPackages(ctx context.Context, t *toolbox, s *settings, now time.Time) (*result, error) {
	installed, err := queryDpkg(ctx, t, s.admindir(), s.arch)
	var odd oddEntries
	if err != nil && !errors.As(err, &odd) {
		return nil, err
	}
	var found *findings
	var existing []target
	var opinion *opinions
	group, inner := errgroup.WithContext(ctx)
	group.Go(func() error {
		every, err := askEvery(inner, t, s.lists)
		if err != nil {
			return err
		}
		if found, err = findIndices(every, s.root); err != nil {
			return err
		}
		return readIndices(inner, t, found.indices, newWantList(installed, s.arch))
	})
	group.Go(func() (err error) {
		if existing, err = askExisting(inner, t); err != nil {
			return err
		}
		opinion, err = askOpinions(inner, t, s, installed)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if err := found.confirm(existing); err != nil {
		return nil, err
	}
	made := assemble(installed, found, opinion)
	installDates(made.packages, installed, filepath.Join(s.admindir(), "info"))
	return &result{
		installed: installed, indexAt: askedAt(s, len(found.indices) > 0, now),
		origins: made.origins, packages: made.packages, notes: append([]string(odd), made.notes...),
	}, nil
}

// confirm gives each index what apt says of its repository, and checks that apt knows the same files. One that
// apt does not count as its own is as good as absent.
func (f *findings) confirm(existing []target) error {
	byURI := make(map[string]*index, len(f.indices))
	for _, ix := range f.indices {
		byURI[ix.uri] = ix
	}
	var confirmed []*index
	for i := range existing {
		ix := byURI[existing[i].uri]
		if ix == nil {
			return fmt.Errorf("apt knows the index %s, but it was not found", existing[i].file)
		}
		if ix.err != nil {
			return ix.err
		}
		file, kept := ix.file, ix.kept
		ix.target = existing[i]
		ix.file, ix.kept = file, kept // as apt names it without looking whether it is there
		confirmed = append(confirmed, ix)
		delete(byURI, ix.uri)
	}
	for _, ix := range f.indices {
		if byURI[ix.uri] == ix {
			f.absent = append(f.absent, absence{&ix.target, ix.release})
		}
	}
	f.indices = confirmed
	return nil
}

// opinions is what apt makes of the host's packages, by their position.
type opinions struct {
	policies []*policy // nil: apt does not know the package
	kept     []bool    // kept back
}

func askOpinions(ctx context.Context, t *toolbox, s *settings, installed []installedPackage) (*opinions, error) {
	o := &opinions{policies: make([]*policy, len(installed)), kept: make([]bool, len(installed))}
	at := make(map[packageID]int, len(installed))
	names := make([]string, len(installed))
	for i, p := range installed {
		at[packageID{p.name, p.arch}] = i
		names[i] = p.name + ":" + p.arch
	}
	find := func(name, arch string) (int, bool) {
		if arch == "" {
			arch = s.arch
		}
		i, ok := at[packageID{name, arch}]
		return i, ok
	}
	err := askPolicy(ctx, t, s.status, names, func(p *policy) error {
		if i, ok := find(p.name, p.arch); ok { // else of an entry without an architecture
			o.policies[i] = p
		}
		return nil
	})
	if err != nil || !o.upgradable(installed) {
		return o, err
	}
	kept, sure, err := keptBack(ctx, t)
	if err != nil || !sure {
		return o, err
	}
	for _, name := range kept {
		base, arch := cutArch(name)
		if i, ok := find(base, arch); ok {
			o.kept[i] = true
		}
	}
	return o, nil
}

// upgradable tells whether apt has a newer candidate for any package: nothing else can be kept back.
func (o *opinions) upgradable(installed []installedPackage) bool {
	for i, p := range o.policies {
		if p == nil || !installed[i].present() || version.OrderedDeb(p.candidate) != nil {
			continue
		}
		if now := installed[i].version; version.OrderedDeb(now) != nil || version.CompareDeb(p.candidate, now) > 0 {
			return true
		}
	}
	return false
}

// installDates sets when each package was last unpacked, or changed by dpkg otherwise: the date of the file in
// which dpkg lists its files, name.list, or name:arch.list where several architectures may be there at once.
func installDates(packages []messages.Package, installed []installedPackage, dir string) {
	for i := range packages {
		p := &packages[i]
		if !installed[i].present() {
			continue
		}
		for _, name := range []string{p.Name + ".list", p.Name + ":" + p.Arch + ".list"} {
			info, err := os.Lstat(filepath.Join(dir, name))
			if errors.Is(err, os.ErrNotExist) {
				continue
			}
			if err == nil {
				p.InstalledAt = host.KnownTime(info.ModTime())
			}
			break
		}
	}
}
