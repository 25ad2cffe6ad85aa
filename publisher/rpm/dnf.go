package rpm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/publisher/host"
)

// manager is a package manager behind the one face that a scan knows. It answers from its cache, and leaves the host as it is.
type manager interface {
	// repositories are those that are enabled, with where their metadata is. One that was left out without a word is an
	// error, and so is one that is not in the cache.
	repositories(ctx context.Context) ([]repository, error)

	// offers are all versions that those carry and the host could have, which it may not want; wanted are those that it
	// does not keep out.
	offers(ctx context.Context, take func(offer)) error
	wanted(ctx context.Context, take func(offer)) error

	opinions(ctx context.Context) (*opinions, error)
}

// dnf is dnf 4.
type dnf struct {
	name    string // of the command
	tools   *toolbox
	root    *host.Root
	options []string // of all calls
	cache   string   // where the host's metadata is
	main    map[string]string
}

// ask runs dnf, from its cache alone and quietly.
func (d *dnf) ask(ctx context.Context, read func(io.Reader) error, accepted []int, args ...string) ([]string, error) {
	tool := d.tools.tool(d.name, slices.Concat(d.options, []string{"-C"}, args)...)
	tool.Label = d.name + " " + verb(args)
	tool.Complains = isDNFComplaint
	return d.tools.run(ctx, tool, read, accepted...)
}

// isDNFComplaint recognizes the lines of stderr in which dnf says why it fails.
func isDNFComplaint(line string) bool {
	return strings.HasPrefix(line, "Error") || strings.HasPrefix(line, "Problem") || strings.HasPrefix(line, "- ") ||
		strings.HasPrefix(line, "Cache-only enabled") || strings.HasPrefix(line, "Failed")
}

// verb is the first argument that is no option, to name a call in an error.
func verb(args []string) string {
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			return arg
		}
	}
	return ""
}

func (d *dnf) repositories(ctx context.Context) ([]repository, error) {
	var asked []string
	if _, err := d.ask(ctx, func(r io.Reader) (err error) {
		asked, err = parseRepoList(r)
		return err
	}, nil, "-q", "repolist", "--enabled"); err != nil {
		return nil, err
	}
	if len(asked) == 0 {
		return nil, errNoRepository
	}
	var answered []described
	if _, err := d.ask(ctx, func(r io.Reader) (err error) {
		answered, err = parseRepoInfo(r)
		return err
	}, nil, "-q", "repoinfo", "--enabled"); err != nil {
		return nil, err
	}
	var repos []repository
	for _, one := range answered {
		made := one.repository
		made.gpgcheck = d.checks(one)
		repos = append(repos, made)
	}
	return locate(repos, asked, d.cache)
}

// checks tells whether the configuration has a repository's packages or metadata checked by their signatures.
func (d *dnf) checks(one described) bool {
	section := d.main
	if rel, err := filepath.Rel(d.root.Dir(), one.file); err == nil && filepath.IsLocal(rel) {
		section = readIni(d.root, rel)[one.id]
	}
	for _, key := range []string{"gpgcheck", "repo_gpgcheck"} {
		value, own := section[key]
		if !own {
			value = d.main[key]
		}
		if is(value) {
			return true
		}
	}
	return false
}

// skippedError names repositories that are enabled and were left out without a word.
type skippedError struct{ ids []string }

func (e *skippedError) Error() string {
	return fmt.Sprintf("no metadata of the repository %s, which is skipped without a word (skip_if_unavailable)", strings.Join(e.ids, ", "))
}

// locate finds the metadata of the repositories that answered, which must be all that are enabled.
func locate(repos []repository, asked []string, cache string) ([]repository, error) {
	var skipped []string
	for _, id := range asked {
		if !slices.ContainsFunc(repos, func(r repository) bool { return r.id == id }) {
			skipped = append(skipped, id)
		}
	}
	if len(skipped) > 0 {
		return nil, &skippedError{skipped}
	}
	for i := range repos {
		repos[i].dir = cachedDir(cache, &repos[i])
		if repos[i].dir == "" {
			return nil, fmt.Errorf("the metadata of the repository %s is not in %s", repos[i].id, cache)
		}
	}
	return repos, nil
}

// cachedDir returns the directory in the cache that has a repository's metadata, empty where there is none. Its name is the
// repository's id and the beginning of the SHA-256 of what it is fetched by.
func cachedDir(cache string, r *repository) string {
	sum := sha256.Sum256([]byte(r.url))
	dir := filepath.Join(cache, r.id+"-"+hex.EncodeToString(sum[:8]), "repodata")
	if r.url != "" && isDir(dir) {
		return dir
	}
	found, err := filepath.Glob(filepath.Join(globEscape(cache), globEscape(r.id)+"-"+strings.Repeat("[0-9a-f]", 16), "repodata"))
	if err == nil && len(found) == 1 {
		return found[0]
	}
	return ""
}

func globEscape(text string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(text)
}

func (d *dnf) offers(ctx context.Context, take func(offer)) error {
	return d.query(ctx, take, "--qf", offerFormat, "--disableexcludes=all")
}

func (d *dnf) wanted(ctx context.Context, take func(offer)) error {
	return d.query(ctx, take, "--qf", offerFormat)
}

func (d *dnf) query(ctx context.Context, take func(offer), options ...string) error {
	args := append([]string{"-q", "repoquery", "--available"}, options...)
	_, err := d.ask(ctx, func(r io.Reader) error { return parseOffers(r, take) }, nil, args...)
	return err
}

// updatesWaiting is the exit code of check-update where there are some.
const updatesWaiting = 100

func (d *dnf) opinions(ctx context.Context) (*opinions, error) {
	return d.think(ctx, "check-update", "%{name}", "--nobest")
}

// think asks for opinions, in the words of dnf 4 or dnf 5.
func (d *dnf) think(ctx context.Context, check, nameFormat, noBest string) (*opinions, error) {
	o := &opinions{}
	if _, err := d.ask(ctx, func(r io.Reader) (err error) {
		o.candidates, err = parseUpdates(r)
		return err
	}, []int{updatesWaiting}, "-q", check); err != nil {
		return nil, err
	}
	if _, err := d.ask(ctx, func(r io.Reader) (err error) {
		o.sideBySide, err = parseNames(r)
		return err
	}, nil, "-q", "repoquery", "--installonly", "--qf", nameFormat); err != nil {
		return nil, err
	}
	if err := d.reasons(ctx, o, noBest); err != nil {
		return nil, err
	}
	return o, nil
}

// notOfOrdinaryUsers is what dnf 4 plans for root alone; dnf 5 plans for everybody.
const notOfOrdinaryUsers = "dnf tells root alone which updates its resolver leaves: no package is called kept back (a scan by root has them)"

// reasons asks why what could be installed is not: a lock, the resolver. Nothing but the reason is lost where dnf does not
// say: it has no plugin versionlock, or finds no way.
func (d *dnf) reasons(ctx context.Context, o *opinions, noBest string) error {
	var refused *host.ExitError
	if _, err := d.ask(ctx, func(r io.Reader) (err error) {
		o.locked, err = parseLocks(r)
		return err
	}, nil, "-q", "versionlock", "list"); err != nil && !errors.As(err, &refused) {
		return err
	}
	said, err := d.ask(ctx, func(r io.Reader) (err error) {
		o.kept, err = parseSkipped(r)
		return err
	}, []int{1}, "--assumeno", noBest, "upgrade")
	if slices.ContainsFunc(said, func(line string) bool { return causeOf(line) == causePermission }) {
		o.notes = append(o.notes, notOfOrdinaryUsers)
	}
	if err != nil && !errors.As(err, &refused) {
		return err
	}
	return nil
}
