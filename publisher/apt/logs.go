package apt

import (
	"io"
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

// positions are how far the logs have come.
type positions struct{ dpkg, terminal int64 }

func (h *system) logPositions() positions {
	return positions{dpkg: h.root.LogSize(dpkgLog), terminal: h.root.LogSize(h.terminalLog())}
}

// terminalLog is the name of apt's log in the root; empty: there is none.
func (h *system) terminalLog() string {
	name, err := filepath.Rel(h.root.Dir(), h.settings.terminal)
	if err != nil || h.settings.terminal == "" || strings.HasPrefix(name, "..") || strings.HasPrefix(name, "dev/") {
		return ""
	}
	return name
}

// triedSince reads which versions dpkg's log says were tried.
func (h *system) triedSince(position int64) (tried map[packageID]string) {
	h.root.ReadLog(dpkgLog, position, func(r io.Reader) {
		if found, err := parseDpkgLog(r, h.settings.arch); err == nil {
			tried = found
		}
	})
	return tried
}

// shownSince reads what dpkg complained of on the terminal that apt gave it.
func (h *system) shownSince(position int64) *complaints {
	shown := &complaints{}
	h.root.ReadLog(h.terminalLog(), position, func(r io.Reader) {
		_, _ = io.Copy(shown, r) // what cannot be read tells nothing
		shown.end()
	})
	return shown
}
