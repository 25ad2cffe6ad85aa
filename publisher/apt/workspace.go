package apt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/patchstream/patchstream/publisher/host"
)

// An apt.conf file is a list of assignments; "#clear" takes a whole tree of them away:
//
//	Dir "/srv/root/";
//	APT::Architectures { "amd64"; "i386"; };
//	#clear AptCli::Hooks;
//
// apt reads the file that APT_CONFIG names first, then apt.conf.d and apt.conf (where Dir says they are), then
// the one given with -c. So the first can move apt to another root, whose own configuration is then obeyed, and
// the last has the last word.

// workspace is a temporary directory of our own: apt's caches, so that the calls share one and none is written
// to the host, and the configuration that says so.
type workspace struct{ dir string }

func newWorkspace() (*workspace, error) {
	dir, err := host.TempDir("patchstream-apt-")
	if err != nil {
		return nil, err
	}
	return &workspace{dir: dir}, nil
}

func (w *workspace) remove() { _ = os.RemoveAll(w.dir) }

// moveTo writes the configuration that sends apt to another root, and has the tools read it. What the root's
// own apt.conf says comes after it and wins.
func (w *workspace) moveTo(ctx context.Context, t *toolbox, r *host.Root) error {
	if !r.Exists("var/lib/dpkg/status") {
		return fmt.Errorf("%w: there is no %s", ErrNoApt, r.Path("var/lib/dpkg/status"))
	}
	archs, err := architectures(ctx, t, r)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("Dir \"%s/\";\nDir::State::status \"%s\";\nAPT::Architecture \"%s\";\nAPT::Architectures { \"%s\"; };\n",
		r.Dir(), r.Path("var/lib/dpkg/status"), archs[0], strings.Join(archs, `"; "`))
	path := filepath.Join(w.dir, "root.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	t.config = path
	return nil
}

// ours is the configuration that has the last word on how apt speaks and what it leaves behind, whatever the host's
// own says: no locks; neither the log nor the hooks that even a simulation would write and run, nor debugging; lists
// and steps printed, in apt-get's form of before apt 3, in no colour and one to a line. What apt decides is left as it
// is: pins, phasing, solver, what an upgrade may install or remove.
const ours = `Debug "";
#clear Debug;
Debug::NoLocking "true";
#clear AptCli::Hooks;
#clear Dir::Log::Planner;
#clear Dir::Log::Solver;
quiet "1";
quiet::NoUpdate "true";
quiet::NoStatistic "true";
APT::Output-Version "0";
APT::Color "false";
APT::Cache::Generate "true";
pkgCacheFile::Generate "true";
APT::Get::Assume-Yes "false";
APT::Get::Assume-No "false";
APT::Get::Download-Only "false";
APT::Get::Print-URIs "false";
APT::Get::Show-Upgraded "true";
APT::Get::Show-Versions "false";
APT::Get::Show-User-Simulation-Note "false";
APT::Get::List-Columns "false";
APT::Get::Trivial-Only "false";
APT::Get::IndexTargets::ReleaseInfo "true";
`

// isolate writes that configuration, with caches in the workspace, begun with copies of the host's own, which spare
// apt the building where they are fresh.
func (w *workspace) isolate(t *toolbox, s *settings) error {
	cache, srcCache := filepath.Join(w.dir, "pkgcache.bin"), filepath.Join(w.dir, "srcpkgcache.bin")
	copyFile(cache, s.cache)
	if !copyFile(srcCache, s.srcCache) {
		srcCache = "" // it serves to build the other after a change of what is installed: not in our time
	}
	text := fmt.Sprintf("Dir::Cache::pkgcache \"%s\";\nDir::Cache::srcpkgcache \"%s\";\n", cache, srcCache) + ours
	path := filepath.Join(w.dir, "last.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	t.over, t.empty = path, filepath.Join(w.dir, "empty")+"/"
	return os.Mkdir(t.empty, 0o700)
}

// copyFile tells whether there was a file to copy, and it could be copied. A cache is a convenience: apt checks
// that it fits the lists, and builds another where it does not.
func copyFile(to, from string) bool {
	if from == "" {
		return false
	}
	in, err := host.OpenRegular(from)
	if err != nil {
		return false
	}
	defer func() { _ = in.Close() }()
	out, err := os.Create(to)
	if err != nil {
		return false
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		_ = os.Remove(to)
	}
	return err == nil
}

// architectures returns the architectures of another root, the native one first: those in dpkg's arch file,
// else the one of its dpkg package, else this machine's.
func architectures(ctx context.Context, t *toolbox, r *host.Root) ([]string, error) {
	text, err := r.Read("var/lib/dpkg/arch", 64<<10)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if archs := legalArchs(strings.Fields(string(text))); len(archs) > 0 {
		return archs, nil
	}
	var failed *host.ExitError
	archs, err := askArch(ctx, t, "dpkg-query", "--admindir="+r.Path("var/lib/dpkg"), "-W", "-f", `${Architecture}\n`, "dpkg")
	if errors.As(err, &failed) || err == nil && len(archs) == 0 {
		archs, err = askArch(ctx, t, "dpkg", "--print-architecture")
	}
	if err == nil && len(archs) == 0 {
		err = errors.New("dpkg names no architecture")
	}
	return archs, err
}

func askArch(ctx context.Context, t *toolbox, name string, args ...string) ([]string, error) {
	var out []byte
	err := t.run(ctx, func(r io.Reader) (err error) {
		out, err = io.ReadAll(io.LimitReader(r, 4<<10))
		return err
	}, name, args...)
	return legalArchs(strings.Fields(string(out))), err
}

func legalArchs(words []string) []string {
	var archs []string
	for _, word := range words {
		if legalArch(word) && word != "all" {
			archs = append(archs, word)
		}
	}
	return archs
}
