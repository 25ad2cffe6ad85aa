package apt

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/patchstream/patchstream/classify/version"
	"github.com/patchstream/patchstream/messages"
)

// Here apt and dpkg are asked about the scan, in other ways than the collector asks them: madison for the versions
// and who carries them, apt list for what is upgradable, apt-mark for what is held, the steps of a simulated
// upgrade for what is not kept back.

func TestAgreesWithApt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		build func(t *testing.T) string
		sizes []int // installed, versions carried, upgradable, held, kept back
	}{
		{"ubuntu", func(t *testing.T) string { return buildRoot(t, "ubuntu") }, []int{23, 26, 15, 1, 3}},
		{"ubuntu from a mirror", mirrorRoot, []int{23, 26, 15, 1, 3}},
		{"debian before", func(t *testing.T) string { return buildRoot(t, "debian", "before") }, []int{189, 215, 26, 0, 0}},
		{"debian after the upgrade", func(t *testing.T) string { return buildRoot(t, "debian", "after-upgrade") }, []int{197, 192, 0, 0, 0}},
		{"debian after boot was full", func(t *testing.T) string { return buildRoot(t, "debian", "after-boot-full") }, []int{197, 192, 0, 0, 0}},
		{"this machine", func(t *testing.T) string { return "" }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := c.build(t)
			scan := agrees(t, root)
			if o := newAptOracle(t, root); c.sizes != nil && aptIsAtLeast(t, "2.6") { // the oracle must have had something to say
				diff(t, "sizes of the answers", c.sizes, []int{len(o.installed()), len(o.carried(scan)), len(o.upgradable()), len(o.held()), len(o.keptBack())})
			}
		})
	}
}

// agrees scans a root, and compares the scan with what apt and dpkg say.
func agrees(t *testing.T, root string) *messages.Scan {
	t.Helper()
	o, scan := newAptOracle(t, root), collectRoot(t, root)
	diff(t, "installed", o.installed(), installedIn(scan))
	diff(t, "versions and origins", o.carried(scan), carriedIn(scan))
	diff(t, "upgradable", o.upgradable(), upgradableIn(scan))
	diff(t, "held", o.held(), namesWhere(scan, func(p *messages.Package) bool { return p.Hold }))
	diff(t, "kept back", o.keptBack(), namesWhere(scan, func(p *messages.Package) bool { return p.KeptBack }))
	return scan
}

// aptOracle asks the tools about a root.
type aptOracle struct {
	t      *testing.T
	root   string
	native string
	cache  []string
}

func newAptOracle(t *testing.T, root string) *aptOracle {
	dir := t.TempDir()
	o := &aptOracle{t: t, root: root, cache: []string{"-o", "Dir::Cache::pkgcache=" + dir + "/p", "-o", "Dir::Cache::srcpkgcache=" + dir + "/s", "-o", "Dir::Log::Planner=" + dir + "/l"}}
	o.native = strings.Trim(strings.TrimSpace(strings.TrimPrefix(o.ask("apt-config", "shell", "A", "APT::Architecture"), "A=")), "'")
	return o
}

func (o *aptOracle) ask(name string, args ...string) string {
	o.t.Helper()
	if strings.HasPrefix(name, "apt-") || name == "apt" {
		args = append(slices.Clone(o.cache), args...)
	}
	return ask(o.t, o.root, name, args...)
}

func (o *aptOracle) id(name, arch string) string {
	if arch == "" || arch == "all" {
		arch = o.native
	}
	return name + ":" + arch
}

// installed: name:arch version and dpkg's two letters.
func (o *aptOracle) installed() map[string]string {
	admindir := filepath.Join("/", o.root, "var/lib/dpkg")
	out := o.ask("dpkg-query", "--admindir="+admindir, "-W", "-f", `${Package} ${Architecture} ${Version} ${db:Status-Abbrev}\n`)
	found := map[string]string{}
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) < 4 { // without a version
			continue
		}
		found[o.id(f[0], f[1])] = f[2] + " " + f[3][1:]
	}
	return found
}

func installedIn(scan *messages.Scan) map[string]string {
	letter := map[string]string{
		"installed": "i", "config-files": "c", "half-installed": "H", "unpacked": "U", "half-configured": "F",
		"triggers-awaited": "W", "triggers-pending": "t", "reinstreq": "HR",
	}
	found := map[string]string{}
	for _, p := range scan.Packages {
		found[p.Name+":"+p.Arch] = *p.Installed + " " + letter[p.State]
	}
	return found
}

// carried: for each package and version at or above the installed one, the origins that have it.
func (o *aptOracle) carried(scan *messages.Scan) map[string][]string {
	origins := o.origins()
	installed := map[string]string{}
	var names []string
	for _, p := range scan.Packages {
		installed[p.Name+":"+p.Arch] = *p.Installed
		names = append(names, p.Name+":"+p.Arch)
	}
	found := map[string][]string{}
	for line := range strings.Lines(o.ask("apt-cache", append([]string{"madison"}, names...)...)) {
		f := strings.Split(line, "|")
		if len(f) != 3 || !strings.HasSuffix(strings.TrimSpace(f[2]), " Packages") {
			continue
		}
		name, arch := cutArch(strings.TrimSpace(f[0]))
		id, v := o.id(name, arch), strings.TrimSpace(f[1])
		if on, ok := installed[id]; !ok || version.CompareDeb(v, on) < 0 {
			continue
		}
		key := id + " " + v
		if o := origins[strings.TrimSpace(f[2])]; !slices.Contains(found[key], o) {
			found[key] = append(found[key], o)
			slices.Sort(found[key])
		}
	}
	return found
}

// origins: by the description that madison prints, what apt knows of the index.
func (o *aptOracle) origins() map[string]string {
	found := map[string]string{}
	description, release, site := "", "", ""
	flush := func() {
		if strings.HasSuffix(description, " Packages") {
			found[description] = release + " " + site
		}
		release, site = "", ""
	}
	for line := range strings.Lines(o.ask("apt-cache", "policy")) {
		text := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(text, "release "):
			release = describeRelease(strings.TrimPrefix(text, "release "))
		case strings.HasPrefix(text, "origin "):
			site = strings.TrimPrefix(text, "origin ")
		case strings.HasPrefix(line, " "):
			flush()
			_, description, _ = strings.Cut(text, " ")
		}
	}
	flush()
	return found
}

// describeRelease orders "v=12,o=Debian,a=stable,n=bookworm,l=Debian,c=main,b=amd64".
func describeRelease(text string) string {
	of := map[string]string{}
	for _, part := range strings.Split(text, ",") {
		key, value, _ := strings.Cut(part, "=")
		of[key] = value
	}
	return fmt.Sprintf("%s %s %s %s %s", of["a"], of["n"], of["o"], of["l"], of["c"])
}

func carriedIn(scan *messages.Scan) map[string][]string {
	found := map[string][]string{}
	for _, p := range scan.Packages {
		for _, v := range p.Versions {
			for _, n := range v.Origins {
				o, key := scan.Origins[n], p.Name+":"+p.Arch+" "+v.Version
				found[key] = append(found[key], fmt.Sprintf("%s %s %s %s %s %s", o.Archive, o.Codename, o.Origin, o.Label, o.Component, o.Site))
				slices.Sort(found[key])
			}
		}
	}
	return found
}

var upgradableLine = regexp.MustCompile(`^([^/]+)/\S+ (\S+) (\S+) \[upgradable from: (\S+)\]`)

// upgradable: name:arch from and to.
func (o *aptOracle) upgradable() map[string]string {
	found := map[string]string{}
	for line := range strings.Lines(o.ask("apt", "list", "--upgradable")) {
		if m := upgradableLine.FindStringSubmatch(line); m != nil {
			found[o.id(m[1], m[3])] = m[4] + " " + m[2]
		}
	}
	return found
}

func upgradableIn(scan *messages.Scan) map[string]string {
	found := map[string]string{}
	for _, p := range scan.Packages {
		if p.State != "config-files" && p.Candidate != "" && version.CompareDeb(p.Candidate, *p.Installed) > 0 {
			found[p.Name+":"+p.Arch] = *p.Installed + " " + p.Candidate
		}
	}
	return found
}

func (o *aptOracle) held() []string {
	found := []string{}
	for line := range strings.Lines(o.ask("apt-mark", "showhold")) {
		found = append(found, o.id(cutArch(strings.TrimSpace(line))))
	}
	slices.Sort(found)
	return found
}

// keptBack: what is upgradable, and is neither installed nor removed by a whole simulated upgrade.
func (o *aptOracle) keptBack() []string {
	left := o.upgradable()
	for line := range strings.Lines(o.ask("apt-get", "-s", "-o", "Debug::NoLocking=1", "dist-upgrade")) {
		if f := strings.Fields(line); len(f) > 1 && (f[0] == "Inst" || f[0] == "Remv") {
			delete(left, o.id(cutArch(f[1])))
		}
	}
	return slices.AppendSeq([]string{}, slices.Values(slices.Sorted(maps.Keys(left))))
}

func namesWhere(scan *messages.Scan, is func(*messages.Package) bool) []string {
	found := []string{}
	for i := range scan.Packages {
		if p := &scan.Packages[i]; is(p) {
			found = append(found, p.Name+":"+p.Arch)
		}
	}
	slices.Sort(found)
	return found
}
