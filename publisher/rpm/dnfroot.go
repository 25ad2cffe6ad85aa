package rpm

import (
	"cmp"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/patchstream/patchstream/publisher/host"
)

// meddlers are plugins that write to the host, or ask a server, each time that dnf is called: Red Hat's renew the list of
// repositories, Amazon's looks for a new release. local makes a repository of its own of what was downloaded from the others.
const meddlers = "--disableplugin=subscription-manager,product-id,upload-profile,release-notification,local"

const dnfConf = "etc/dnf/dnf.conf"

// openDNF makes dnf 4 ready to be asked, with directories of ours for all that it writes.
func (h *system) openDNF(ctx context.Context, installed *inventory) (*dnf, error) {
	d := &dnf{name: "dnf", tools: h.tools, root: h.root, main: readIni(h.root, dnfConf)["main"]}
	d.cache = h.root.Path(h.inRoot(cmp.Or(d.main["cachedir"], "/var/cache/dnf")))
	real, err := filepath.EvalSymlinks(h.root.Dir())
	if err != nil {
		return nil, err
	}
	ours := func(name string) string { return filepath.Join(h.scratch, name) }
	if err := mirrorCache(h.root, d.cache, ours("cache")); err != nil {
		return nil, err
	}
	state := h.root.Path(h.inRoot(cmp.Or(d.main["persistdir"], "/var/lib/dnf")))
	if err := copyDir(filepath.Join(state, "modulefailsafe"), filepath.Join(ours("state"), "modulefailsafe")); err != nil {
		return nil, err
	}
	d.options = []string{
		meddlers, "--setopt=persistdir=" + ours("state"), // which dnf 4 takes as it is; sqlite does not like the other form
		"--setopt=cachedir=" + fromEither(real, ours("cache")), "--setopt=logdir=" + fromEither(real, ours("log")),
	}
	for _, name := range []string{"state", "log"} {
		if err := os.MkdirAll(ours(name), 0o700); err != nil {
			return nil, err
		}
	}
	if h.root.IsMachine() {
		return d, nil
	}
	options, err := h.otherRoot(ctx, real, d.main, installed)
	d.options = append(d.options, options...)
	return d, err
}

// fromEither returns a path that leads to the same place whether it is taken as it is or put behind another root's: dnf 4 does
// now the one and now the other with what its command line says.
func fromEither(root, path string) string {
	return strings.Repeat("/..", strings.Count(strings.TrimSuffix(root, "/"), "/")) + path
}

// inRoot returns a path of the configuration as a name in the root. One may be written with the root's own directory.
func (h *system) inRoot(path string) string {
	if rel, err := filepath.Rel(h.root.Dir(), path); err == nil && filepath.IsLocal(rel) && !h.root.IsMachine() {
		return rel
	}
	return strings.TrimPrefix(filepath.Clean("/"+path), "/")
}

// otherRoot are the options that have dnf look at another root with its own configuration. Paths on its command line are the
// machine's, and those of plugins are so even in the root's configuration.
func (h *system) otherRoot(ctx context.Context, real string, main map[string]string, installed *inventory) ([]string, error) {
	conf := h.root.Path(dnfConf)
	if !h.root.Exists(dnfConf) {
		conf = filepath.Join(h.scratch, "dnf.conf")
		if err := os.WriteFile(conf, []byte("[main]\n"), 0o600); err != nil {
			return nil, err
		}
	}
	plugins := filepath.Join(h.scratch, "plugins")
	if err := h.copyPlugins(h.inRoot(cmp.Or(main["pluginconfpath"], "/etc/dnf/plugins")), plugins); err != nil {
		return nil, err
	}
	options := []string{
		"--installroot=" + real, "--config=" + conf, "--setopt=pluginconfpath=" + plugins,
		"--setopt=reposdir=" + h.dirs(main["reposdir"], "/etc/yum.repos.d,/etc/yum/repos.d,/etc/distro.repos.d"),
		"--setopt=varsdir=" + h.dirs(main["varsdir"], "/etc/yum/vars,/etc/dnf/vars"),
		"--forcearch=" + installed.native(),
	}
	if release, sure := h.release(ctx); !sure && release != "" { // dnf finds none, and would say so in each answer
		options = append(options, "--releasever="+release)
	}
	return options, nil
}

// dirs are the machine's paths of a list of directories of the root.
func (h *system) dirs(configured, usual string) string {
	var paths []string
	for _, dir := range strings.FieldsFunc(cmp.Or(configured, usual), func(c rune) bool { return c == ',' || c == ' ' }) {
		paths = append(paths, h.root.Path(h.inRoot(dir)))
	}
	return strings.Join(paths, ",")
}

// copyPlugins copies the configuration of the root's plugins. The list of version locks is the root's own.
func (h *system) copyPlugins(from, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(h.root.Path(from))
	if err != nil || !h.root.Holds(h.root.Path(from)) {
		return nil
	}
	for _, entry := range entries {
		name := entry.Name()
		text, err := h.root.Read(filepath.Join(from, name), maxIniBytes)
		if err != nil || !strings.HasSuffix(name, ".conf") {
			continue
		}
		if list := parseIni(text)["main"]["locklist"]; list != "" {
			text = []byte("[main]\nenabled = " + cmp.Or(parseIni(text)["main"]["enabled"], "1") + "\nlocklist = " + h.root.Path(h.inRoot(list)) + "\n")
		}
		if err := os.WriteFile(filepath.Join(to, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// release returns what repositories are fetched by: the variable releasever where somebody has set it, else what the package
// of the release provides. sure is false where it is only the beginning of the system's version.
func (h *system) release(ctx context.Context) (release string, sure bool) {
	for _, name := range []string{"etc/dnf/vars/releasever", "etc/yum/vars/releasever"} {
		if word := h.root.Word(name); word != "" {
			return word, true
		}
	}
	const provided = "system-release(releasever)"
	_, err := h.tools.run(ctx, h.tools.tool("rpm", "-q", "--whatprovides", provided, "--qf", `[%{PROVIDENAME}\t%{PROVIDEVERSION}\n]`), func(r io.Reader) error {
		lines := linesOf(r)
		for lines.Scan() {
			if version, found := strings.CutPrefix(lines.Text(), provided+"\t"); found {
				release = version
			}
		}
		return lines.Err()
	}, 1)
	if err == nil && release != "" {
		return release, true
	}
	named, err := host.Identify(h.root)
	if err != nil {
		return "", false
	}
	if suse(h.root) { // whose repositories are those of a service pack
		return named.Version, false
	}
	release, _, _ = strings.Cut(named.Version, ".")
	return release, false
}
