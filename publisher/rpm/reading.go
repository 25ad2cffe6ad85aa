package rpm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// found is what one reading found: of a scan what only the packages tell.
type found struct {
	messages.Scan
	notes []string
}

// read asks everything once. The packages are asked for twice, at both ends.
func (h *system) read(ctx context.Context, at time.Time, boot host.Boot) (*found, error) {
	installed, err := h.tools.installed(ctx)
	if err != nil {
		return nil, err
	}
	manager, err := h.manager(ctx, installed)
	if err != nil {
		return nil, err
	}
	f := &facts{installed: installed, native: installed.native()}
	f.release, _ = h.release(ctx)
	var notes []string
	if err := f.ask(ctx, manager, func(text string) { notes = append(notes, text) }); err != nil {
		return nil, err
	}
	again, err := h.tools.installed(ctx)
	if err != nil {
		return nil, err
	}
	if !installed.equal(again) {
		return nil, errors.New("the installed packages changed while they were read")
	}
	made, err := f.assemble()
	if err != nil {
		return nil, err
	}
	got := &found{notes: append(notes, made.notes...)}
	got.TakenAt, got.OS.Arch = at, f.native
	got.IndexAt, got.Origins, got.Packages, got.Advisories = f.indexAt(), made.origins, made.packages, made.advisories
	got.RebootRequired, got.RebootPackages = f.reboot(h.root, boot, made.table)
	return got, nil
}

// ask collects what the package manager and the metadata say.
func (f *facts) ask(ctx context.Context, m manager, note func(string)) error {
	names := map[string]bool{}
	for key := range f.installed.packages {
		names[key.name] = true
	}
	repos, err := m.repositories(ctx)
	if err != nil {
		return err
	}
	for i := range repos {
		s, err := f.metadata(ctx, &repos[i], names, note)
		if err != nil {
			return fmt.Errorf("the repository %s: %w", repos[i].id, err)
		}
		f.sources = append(f.sources, *s)
	}
	carried := map[string]int{}
	if err := m.offers(ctx, func(o offer) {
		carried[o.repo]++
		if names[o.name] {
			f.offers = append(f.offers, o)
		}
	}); err != nil {
		return err
	}
	for _, r := range repos {
		if r.pkgs > 0 && carried[r.id] == 0 {
			return fmt.Errorf("the repository %s has %d packages, of which none is listed", r.id, r.pkgs)
		}
	}
	f.wanted = map[offer]bool{}
	if err := m.wanted(ctx, func(o offer) {
		if names[o.name] {
			f.wanted[o.identity()] = true
		}
	}); err != nil {
		return err
	}
	if f.opinions, err = m.opinions(ctx); err != nil {
		return err
	}
	for _, text := range f.opinions.notes {
		note(text)
	}
	return nil
}

// metadata reads what a repository's own files say of it. All that repomd.xml names, and a scan rests on, must be there and
// whole: of the packages the list itself, and the notices.
func (f *facts) metadata(ctx context.Context, r *repository, names map[string]bool, note func(string)) (*source, error) {
	s := &source{repository: *r}
	md, err := readRepomd(r.dir)
	if err != nil {
		return nil, err
	}
	signed := r.gpgcheck && len(f.installed.keys) > 0
	if r.gpgcheck && !signed {
		note("rpm knows no key, so the repository " + r.id + " is not trusted")
	}
	s.origin = messages.Origin{
		Archive: r.id, Site: site(r.url), Label: r.name, Codename: f.release, Trusted: signed, Date: md.date,
		CheckedAt: checkedAt(r.dir),
	}
	if err := verifyAny(md, r.dir, "primary"); err != nil {
		return nil, err
	}
	file, zchunk, named := choosePart(md, r.dir, "updateinfo")
	switch {
	case !named:
		return s, nil
	case zchunk:
		return nil, fmt.Errorf("%s: %w", file.name, errZchunk)
	}
	s.origin.Notices = true
	err = file.read(r.dir, func(in io.Reader) (err error) {
		s.notices, err = readNotices(readerUntil(ctx, in), names, note)
		return err
	})
	if errors.Is(err, errAbsent) {
		err = fmt.Errorf("%w (dnf 5 fetches it only where optional_metadata_types has updateinfo)", err)
	}
	if !signed {
		s.notices = nil
	}
	return s, err
}

// choosePart returns the file of a kind that is in the cache, where it is there in one form or the other: compressed by
// zchunk, or otherwise. Where neither is, it is the one that can be read.
func choosePart(md *repomd, dir, kind string) (file metadataFile, zchunk, named bool) {
	plain, named := md.of(kind)
	chunked, also := md.of(kind + "_zck")
	switch {
	case named && (!also || exists(dir, plain)):
		return plain, false, true
	case also && (!named || exists(dir, chunked)):
		return chunked, true, true
	}
	return plain, false, named || also
}

func exists(dir string, f metadataFile) bool {
	_, err := os.Stat(filepath.Join(dir, f.name))
	return err == nil
}

// verifyAny checks that a repository's file of that kind is the one that its repomd.xml names.
func verifyAny(md *repomd, dir, kind string) error {
	file, _, named := choosePart(md, dir, kind)
	if !named {
		return fmt.Errorf("its repomd.xml names no list of packages (%s)", kind)
	}
	return file.read(dir, func(io.Reader) error { return nil })
}

// checkedAt is when a repository's metadata was last asked for: dnf and zypper touch repomd.xml where there is nothing new.
func checkedAt(dir string) time.Time {
	info, err := os.Stat(filepath.Join(dir, "repomd.xml"))
	if err != nil {
		return time.Time{}
	}
	return host.KnownTime(info.ModTime())
}

// indexAt is when the last of the repositories was asked: one that lives does not hide one that cannot be reached any more.
// What is asked for once and never again does not count.
func (f *facts) indexAt() time.Time {
	var oldest time.Time
	for i := range f.sources {
		s := &f.sources[i]
		if at := s.origin.CheckedAt; !s.never && !at.IsZero() && (oldest.IsZero() || at.Before(oldest)) {
			oldest = at
		}
	}
	return oldest
}

// readerUntil ends with a context.
func readerUntil(ctx context.Context, r io.Reader) io.Reader { return &untilReader{ctx, r} }

type untilReader struct {
	ctx  context.Context
	from io.Reader
}

func (u *untilReader) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.from.Read(p)
}
