package rpm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/publisher/host"
)

// zypper has no call that keeps to its cache: with --no-refresh it still fetches what is not there. So it is asked for
// packages only where the metadata of every enabled repository is. Its locks, its log and the forms of the metadata that it
// reads faster are ours, and so are the directories that it makes in another root; that it takes no lock the variable says
// by which libzypp's own readers ask.

// zypper is zypper, with the cache of raw metadata that is the host's.
type zypper struct {
	tools *toolbox
	root  *host.Root
	space string
	raw   string            // of the host
	shown string            // the root as zypper sees it; empty: the machine
	names map[string]string // the aliases of repositories by their names
	repos []repository
}

const zyppConf = "etc/zypp/zypp.conf"

// openZypper makes zypper ready to be asked, with directories of ours for what it writes.
func (h *system) openZypper() (*zypper, error) {
	z := &zypper{tools: h.tools, root: h.root, space: h.scratch}
	main := readIni(h.root, zyppConf)["main"]
	cache := firstOf(main["cachedir"], "/var/cache/zypp")
	z.raw = h.root.Path(h.inRoot(firstOf(main["metadatadir"], cache+"/raw")))
	solv := h.root.Path(h.inRoot(firstOf(main["solvfilesdir"], cache+"/solv")))
	for _, dir := range []string{filepath.Join(h.scratch, "solv"), filepath.Join(h.scratch, "tmp")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	if !h.root.IsMachine() {
		z.shown = filepath.Join(h.scratch, "root")
		if err := shadow(h.root, z.shown); err != nil {
			return nil, err
		}
	}
	entries, err := os.ReadDir(solv)
	if err != nil { // zypper makes them
		return z, nil
	}
	for _, entry := range entries {
		from := filepath.Join(solv, entry.Name())
		if !entry.IsDir() || !h.root.Holds(from) {
			continue
		}
		if err := copyDir(from, filepath.Join(h.scratch, "solv", entry.Name())); err != nil {
			return nil, err
		}
	}
	return z, nil
}

// shadow makes a directory that has all of a root by links, but for the directories in which zypper makes others wherever
// it looks: those are ours.
func shadow(root *host.Root, at string) error {
	for _, dir := range []string{"", "var"} {
		if err := os.Mkdir(filepath.Join(at, dir), 0o700); err != nil {
			return err
		}
		if !root.Holds(root.Path(dir)) {
			continue
		}
		entries, err := os.ReadDir(root.Path(dir))
		if err != nil {
			return err
		}
		for _, entry := range entries {
			name := filepath.Join(dir, entry.Name())
			ours := slices.Contains([]string{"tmp", "var", "var/tmp", "var/log"}, name)
			if ours || !root.Holds(root.Path(name)) {
				continue
			}
			if err := os.Symlink(root.Path(name), filepath.Join(at, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// ask runs zypper with an answer in XML.
func (z *zypper) ask(ctx context.Context, read func(io.Reader) error, args ...string) error {
	options := []string{"--xmlout", "--non-interactive", "--no-refresh", "--solv-cache-dir", filepath.Join(z.space, "solv")}
	if z.shown != "" {
		options = append(options, "--root", z.shown, "--raw-cache-dir", z.raw)
	}
	tool := z.tools.tool("zypper", slices.Concat(options, args)...)
	tool.Label = "zypper " + args[0]
	tool.Env = append(tool.Env, "ZYPP_READONLY_HACK=1", "ZYPP_LOGFILE="+filepath.Join(z.space, "zypper.log"), "ZYPPTMPDIR="+filepath.Join(z.space, "tmp"))
	_, err := z.tools.run(ctx, tool, read)
	return err
}

func (z *zypper) repositories(ctx context.Context) ([]repository, error) {
	if err := z.ask(ctx, func(r io.Reader) (err error) {
		z.repos, err = parseZypperRepositories(r)
		return err
	}, "repos", "-u"); err != nil && !isNoRepositories(err) {
		return nil, err
	}
	if len(z.repos) == 0 {
		return nil, errNoRepository
	}
	z.names = map[string]string{}
	for i := range z.repos {
		r := &z.repos[i]
		r.dir = filepath.Join(z.raw, strings.ReplaceAll(r.id, "/", "_"), "repodata")
		if !z.root.Holds(r.dir) || !isDir(r.dir) {
			return nil, fmt.Errorf("the metadata of the repository %s is not in %s", r.id, z.raw)
		}
		if other, twice := z.names[r.name]; twice {
			return nil, fmt.Errorf("the repositories %s and %s are both named %q: zypper does not tell them apart", other, r.id, r.name)
		}
		z.names[r.name] = r.id
	}
	return z.repos, nil
}

// zypperNoRepositories is zypper's exit code where no repository is defined.
const zypperNoRepositories = 6

func isNoRepositories(err error) bool {
	var exit *host.ExitError
	return errors.As(err, &exit) && exit.Code == zypperNoRepositories
}

func (z *zypper) offers(ctx context.Context, take func(offer)) error {
	var unknown error
	err := z.ask(ctx, func(r io.Reader) error {
		return parseZypperPackages(r, func(o offer) {
			alias, known := z.names[o.repo]
			if !known {
				unknown = fmt.Errorf("zypper lists %s of %q, which is no enabled repository", o.nameArch, o.repo)
				return
			}
			o.repo = alias
			take(o)
		})
	}, "search", "-s", "-t", "package")
	return errors.Join(err, unknown)
}

// wanted are all offers: zypper keeps packages out by locks alone.
func (z *zypper) wanted(ctx context.Context, take func(offer)) error { return z.offers(ctx, take) }

func (z *zypper) opinions(ctx context.Context) (*opinions, error) {
	o := &opinions{kept: map[nameArch]string{}}
	if err := z.ask(ctx, func(r io.Reader) (err error) {
		o.locked, err = parseZypperLocks(r)
		return err
	}, "locks"); err != nil {
		return nil, err
	}
	var all map[nameArch]string
	for _, one := range []struct {
		into *map[nameArch]string
		args []string
	}{{&o.candidates, []string{"list-updates", "-t", "package"}}, {&all, []string{"list-updates", "-t", "package", "--all"}}} {
		if err := z.ask(ctx, func(r io.Reader) (err error) {
			*one.into, err = parseZypperUpdates(r)
			return err
		}, one.args...); err != nil {
			return nil, err
		}
	}
	for key, evr := range all {
		if o.candidates[key] == "" && !o.holds(key.name) {
			o.kept[key] = evr
		}
	}
	var err error
	if o.sideBySide, err = z.sideBySide(ctx); err != nil {
		return nil, err
	}
	err = z.ask(ctx, func(r io.Reader) (err error) {
		o.needed, err = parseZypperPatches(r)
		return err
	}, "list-patches", "--all")
	return o, err
}

// sideBySide are the names of packages of which several versions stay: those that zypp.conf names, itself or by what they
// provide.
//
//	multiversion = provides:multiversion(kernel)
func (z *zypper) sideBySide(ctx context.Context) (map[string]bool, error) {
	names := map[string]bool{}
	for _, word := range strings.FieldsFunc(readIni(z.root, zyppConf)["main"]["multiversion"], func(c rune) bool { return c == ',' || c == ' ' }) {
		provided, found := strings.CutPrefix(word, "provides:")
		if !found {
			names[word] = true
			continue
		}
		_, err := z.tools.run(ctx, z.tools.tool("rpm", "-q", "--qf", `%{NAME}\n`, "--whatprovides", provided), func(r io.Reader) error {
			lines := linesOf(r)
			for lines.Scan() {
				if name := lines.Text(); !strings.Contains(name, " ") { // "no package provides …" is a sentence
					names[name] = true
				}
			}
			return lines.Err()
		}, 1)
		if err != nil {
			return nil, err
		}
	}
	return names, nil
}
