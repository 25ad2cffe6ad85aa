package apt

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
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
	"$(ARCHITECTURE)", "$(SITE)", "$(COMPONENT)", "$(SUITE)", "$(CODENAME)", "$(LABEL)", "$(ORIGIN)",
}, separator)

// target is one Packages file of one repository.
type target struct {
	uri      string
	file     string   // without an extension, whether there is such a file or not
	metaKey  string   // its name in the Release file: main/binary-amd64/Packages
	kept     []string // the ways apt may keep it compressed: lz4, gz, …
	arch     string
	trusted  bool // this and the rest: only of a file that is there
	site     string
	suite    string
	codename string
	label    string
	origin   string
	comp     string
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
			arch: f[6], site: hostOf(f[7]), comp: f[8], suite: f[9], codename: f[10], label: f[11], origin: f[12],
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
	if isFile(t.file) {
		return t.file
	}
	for _, kind := range t.kept {
		if path := t.file + "." + kind; kind != "uncompressed" && isFile(path) {
			return path
		}
	}
	return ""
}

// isFile tells whether there is a file, be it one that we may not read.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
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
