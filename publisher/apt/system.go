package apt

import (
	"context"
	"io"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// system is a root with its tools, as long as it is looked at.
type system struct {
	root     *host.Root
	config   string // the file that apt reads first on the machine itself; empty: none
	space    *workspace
	tools    *toolbox
	settings *settings // nil until apt has told them
}

// newSystem opens a root, of which identity and boot may then be read. Close it.
func newSystem(dir string, timeout time.Duration, config string) (*system, error) {
	root, err := openRoot(dir)
	if err != nil {
		return nil, err
	}
	return &system{root: root, config: config, tools: &toolbox{timeout: timeout}}, nil
}

// open makes the root's tools ready to be asked.
func (h *system) open(ctx context.Context) (err error) {
	if h.space, err = newWorkspace(); err != nil {
		return err
	}
	if h.root.IsMachine() {
		h.tools.config = h.config
	} else if err := h.space.moveTo(ctx, h.tools, h.root); err != nil {
		return err
	}
	if h.settings, err = askSettings(ctx, h.tools, h.root); err != nil {
		return err
	}
	return h.space.isolate(h.tools, h.settings)
}

func (h *system) close() {
	if h.space != nil {
		h.space.remove()
	}
	h.root.Close()
}

// arch returns the native architecture, empty where it is not known.
func (h *system) arch() string {
	if h.settings == nil {
		return ""
	}
	return h.settings.arch
}

func (h *system) installed(ctx context.Context) ([]installedPackage, error) {
	return queryDpkg(ctx, h.tools, h.settings.admindir(), h.settings.arch)
}

// setBoot writes what is known of the boot, and of the need of one, into a run that has ended.
func (h *system) setBoot(run *messages.Run, installed []installedPackage) {
	boot := host.ReadBoot(h.root, run.FinishedAt)
	run.BootedAt, run.BootID = boot.At, boot.ID
	run.RebootRequired, run.RebootPackages = reboot(h.root, installed)
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
	if err != nil {
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
	if err != nil || info.Size() < position {
		return nil
	}
	tried, err := parseDpkgLog(io.NewSectionReader(f, position, maxLogBytes), h.settings.arch)
	if err != nil {
		return nil
	}
	return tried
}
