package apt

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// system is a root with its tools, as long as a run looks at it.
type system struct {
	root     *host.Root
	space    *workspace
	tools    *toolbox
	settings *settings
}

// openSystem opens the runner's root. Close it.
func (r *Runner) openSystem(ctx context.Context) (_ *system, err error) {
	h := &system{tools: &toolbox{timeout: r.timeout()}}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	if h.root, err = openRoot(r.Root); err != nil {
		return nil, err
	}
	if h.space, err = newWorkspace(); err != nil {
		return nil, err
	}
	if h.root.IsMachine() {
		h.tools.config = r.variable("APT_CONFIG") // what the command will read too
	} else if err := h.space.moveTo(ctx, h.tools, h.root); err != nil {
		return nil, err
	}
	if h.settings, err = askSettings(ctx, h.tools, h.root); err != nil {
		return nil, err
	}
	return h, h.space.keepOut(h.tools, h.settings)
}

func (h *system) close() {
	if h.space != nil {
		h.space.remove()
	}
	if h.root != nil {
		h.root.Close()
	}
}

func (h *system) installed(ctx context.Context) ([]installedPackage, error) {
	return queryDpkg(ctx, h.tools, h.settings.admindir(), h.settings.arch)
}

// setBoot writes what is known of the boot, and of the need of one, into a run that has ended.
func (h *system) setBoot(run *messages.Run, installed []installedPackage) {
	boot := host.ReadBoot(h.root, run.FinishedAt)
	run.BootedAt, run.BootID = boot.At, boot.ID
	run.RebootRequired, run.RebootPackages = reboot(h.root, installed, boot.Live())
}

// The log of dpkg, where Debian's configuration puts it.
const dpkgLog = "var/log/dpkg.log"

// maxLogBytes bounds what is read of the log of one run; a large upgrade writes 1 MB.
const maxLogBytes = 64 << 20

// logSize returns how long dpkg's log is, 0 where there is none.
func (h *system) logSize() int64 {
	f, err := h.root.Open(dpkgLog)
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return info.Size()
}

// triedSince reads what dpkg's log has from that position on. The log is a help where it is there; one that has
// become shorter was put aside in between, and tells nothing.
func (h *system) triedSince(position int64) map[packageID]string {
	f, err := h.root.Open(dpkgLog)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	file, seekable := f.(io.ReaderAt)
	if err != nil || !seekable || info.Size() < position {
		return nil
	}
	tried, err := parseDpkgLog(io.NewSectionReader(file, position, maxLogBytes), h.settings.arch)
	if err != nil {
		return nil
	}
	return tried
}

// awaitRelease waits until no process holds dpkg's locks any more, at the longest until the deadline: the
// command may be gone while the dpkg that it started still works. Before each wait it says so to at.
func (h *system) awaitRelease(ctx context.Context, deadline time.Time, at func(moment)) {
	for ctx.Err() == nil && time.Now().Before(deadline) {
		reason, err := busy(h.settings.admindir())
		if err != nil || !strings.HasPrefix(reason, "dpkg is running: ") {
			return
		}
		if at != nil {
			at(waiting)
		}
		if host.Pause(ctx, pollInterval) != nil {
			return
		}
	}
}

// interrupted says whether an earlier dpkg was killed in the middle: it left a journal, and nobody holds the lock.
func (h *system) interrupted() (bool, error) {
	reason, err := busy(h.settings.admindir())
	return err == nil && strings.HasPrefix(reason, "dpkg is running or was interrupted: "), err
}

// variable returns a variable of the command's environment.
func (r *Runner) variable(name string) string {
	env := r.Env
	if env == nil {
		env = os.Environ()
	}
	value := ""
	for _, pair := range env {
		if v, ok := strings.CutPrefix(pair, name+"="); ok {
			value = v
		}
	}
	return value
}

func (r *Runner) notef(format string, args ...any) {
	if r.Stderr != nil {
		_, _ = fmt.Fprintf(r.Stderr, "patchstream: "+format+"\n", args...)
	}
}
