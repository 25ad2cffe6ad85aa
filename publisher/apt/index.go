package apt

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// index is a Packages file that is there, with what its Release file says of it.
type index struct {
	target
	path    string
	release *release // nil: the repository has none
	hits    []hit
	err     error // why it could not be read to its end
}

// hit is a version of one of the host's packages in an index.
type hit struct {
	pkg                        int // position among the host's packages
	version, section, priority string
	phased                     int // percentage; -1: not phased
}

// absence is an index that is configured and not there, although it may have packages.
type absence struct {
	target  *target
	release *release // nil: the repository was never fetched
}

// findings are what there is to the configured targets.
type findings struct {
	indices []*index
	absent  []absence
}

// findIndices looks for the file of every target. One that is not there although the Release file beside it promises
// it is an error: the list would be short, and apt-get update mends it. Where nothing can, the index is absent.
func findIndices(targets []target, root *host.Root) (*findings, error) {
	releases := map[string]*release{}
	found := &findings{}
	var lost []*target
	for i := range targets {
		t := &targets[i]
		rel, err := releaseOf(t, targets, releases)
		if err != nil {
			return nil, err
		}
		path := t.find()
		switch {
		case path != "" && !root.Holds(path):
			return nil, fmt.Errorf("%s is a link that leads out of %s", path, root.Dir())
		case path != "":
			found.indices = append(found.indices, &index{target: *t, path: path, release: rel})
		case t.off:
		case rel == nil, t.deadLink(), rel.promises(t) == promisedInVain:
			found.absent = append(found.absent, absence{t, rel})
		case rel.promises(t) == promised:
			lost = append(lost, t)
		}
	}
	return found, found.missed(lost)
}

// missed returns an error that names a lost index, unless a variant's stands in its place.
func (f *findings) missed(lost []*target) error {
	for _, t := range lost {
		if !slices.ContainsFunc(f.indices, func(ix *index) bool { return ix.supplants(t) }) {
			return fmt.Errorf("the index %s is not there, but its Release file is: run apt-get update", t.file)
		}
	}
	return nil
}

// releaseOf returns the Release file of a target's repository, and reads each only once.
func releaseOf(t *target, all []target, releases map[string]*release) (*release, error) {
	base, ok := t.releaseBase()
	if !ok { // a name that somebody has configured: which Release file it is of cannot be told
		return nil, nil
	}
	if rel, ok := releases[base]; ok {
		return rel, nil
	}
	keys := map[string]bool{}
	for i := range all {
		keys[all[i].metaKey] = true
	}
	rel, err := readRelease(base, func(name string) bool {
		plain := strings.TrimSuffix(name, filepath.Ext(name))
		return keys[name] || keys[plain]
	})
	releases[base] = rel
	return rel, err
}

// wantList says which stanzas to keep: by name, then by architecture.
type wantList struct {
	native   string
	packages []installedPackage
	at       map[string][]int // name → positions
}

func newWantList(packages []installedPackage, native string) *wantList {
	w := &wantList{native: native, packages: packages, at: make(map[string][]int, len(packages))}
	for i, p := range packages {
		w.at[p.name] = append(w.at[p.name], i)
	}
	return w
}

func (w *wantList) wants(name []byte) bool { return len(w.at[string(name)]) > 0 }

// match returns the host's package that a stanza is of, if it is one and its version is not below the one on
// the host. Architecture "all" counts as the native one. A version that dpkg cannot order is no version.
func (w *wantList) match(s *stanza) (pkg int, v string, ok bool) {
	for _, i := range w.at[string(s.name)] {
		p := &w.packages[i]
		if p.arch != string(s.arch) && (string(s.arch) != "all" || p.arch != w.native) {
			continue
		}
		if p.version == string(s.version) {
			return i, p.version, true
		}
		v := string(s.version)
		return i, v, version.OrderedDeb(v) == nil && notBelow(v, p)
	}
	return 0, "", false
}

// notBelow tells whether a version is at or above the one on the host; with none there, every one is, and with one
// that cannot be ordered every one may be.
func notBelow(v string, p *installedPackage) bool {
	return version.OrderedDeb(p.version) != nil || version.CompareDeb(v, p.version) >= 0
}

// readIndices reads all of them, two at a time: one is decompressed while another is looked through. What becomes of
// one is noted with it, for apt may not count it. The error is that of the context.
func readIndices(ctx context.Context, t *toolbox, indices []*index, want *wantList) error {
	var group errgroup.Group
	group.SetLimit(2)
	for _, ix := range indices {
		group.Go(func() error {
			if err := ix.scan(ctx, t, want); err != nil {
				ix.err = fmt.Errorf("index %s: %w", ix.path, err)
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}

// scan collects the hits of one index, and checks that all of it was read.
func (ix *index) scan(ctx context.Context, t *toolbox, want *wantList) error {
	words := interner{}
	var size int64
	look := func(r io.Reader) (err error) {
		size, err = readStanzas(r, want.wants, func(s *stanza) error {
			pkg, v, ok := want.match(s)
			if !ok {
				return nil
			}
			if len(ix.hits) == messages.MaxVersions {
				return fmt.Errorf("more than %d versions of the host's packages", messages.MaxVersions)
			}
			ix.hits = append(ix.hits, hit{pkg, v, words.word(s.section), words.word(s.priority), s.percentage()})
			return nil
		})
		return err
	}
	if err := ix.open(ctx, t, look); err != nil {
		return err
	}
	if ix.release == nil {
		return nil
	}
	if promised, listed := ix.release.sizes[ix.metaKey]; listed && promised != size {
		return fmt.Errorf("has %d bytes, its Release file says %d", size, promised)
	}
	return nil
}

// open hands the text of the index to look. apt's own helper decompresses it, whatever way apt keeps it.
func (ix *index) open(ctx context.Context, t *toolbox, look func(io.Reader) error) error {
	if ix.path != ix.file {
		return t.apt(ctx, look, helper(), "cat-file", ix.path)
	}
	f, err := host.OpenRegular(ix.path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return look(&stopReader{ctx, f})
}

// helper returns the path of apt-helper, which is on nobody's search path.
func helper() string {
	const usual, other = "/usr/lib/apt/apt-helper", "/usr/libexec/apt/apt-helper"
	if isFile(other) && !isFile(usual) {
		return other
	}
	return usual
}

// stopReader ends with its context.
type stopReader struct {
	ctx context.Context
	r   io.Reader
}

func (s *stopReader) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}

// interner gives equal words one string: there are few sections and priorities, and many stanzas.
type interner map[string]string

func (in interner) word(b []byte) string {
	if s, ok := in[string(b)]; ok {
		return s
	}
	s := strings.ToValidUTF8(string(b), "\uFFFD")
	in[string(b)] = s
	return s
}
