package apt

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// apt-get indextargets names the index files of the configured repositories, one a line in the format we give
// it. A field that a repository does not have comes back as it was asked for, $(SUITE). Two answers are needed:
//
//   - as it comes, apt names the files that are there, with what the Release file says of the repository and
//     whether the repository is trusted;
//   - with APT::Get::IndexTargets::ReleaseInfo off it names every file there might be, and never looks. It loads
//     its cache all the same, and may have to build it first; with an empty directory for its lists that is nothing.
//
// Only both together tell a repository without packages of a kind from one whose index was lost. The trust
// comes before anything that the repository may choose, so that no label can pass for it.

var targetFields = strings.Join([]string{
	"$(CREATED_BY)", "$(TRUSTED)", "$(URI)", "$(FILENAME)", "$(METAKEY)", "$(KEEPCOMPRESSEDAS)",
	"$(ARCHITECTURE)", "$(DEFAULTENABLED)", "$(SITE)", "$(COMPONENT)", "$(RELEASE)", "$(DESCRIPTION)",
	"$(SUITE)", "$(CODENAME)", "$(LABEL)", "$(ORIGIN)",
}, separator)

// target is one Packages file of one repository.
type target struct {
	uri       string
	file      string   // without an extension, whether there is such a file or not
	metaKey   string   // its name in the Release file: main/binary-amd64/Packages
	kept      []string // the ways apt may keep it compressed: lz4, gz, …
	arch      string   // one that packages have, or a variant of one: amd64v3
	off       bool     // apt does not fetch it unless it is asked for by name
	site      string
	comp      string
	dist      string // as the source has it: jammy-security, buster/updates, or a directory: ./
	described string // as apt's version table names it
	trusted   bool   // this and the rest: only of a file that is there
	suite     string
	codename  string
	label     string
	origin    string
}

// askExisting lists the Packages files that are there.
func askExisting(ctx context.Context, t *toolbox) ([]target, error) {
	return askTargets(ctx, t)
}

// askEvery lists all Packages files that might be there, without what only a file that is there has.
func askEvery(ctx context.Context, t *toolbox, lists string) ([]target, error) {
	targets, err := askTargets(ctx, t, "-o", "APT::Get::IndexTargets::ReleaseInfo=false",
		"-o", "Dir::State::lists="+t.empty, "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=")
	for i := range targets {
		targets[i].file = filepath.Join(lists, filepath.Base(targets[i].file))
	}
	return targets, err
}

func askTargets(ctx context.Context, t *toolbox, options ...string) ([]target, error) {
	var targets []target
	err := t.apt(ctx, func(r io.Reader) (err error) {
		targets, err = parseTargets(r)
		return err
	}, "apt-get", append([]string{"indextargets", "--format", targetFields}, options...)...)
	return targets, err
}

// parseTargets reads the lines, and keeps each Packages file once.
func parseTargets(r io.Reader) ([]target, error) {
	var targets []target
	seen := map[string]bool{}
	lines := linesOf(r)
	for lines.Scan() {
		f := strings.Split(strings.ToValidUTF8(lines.Text(), "\uFFFD"), separator)
		if len(f) != strings.Count(targetFields, separator)+1 {
			return nil, fmt.Errorf("%d fields in %.300q", len(f), lines.Text())
		}
		for i, value := range f {
			if strings.HasPrefix(value, "$(") && strings.HasSuffix(value, ")") {
				f[i] = ""
			}
		}
		if f[0] != "Packages" || seen[f[2]] {
			continue
		}
		if len(targets) == maxTargets {
			return nil, fmt.Errorf("more than %d index files", maxTargets)
		}
		seen[f[2]] = true
		targets = append(targets, target{
			trusted: f[1] == "yes", uri: f[2], file: f[3], metaKey: f[4], kept: strings.Fields(f[5]),
			arch: f[6], off: f[7] == "no", site: hostOf(f[8]), comp: f[9], dist: f[10], described: f[11],
			suite: f[12], codename: f[13], label: f[14], origin: f[15],
		})
	}
	return targets, lines.Err()
}

// maxTargets: an origin may have an index for every architecture, and few hosts have more than two.
const maxTargets = 8 * messages.MaxOrigins

// hostOf returns the host of a repository's address: no user, no password, no port, and nothing where it is a
// path on the machine.
func hostOf(site string) string {
	_, rest, found := strings.Cut(site, "://")
	if !found {
		return ""
	}
	authority, _, _ := strings.Cut(rest, "/")
	// Not url.Parse: apt takes addresses that it refuses.
	address := url.URL{Host: authority[strings.LastIndexByte(authority, '@')+1:]}
	return address.Hostname()
}

// find returns the file that apt reads the index from, as it is or compressed, and "" where there is none.
func (t *target) find() string {
	for _, path := range t.paths() {
		if isFile(path) {
			return path
		}
	}
	return ""
}

// paths are where apt looks for the index.
func (t *target) paths() []string {
	paths := []string{t.file}
	for _, kind := range t.kept {
		if kind != "uncompressed" {
			paths = append(paths, t.file+"."+kind)
		}
	}
	return paths
}

// deadLink tells whether the index is a link that leads nowhere. Of a repository on the root's own disk (file:) apt
// keeps links, and passes over them without a word when the repository is gone.
func (t *target) deadLink() bool {
	return slices.ContainsFunc(t.paths(), func(path string) bool {
		info, err := os.Lstat(path)
		return err == nil && info.Mode()&fs.ModeSymlink != 0 && !isFile(path)
	})
}

// isFile tells whether there is a file, be it one that we may not read.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// archive is what the archive is called by where no Release file says it: the name in the source, and nothing for a
// directory.
func (t *target) archive() string {
	if strings.HasSuffix(t.dist, "/") {
		return ""
	}
	return t.dist
}

// supplants tells whether this is the index of an architecture's variant, which apt then fetches in place of the
// architecture's own: binary-amd64v3 in place of binary-amd64.
func (t *target) supplants(other *target) bool {
	return t.arch != other.arch && other.arch != "" && strings.HasPrefix(t.arch, other.arch) && t.part().of("") == other.part().of("") &&
		strings.ReplaceAll(other.metaKey, "binary-"+other.arch+"/", "binary-"+t.arch+"/") == t.metaKey
}

// part is the part of a repository that an index is of: an archive, a component of it, an architecture.
type part struct{ base, comp, arch string }

func (t *target) part() part {
	base, _ := t.releaseBase()
	return part{base, t.comp, t.arch}
}

func (p part) of(arch string) part {
	p.arch = arch
	return p
}

// releaseBase returns what the names of the files of the target's repository begin with.
// An index file is called after its address: a slash becomes "_", and some characters are written as %xx.
func (t *target) releaseBase() (string, bool) {
	return strings.CutSuffix(t.file, fileName(t.metaKey))
}

func fileName(uri string) string {
	const quoted = `\|{}[]<>"^~_=!@#$%&*`
	var b strings.Builder
	for i := range len(uri) {
		switch c := uri[i]; {
		case c == '/':
			b.WriteByte('_')
		case c <= ' ' || c >= 0x7f || strings.IndexByte(quoted, c) >= 0:
			fmt.Fprintf(&b, "%%%02x", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
