package rpm

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/patchstream/patchstream/publisher/host"
)

// system is a root with its tools, as long as it is looked at.
type system struct {
	root     *host.Root
	database *database
	space    string // a directory of ours, removed with it
	scratch  string // in it: what the tools of one reading write, made anew for each
	tools    *toolbox
}

// newSystem opens a root, of which identity and boot may then be read. Close it.
func newSystem(dir string, timeout time.Duration) (*system, error) {
	root, err := host.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &system{root: root, tools: &toolbox{timeout: timeout}}, nil
}

// open makes rpm ready to be asked. Where there is no database the error is a [*noDatabaseError].
func (h *system) open(ctx context.Context) (err error) {
	var found bool
	if h.database, found = findDatabase(h.root, h.ownDatabaseDir(ctx)); !found {
		return &noDatabaseError{h.root.Dir()}
	}
	if h.space, err = host.TempDir("patchstream-rpm-"); err != nil {
		return err
	}
	return h.pointRPM()
}

// ownDatabaseDir asks the machine's own rpm where its database is. It is empty where that is not known, and of another root.
func (h *system) ownDatabaseDir(ctx context.Context) string {
	if !h.root.IsMachine() {
		return ""
	}
	var text []byte
	_, err := h.tools.run(ctx, h.tools.tool("rpm", "-E", "%_dbpath"), func(r io.Reader) (err error) {
		text, err = io.ReadAll(io.LimitReader(r, 4<<10))
		return err
	})
	dir := strings.TrimPrefix(strings.TrimSpace(string(text)), "/")
	if err != nil || !filepath.IsLocal(dir) {
		return ""
	}
	return dir
}

// pointRPM has rpm, and all that use its library, look at the root. rpm reads .rpmmacros in HOME after all other macros;
// what it says of the database is said on the machine itself only where another rpm's macros would lead elsewhere.
func (h *system) pointRPM() error {
	h.tools.home = filepath.Join(h.space, "home")
	if err := os.Mkdir(h.tools.home, 0o700); err != nil {
		return err
	}
	macros := fmt.Sprintf("%%_dbpath /%s\n%%_db_backend %s\n", h.database.dir, h.database.backend)
	if err := os.WriteFile(filepath.Join(h.tools.home, ".rpmmacros"), []byte(macros), 0o600); err != nil {
		return err
	}
	if !h.root.IsMachine() {
		h.tools.rpm = []string{"--root", h.root.Dir()}
	}
	return nil
}

// renewScratch makes an empty scratch directory. A reading that was begun again must not meet what the one before it left.
func (h *system) renewScratch() (err error) {
	if h.scratch != "" {
		if err := os.RemoveAll(h.scratch); err != nil {
			return err
		}
	}
	h.scratch, err = os.MkdirTemp(h.space, "scratch-")
	return err
}

func (h *system) close() {
	if h.space != "" {
		_ = os.RemoveAll(h.space)
		if !h.root.IsMachine() { // a tool that takes our directory for one of the root has made it there
			_ = os.RemoveAll(h.root.Path(h.space))
		}
	}
	h.root.Close()
}
