//go:build linux

package apt

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/publisher/host"
)

// patchHost is a root of its own with packages of ours, which the machine's own apt and dpkg change. The packages'
// scripts run on the machine, with DPKG_ROOT as the root.
type patchHost struct {
	t    *testing.T
	root string
}

// deb is a package to be built. arch "": all.
type deb struct {
	name, version, arch, depends string
	scripts                      map[string]string // postinst and the like, in shell
}

// newPatchHost returns a root in which the packages are installed.
func newPatchHost(t *testing.T, installed ...deb) *patchHost {
	t.Helper()
	return &patchHost{t: t, root: copyRoot(t, trees.get(t, fmt.Sprintf("host %q", installed), func(dir string) {
		h := &patchHost{t: t, root: dir}
		h.make()
		var paths []string
		for _, d := range installed {
			paths = append(paths, h.build("base", d))
		}
		if len(paths) > 0 {
			h.do("dpkg", h.dpkg(append([]string{"-i"}, paths...)...)[1:]...)
		}
	}))}
}

// make makes a root without packages.
func (h *patchHost) make() {
	h.t.Helper()
	for _, dir := range []string{
		"etc/apt/preferences.d", "etc/apt/sources.list.d", "etc/apt/apt.conf.d", "etc/apt/trusted.gpg.d", "var/lib/apt/lists/partial",
		"var/cache/apt/archives/partial", "var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log/apt", "repo", "base", "run", "tmp",
	} {
		if err := os.MkdirAll(h.path(dir), 0o755); err != nil {
			h.t.Fatal(err)
		}
	}
	write(h.t, h.path("var/lib/dpkg/status"), "")
	write(h.t, h.path("var/lib/dpkg/arch"), "amd64\ni386\n")
	write(h.t, h.path("etc/apt/sources.list"), "deb [trusted=yes] file:"+h.path("repo")+" ./\n")
	write(h.t, h.path("etc/apt/apt.conf"), fmt.Sprintf(`Dir "%[1]s";
Dir::State::status "%[1]s/var/lib/dpkg/status";
Dir::Log "%[1]s/var/log/apt";
APT::Architecture "amd64"; APT::Architectures { "amd64"; "i386"; };
Acquire::Languages "none"; APT::Sandbox::User "root";
DPkg::Options { %[2]s; };
`, h.root, `"`+strings.Join(h.dpkgOptions(), `"; "`)+`"`))
}

// dpkgOptions let dpkg work on the root, and for whoever runs the tests.
func (h *patchHost) dpkgOptions() []string {
	return []string{
		"--admindir=" + h.path("var/lib/dpkg"), "--instdir=" + h.root, "--log=" + h.path("var/log/dpkg.log"),
		"--force-script-chrootless", "--force-not-root", "--force-architecture", "--force-bad-path",
	}
}

// dpkg is a command of dpkg for the root.
func (h *patchHost) dpkg(args ...string) []string {
	return slices.Concat([]string{"dpkg"}, h.dpkgOptions(), args)
}

func (h *patchHost) path(name string) string { return filepath.Join(h.root, name) }

func (h *patchHost) env() []string {
	return append(os.Environ(), "APT_CONFIG="+h.path("etc/apt/apt.conf"), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
}

// do runs a command that must succeed.
func (h *patchHost) do(name string, args ...string) string {
	h.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = h.env()
	out, err := cmd.CombinedOutput()
	if err != nil {
		h.t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// build puts the package's archive into a directory of the root.
func (h *patchHost) build(dir string, d deb) string {
	h.t.Helper()
	made := trees.get(h.t, fmt.Sprintf("deb %q", d), func(dir string) { h.pack(dir, d) })
	path := filepath.Join(h.path(dir), d.file())
	write(h.t, path, read(h.t, filepath.Join(made, d.file())))
	return path
}

// file is the name of the package's archive, in which the epoch is left out.
func (d deb) file() string {
	_, version, found := strings.Cut(d.version, ":")
	if !found {
		version = d.version
	}
	return d.name + "_" + version + "_" + cmp.Or(d.arch, "all") + ".deb"
}

// pack makes the package's archive.
func (h *patchHost) pack(dir string, d deb) {
	h.t.Helper()
	arch := cmp.Or(d.arch, "all")
	control := ""
	if d.arch != "" {
		control = "Multi-Arch: same\n"
	}
	if d.depends != "" {
		control += "Depends: " + d.depends + "\n"
	}
	tree := h.t.TempDir()
	write(h.t, filepath.Join(tree, "usr/share", d.name, arch), d.version)
	write(h.t, filepath.Join(tree, "DEBIAN/control"), fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: X <x@example.com>\n%sDescription: x\n",
		d.name, d.version, arch, control))
	for name, script := range d.scripts {
		path := filepath.Join(tree, "DEBIAN", name)
		write(h.t, path, "#!/bin/sh\n"+script+"\n")
		if err := os.Chmod(path, 0o755); err != nil {
			h.t.Fatal(err)
		}
	}
	h.do("dpkg-deb", "--root-owner-group", "-b", tree, filepath.Join(dir, d.file()))
}

// offer puts packages into the repository, and updates the lists.
func (h *patchHost) offer(debs ...deb) {
	h.t.Helper()
	var index bytes.Buffer
	for _, d := range debs {
		path := h.build("repo", d)
		text := read(h.t, path)
		fmt.Fprintf(&index, "%sFilename: ./%s\nSize: %d\nSHA256: %x\n\n", h.do("dpkg-deb", "-f", path), filepath.Base(path), len(text), sha256.Sum256([]byte(text)))
	}
	write(h.t, h.path("repo/Packages"), index.String())
	h.do("apt-get", "update")
}

func (h *patchHost) hold(names ...string) {
	h.t.Helper()
	cmd := exec.Command("dpkg", "--admindir="+h.path("var/lib/dpkg"), "--set-selections")
	cmd.Stdin = strings.NewReader(strings.Join(names, " hold\n") + " hold\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		h.t.Fatalf("%v\n%s", err, out)
	}
}

// link puts a symbolic link into the root.
func (h *patchHost) link(name, target string) {
	h.t.Helper()
	if err := os.Remove(h.path(name)); err != nil && !os.IsNotExist(err) {
		h.t.Fatal(err)
	}
	if err := os.Symlink(target, h.path(name)); err != nil {
		h.t.Fatal(err)
	}
}

// states returns "name arch version abbreviation" of each package, in dpkg's own words.
func (h *patchHost) states() []string {
	h.t.Helper()
	out := h.do("dpkg-query", "--admindir="+h.path("var/lib/dpkg"), "-W", "-f", `${Package} ${Architecture} ${Version} ${db:Status-Abbrev}\n`)
	return strings.Split(strings.TrimSpace(out), "\n")
}

// runner is one that looks at the root, and the output of its command.
func (h *patchHost) runner() (*Runner, *bytes.Buffer, *bytes.Buffer) {
	stdout, stderr := &bytes.Buffer{}, &bytes.Buffer{}
	return &Runner{Runner: host.Runner{Root: h.root, Env: h.env(), Stdout: stdout, Stderr: stderr}}, stdout, stderr
}

// run runs a command that must be reported whole, and end with that code.
func (h *patchHost) run(code int, argv ...string) *messages.Run {
	h.t.Helper()
	r, stdout, stderr := h.runner()
	run, got, err := r.Run(h.t.Context(), argv)
	if err != nil || got != code || run.ExitCode == nil || *run.ExitCode != code {
		h.t.Fatalf("%v ended with %d, %v, want %d\n%s%s", argv, got, err, code, stdout, stderr)
	}
	return run
}

// report is what the other process writes down of its run.
type report struct {
	Run  *messages.Run
	Code int
	Err  string
}

// runAndReport runs the command in the arguments, in this process's place.
func runAndReport(path string) int {
	r := &Runner{Runner: host.Runner{Root: os.Getenv("APT_TEST_RUN_ROOT"), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}}
	run, code, err := r.Run(context.Background(), os.Args[1:])
	text, _ := json.Marshal(report{run, code, fmt.Sprint(err)})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return 99
	}
	return code
}
