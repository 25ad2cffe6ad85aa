package apt

import (
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Two logs are written whoever calls apt or dpkg: dpkg's own, where Debian's configuration puts it, of what it does,
// and apt's, of what dpkg shows on the terminal that apt gives it:
//
//	Log started: 2026-11-28  12:00:01
//	Preparing to unpack .../acme-pre_1.1_all.deb ...
//	dpkg: error processing archive /repo/acme-pre_1.1_all.deb (--unpack):
//	 new acme-pre package pre-installation script subprocess returned error exit status 4
//
// The second is the only place for that where sudo, a shell or unattended-upgrades stands between us and apt.

const dpkgLog = "var/log/dpkg.log"

// maxLogBytes bounds what is read of the log of one run; a large upgrade writes 1 MB.
const maxLogBytes = 64 << 20

// positions are how far the logs have come.
type positions struct{ dpkg, terminal int64 }

func (h *system) logPositions() positions {
	return positions{dpkg: h.logSize(dpkgLog), terminal: h.logSize(h.terminalLog())}
}

// terminalLog is the name of apt's log in the root; empty: there is none.
func (h *system) terminalLog() string {
	name, err := filepath.Rel(h.root.Dir(), h.settings.terminal)
	if err != nil || h.settings.terminal == "" || strings.HasPrefix(name, "..") || strings.HasPrefix(name, "dev/") {
		return ""
	}
	return name
}

// logSize returns how long a log is, 0 where there is none.
func (h *system) logSize(name string) int64 {
	f, size := h.openLog(name)
	if f == nil {
		return 0
	}
	_ = f.Close()
	return size
}

// openLog opens a log. nil: there is none, which is nothing unusual.
func (h *system) openLog(name string) (*os.File, int64) {
	if name == "" {
		return nil, 0
	}
	f, err := h.root.Open(name)
	if err != nil {
		return nil, 0
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, 0
	}
	return f, info.Size()
}

// readLog hands what a log has from that position on to read. A log that has become shorter was put aside in
// between, and tells nothing.
func (h *system) readLog(name string, position int64, read func(io.Reader)) {
	f, size := h.openLog(name)
	if f == nil {
		return
	}
	defer func() { _ = f.Close() }()
	if size > position {
		read(io.NewSectionReader(f, position, min(size-position, maxLogBytes)))
	}
}

// triedSince reads which versions dpkg's log says were tried.
func (h *system) triedSince(position int64) (tried map[packageID]string) {
	h.readLog(dpkgLog, position, func(r io.Reader) {
		if found, err := parseDpkgLog(r, h.settings.arch); err == nil {
			tried = found
		}
	})
	return tried
}

// shownSince reads what dpkg complained of on the terminal that apt gave it.
func (h *system) shownSince(position int64) *complaints {
	shown := &complaints{}
	h.readLog(h.terminalLog(), position, func(r io.Reader) {
		_, _ = io.Copy(shown, r) // what cannot be read tells nothing
		shown.end()
	})
	return shown
}
