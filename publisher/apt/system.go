package apt

import (
	"context"
	"fmt"
	"os"
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

// openDpkg makes the root's tools ready where apt cannot be asked: dpkg alone says what is installed.
func (h *system) openDpkg(ctx context.Context) error {
	archs, err := architectures(ctx, h.tools, h.root)
	if err != nil {
		return err
	}
	status := h.root.Path("var/lib/dpkg/status")
	if _, err := os.Stat(status); err != nil {
		return fmt.Errorf("%w: %w", ErrNoApt, err)
	}
	h.settings = &settings{root: h.root, status: status, arch: archs[0], terminal: h.root.Path("var/log/apt/term.log")}
	return nil
}

// setHost writes what is known of the machine, of its boot, and of the need of one, into a run that has ended.
func (h *system) setHost(run *messages.Run, installed []installedPackage) {
	run.Machine = h.root.Machine()
	boot := host.ReadBoot(h.root, run.FinishedAt)
	run.BootedAt, run.BootID = boot.At, boot.ID
	run.RebootRequired, run.RebootPackages = reboot(h.root, installed)
}
