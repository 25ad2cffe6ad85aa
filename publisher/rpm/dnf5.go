package rpm

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// dnf 5 is another program with the words of dnf 4. It describes repositories in JSON, where one that it skips without a word
// is like one without packages; its format strings need their own line ends; and where it notes what it did with packages is
// a directory beside rpm's database.

// dnf5 is dnf 5.
type dnf5 struct{ dnf }

// openDNF5 makes dnf 5 ready to be asked, with directories of ours for all that it writes.
func (h *system) openDNF5(_ context.Context, installed *inventory) (*dnf5, error) {
	real, err := filepath.EvalSymlinks(h.root.Dir())
	if err != nil {
		return nil, err
	}
	d := &dnf5{dnf{name: "dnf5", tools: h.tools, root: h.root, main: readIni(h.root, dnfConf)["main"]}}
	d.cache = h.root.Path(h.inRoot(cmp.Or(d.main["system_cachedir"], "/var/cache/libdnf5")))
	ours := func(name string) string { return filepath.Join(h.scratch, name) }
	if err := mirrorCache(h.root, d.cache, ours("cache")); err != nil {
		return nil, err
	}
	state := h.root.Path(h.inRoot(cmp.Or(d.main["system_state_dir"], "/usr/lib/sysimage/libdnf5")))
	if h.root.Holds(state) {
		if err := copyDir(state, ours("state")); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"state", "log"} {
		if err := os.MkdirAll(ours(name), 0o700); err != nil {
			return nil, err
		}
	}
	for option, name := range map[string]string{"cachedir": "cache", "system_cachedir": "cache", "persistdir": "state", "system_state_dir": "state", "logdir": "log"} {
		d.options = append(d.options, "--setopt="+option+"="+fromEither(real, ours(name)))
	}
	if !h.root.IsMachine() {
		d.options = append(d.options, "--installroot="+real, "--forcearch="+installed.native())
	}
	return d, nil
}

func (d *dnf5) repositories(ctx context.Context) ([]repository, error) {
	var asked []string
	if _, err := d.ask(ctx, func(r io.Reader) error {
		var list []struct {
			ID string `json:"id"`
		}
		if err := json.NewDecoder(r).Decode(&list); err != nil {
			return fmt.Errorf("the list of repositories: %w", err)
		}
		for _, one := range list {
			asked = append(asked, one.ID)
		}
		return nil
	}, nil, "-q", "repo", "list", "--enabled", "--json"); err != nil {
		return nil, err
	}
	if len(asked) == 0 {
		return nil, errNoRepository
	}
	var answered []repository
	if _, err := d.ask(ctx, func(r io.Reader) (err error) {
		answered, err = parseRepoJSON(r)
		return err
	}, nil, "-q", "repo", "info", "--enabled", "--json"); err != nil {
		return nil, err
	}
	return locate(answered, asked, d.cache)
}

func (d *dnf5) offers(ctx context.Context, take func(offer)) error {
	return d.query(ctx, take, "--queryformat", offerFormat+`\n`, "--setopt=disable_excludes=*")
}

func (d *dnf5) wanted(ctx context.Context, take func(offer)) error {
	return d.query(ctx, take, "--queryformat", offerFormat+`\n`)
}

func (d *dnf5) opinions(ctx context.Context) (*opinions, error) {
	return d.think(ctx, "check-upgrade", `%{name}\n`, "--no-best")
}
