//go:build linux

package rpmproof

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// host is a system of rpm: the machine's files, over which its own lie.
type host struct {
	t     testing.TB
	own   string // its own files
	root  string // all of them, mounted: what it sees as /
	repos string // the repositories that it sees as reposSeen
}

// reposSeen is where hosts see their repositories.
const reposSeen = "/srv/rpm/repos"

// flavour is a kind of host.
type flavour struct {
	name  string
	below func(testing.TB) string // the layers of the file system below the host's own
	make  func(*host)             // writes the host's own files, and fills its cache
	once  *sync.Once
}

func (f *flavour) base() string { return filepath.Join(workDir, "base-"+f.name) }

// rockyLinux has dnf 4, Debian's own.
var rockyLinux = &flavour{"rocky", func(testing.TB) string { return "/" }, (*host).makeRocky, new(sync.Once)}

// newHost makes a Rocky Linux of its own for a test, with a filled cache.
func newHost(t testing.TB) *host {
	t.Helper()
	return rockyLinux.host(t)
}

// host makes a host of that kind for a test, with a filled cache.
func (f *flavour) host(t testing.TB) *host {
	t.Helper()
	build(t)
	f.once.Do(func() {
		h := mountHost(t, filepath.Join(workDir, "making-"+f.name), f.below(t))
		f.make(h)
		run(t, "cp", "-a", h.own, f.base())
	})
	dir, err := os.MkdirTemp(workDir, "host-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	run(t, "cp", "-a", f.base(), filepath.Join(dir, "own"))
	return mountHost(t, dir, f.below(t))
}

// mountHost lays the host's own files, in dir/own, over those of a system of Debian.
func mountHost(t testing.TB, dir, below string) *host {
	t.Helper()
	h := &host{t: t, own: filepath.Join(dir, "own"), root: filepath.Join(dir, "root"), repos: filepath.Join(dir, "repos")}
	for _, name := range []string{h.own, h.root, filepath.Join(dir, "work"), h.repos, filepath.Join(h.own, reposSeen)} {
		if err := os.MkdirAll(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run(t, "cp", "-a", reposDir+"/.", h.repos)
	mount(t, "overlay", h.root, "overlay", 0, fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", below, h.own, filepath.Join(dir, "work")))
	mount(t, h.repos, filepath.Join(h.root, reposSeen), "", syscall.MS_BIND, "")
	mount(t, "/proc", filepath.Join(h.root, "proc"), "", syscall.MS_BIND|syscall.MS_REC, "")
	mount(t, "/dev", filepath.Join(h.root, "dev"), "", syscall.MS_BIND|syscall.MS_REC, "")
	mount(t, "tmp", filepath.Join(h.root, "tmp"), "tmpfs", 0, "")
	program := h.path("tmp/patchstream")
	if err := os.WriteFile(program, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount(binary(), program, "", syscall.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(program, syscall.MNT_DETACH) })
	return h
}

// path is where a file of the host is.
func (h *host) path(name string) string { return filepath.Join(h.root, name) }

// write makes a file of the host.
func (h *host) write(name, text string) {
	h.t.Helper()
	if err := os.MkdirAll(filepath.Dir(h.path(name)), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(h.path(name), []byte(text), 0o644); err != nil {
		h.t.Fatal(err)
	}
}

// add writes more to a file of the host.
func (h *host) add(name, text string) {
	h.t.Helper()
	old, err := os.ReadFile(h.path(name))
	if err != nil {
		h.t.Fatal(err)
	}
	h.write(name, string(old)+text)
}

// command is a command on the host, as its root user would give it.
func (h *host) command(argv ...string) *exec.Cmd {
	cmd := exec.Command("chroot", append([]string{h.root}, argv...)...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC", "HOME=/root"}
	return cmd
}

// try runs a command on the host.
func (h *host) try(argv ...string) (stdout, stderr string, code int) {
	h.t.Helper()
	cmd := h.command(argv...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		h.t.Fatal(err)
	}
	return out.String(), said.String(), cmd.ProcessState.ExitCode()
}

// do runs a command on the host that must end with one of the codes, 0 if none is given.
func (h *host) do(argv []string, codes ...int) string {
	h.t.Helper()
	out, said, code := h.try(argv...)
	if len(codes) == 0 {
		codes = []int{0}
	}
	for _, good := range codes {
		if code == good {
			return out
		}
	}
	h.t.Fatalf("%s: exit code %d\n%s%s", strings.Join(argv, " "), code, out, said)
	return ""
}

// makeRocky makes the files of a Rocky Linux 9.3.
func (h *host) makeRocky() {
	h.name("rocky-1", "NAME=\"Rocky Linux\"\nVERSION=\"9.3 (Blue Onyx)\"\nID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.3\"\nPLATFORM_ID=\"platform:el9\"\n")
	h.configureDNF()
	h.install()
	h.do([]string{"dnf", "-q", "makecache"})
}

// name gives a host its name and its operating system. It is a container, whose kernel is another's.
func (h *host) name(name, osRelease string) {
	h.t.Helper()
	h.write(".dockerenv", "")
	h.write("etc/hostname", name+".example.org\n")
	h.remove(h.path("etc/os-release"))
	h.write("etc/os-release", osRelease)
}

func (h *host) configureDNF() {
	h.t.Helper()
	h.write("etc/dnf/dnf.conf", "[main]\ngpgcheck=1\ninstallonly_limit=3\nbest=True\nskip_if_unavailable=False\nexcludepkgs=excluded\n")
	h.write("etc/dnf/vars/releasever", "9\n")
	h.write("etc/dnf/modules.d/nginx.module", "[nginx]\nname=nginx\nstream=1.22\nprofiles=\nstate=enabled\n")
	h.write("etc/dnf/plugins/versionlock.conf", "[main]\nenabled=1\nlocklist=/etc/dnf/plugins/versionlock.list\n")
	h.write("etc/dnf/plugins/versionlock.list", "# one version only\nlocked-0:1.0-1.el9.*\n")
	for _, repo := range repositories {
		check, enabled := 1, 1
		if repo == "unsigned" {
			check = 0
		}
		if repo == "acme" {
			enabled = 0
		}
		h.write("etc/yum.repos.d/"+repo+".repo", fmt.Sprintf("[%s]\nname=%s\nbaseurl=file://%s/%s\nenabled=%d\ngpgcheck=%d\ngpgkey=file:///etc/pki/rpm-gpg/KEY\nmetadata_expire=48h\n",
			repo, repo, reposSeen, repo, enabled, check))
	}
}

// install makes rpm's database, with the packages that a host begins with.
func (h *host) install() {
	h.t.Helper()
	key, err := os.ReadFile(keyFile)
	if err != nil {
		h.t.Fatal(err)
	}
	h.write("etc/rpm/macros", "%_dbpath /var/lib/rpm\n%_db_backend sqlite\n")
	h.write("etc/pki/rpm-gpg/KEY", string(key))
	h.do([]string{"rpm", "--initdb"})
	h.do([]string{"rpm", "--import", "/etc/pki/rpm-gpg/KEY"})
	argv := []string{"rpm", "-i", "--nodeps", "--noscripts", "--nosignature", "--ignorearch", "--ignoreos", "--oldpackage", "--force"}
	mount(h.t, packagesDir, h.path("tmp/packages"), "", syscall.MS_BIND, "")
	for _, p := range packageRows(h.t) {
		if p.installed {
			argv = append(argv, filepath.Join("/tmp/packages", p.repo, p.file()))
		}
	}
	h.do(argv)
}
