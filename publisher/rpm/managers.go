package rpm

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/patchstream/patchstream/publisher/host"
)

// A command may be called by several names: yum is dnf from Red Hat 8 on, dnf is dnf 5 from Fedora 41 on, and both are links.

// kind is a package manager that a scan knows, or knows that it cannot ask.
type kind string

const (
	kindDNF    kind = "dnf"
	kindDNF5   kind = "dnf5"
	kindZypper kind = "zypper"
	kindYum    kind = "yum" // yum 3
	kindNone   kind = ""
)

// errYum tells of a host with yum 3.
var errYum = errors.New("this system has yum 3 (Red Hat 7, Amazon Linux 1 and 2), which cannot be asked without changing the host, " +
	"so it cannot be scanned: have another publisher send its scans (docs/contract.md, docs/examples/scan-rpm.json)")

// Is tells whether a root is to be looked at by this room: a system that calls itself one of rpm's packages, or says nothing
// of it and has a database of rpm and none of dpkg. A Debian host with rpm on it is a Debian host.
func Is(dir string) (bool, error) {
	r, err := host.OpenRoot(dir)
	if err != nil {
		return false, err
	}
	defer r.Close()
	switch {
	case host.Kin(r, "debian", "ubuntu"):
		return false, nil
	case family(r):
		return true, nil
	}
	_, found := findDatabase(r, "")
	return found && !r.Exists("var/lib/dpkg/status"), nil
}

// family tells whether a root says that it is a system of rpm's packages.
func family(r *host.Root) bool {
	return host.Kin(r, "rhel", "fedora", "centos", "rocky", "almalinux", "ol", "amzn", "suse", "opensuse", "sles")
}

func suse(r *host.Root) bool { return host.Kin(r, "suse", "opensuse", "sles") }

// manager returns the package manager of the root, ready to be asked.
func (h *system) manager(ctx context.Context, installed *inventory) (manager, error) {
	kind, err := h.kind()
	if err != nil {
		return nil, err
	}
	if err := h.renewScratch(); err != nil {
		return nil, err
	}
	switch kind {
	case kindDNF:
		return h.openDNF(ctx, installed)
	case kindDNF5:
		return h.openDNF5(ctx, installed)
	case kindZypper:
		return h.openZypper()
	}
	return nil, fmt.Errorf("%s cannot be asked", kind)
}

// kind says which package manager the root has, and whether the machine has it to ask.
func (h *system) kind() (kind, error) {
	wanted := kindOfRoot(h.root)
	switch {
	case wanted == kindYum:
		return wanted, errYum
	case h.root.IsMachine() && wanted == kindNone:
		return wanted, errors.New("neither dnf nor zypper is installed (microdnf cannot be asked): nobody can say what could be installed")
	case wanted == kindNone:
		wanted = kindDNF
	}
	has := kindsOfMachine()
	if slices.Contains(has, wanted) {
		return wanted, nil
	}
	for _, other := range []kind{kindDNF, kindDNF5} { // either reads the other's configuration
		if wanted != kindZypper && !h.root.IsMachine() && slices.Contains(has, other) {
			return other, nil
		}
	}
	return wanted, fmt.Errorf("%s is not installed on this machine: %w", wanted, exec.ErrNotFound)
}

// kindOfRoot is what the root itself has.
func kindOfRoot(r *host.Root) kind {
	if r.Exists("usr/bin/zypper") || suse(r) {
		return kindZypper
	}
	for _, name := range []string{"dnf", "dnf5", "dnf-3", "yum"} {
		if !r.Exists("usr/bin/" + name) {
			continue
		}
		target, err := filepath.EvalSymlinks(r.Path("usr/bin/" + name))
		if err != nil {
			target = name
		}
		switch base := filepath.Base(target); {
		case base == "dnf5":
			return kindDNF5
		case strings.HasPrefix(base, "dnf"):
			return kindDNF
		case base == "yum":
			return kindYum
		}
	}
	return kindNone
}

// kindsOfMachine are the tools that can be run here.
func kindsOfMachine() []kind {
	var kinds []kind
	for name, is := range map[string]kind{"dnf": kindDNF, "dnf-3": kindDNF, "dnf5": kindDNF5, "zypper": kindZypper} {
		path, err := host.FindTool(name)
		if err != nil {
			continue
		}
		if target, err := filepath.EvalSymlinks(path); err == nil && filepath.Base(target) == "dnf5" {
			is = kindDNF5
		}
		kinds = append(kinds, is)
	}
	return kinds
}
