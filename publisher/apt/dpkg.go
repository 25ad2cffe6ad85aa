package apt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/patchstream/patchstream/messages"
)

// dpkg-query -W prints one package of dpkg's database a line, in the format we give it; here the fields stand
// apart by the unit separator, which none of them may hold:
//
//	libc6␟amd64␟2.36-9+deb12u10␟install␟installed␟ok␟glibc␟2.36-9+deb12u10␟libs␟optional
//
// It takes the journal of an interrupted run into account, which the bare status file does not.

const separator = "\x1f"

var dpkgFields = strings.Join([]string{
	"${Package}", "${Architecture}", "${Version}", "${db:Status-Want}", "${db:Status-Status}",
	"${db:Status-Eflag}", "${source:Package}", "${source:Version}", "${Section}", "${Priority}",
}, separator)

// installedPackage is what dpkg knows of one package.
type installedPackage struct {
	name, arch, version string
	want, status, flag  string // hold; installed; reinstreq
	source, sourceVer   string
	section, priority   string
	all                 bool // arch was "all", and is now the native one
}

// state is the word of the contract: dpkg's own, but "reinstreq" where that flag is set.
func (p *installedPackage) state() string {
	if p.flag == "reinstreq" {
		return "reinstreq"
	}
	return p.status
}

// present tells whether the package's files are on the host, be it half.
func (p *installedPackage) present() bool {
	return !messages.Removed(p.status)
}

// configured tells whether it is installed to the end. Triggers that wait do not count against it.
func (p *installedPackage) configured() bool {
	return p.flag != "reinstreq" &&
		(p.status == "installed" || p.status == "triggers-pending" || p.status == "triggers-awaited")
}

// oddEntries are entries of dpkg's database that dpkg lives with and that name no package: installed with
// --force-all, or damaged. They are told as the error of a reading in which all other packages were read.
type oddEntries []string

func (o oddEntries) Error() string {
	if len(o) == 1 {
		return o[0]
	}
	return fmt.Sprintf("%s, and %d more of that kind", o[0], len(o)-1)
}

// queryDpkg lists what dpkg knows in that administrative directory, packages that are not installed and have
// left nothing behind excepted. A name and architecture come once, in dpkg's order. Where the error matches
// [oddEntries], all other packages are listed.
func queryDpkg(ctx context.Context, t *toolbox, admindir, native string) ([]installedPackage, error) {
	var packages []installedPackage
	var odd oddEntries
	err := t.run(ctx, func(r io.Reader) (err error) {
		packages, err = parseDpkg(r, native)
		if errors.As(err, &odd) {
			err = nil
		}
		return err
	}, "dpkg-query", "--admindir="+admindir, "-W", "-f", dpkgFields+`\n`)
	if err == nil && odd != nil {
		err = odd
	}
	return packages, err
}

// parseDpkg reads dpkg-query's lines. See queryDpkg for one that names no package; of one that is not installed
// nothing is lost.
func parseDpkg(r io.Reader, native string) ([]installedPackage, error) {
	var packages []installedPackage
	var odd oddEntries
	at := map[[2]string]int{}
	lines := linesOf(r)
	for lines.Scan() {
		p, err := parseDpkgLine(lines.Text(), native)
		switch {
		case p.status == "not-installed" || p.version == "" && p.status != "" && !p.present():
			continue
		case err != nil && (p.status == "" || p.present()):
			odd = append(odd, err.Error())
			continue
		case err != nil:
			continue
		}
		key := [2]string{p.name, p.arch}
		i, twice := at[key]
		switch {
		case twice && p.present() && !packages[i].present(): // all, and once amd64, of which files are left
			packages[i] = p
		case !twice && len(packages) == messages.MaxPackages:
			return nil, fmt.Errorf("more than %d packages", messages.MaxPackages)
		case !twice:
			at[key] = len(packages)
			packages = append(packages, p)
		}
	}
	if err := lines.Err(); err != nil || odd == nil {
		return packages, err
	}
	return packages, odd
}

func parseDpkgLine(line, native string) (installedPackage, error) {
	f := strings.Split(strings.ToValidUTF8(line, "\uFFFD"), separator)
	if len(f) != strings.Count(dpkgFields, separator)+1 {
		return installedPackage{}, fmt.Errorf("%d fields in %.200q", len(f), line)
	}
	p := installedPackage{
		name: f[0], arch: f[1], version: f[2],
		want: f[3], status: f[4], flag: f[5],
		source: f[6], sourceVer: f[7], section: f[8], priority: f[9],
	}
	if p.arch == "all" {
		p.arch, p.all = native, true
	}
	if !legalName(p.name) || !legalArch(p.arch) || p.status == "" {
		return p, fmt.Errorf("dpkg's entry %.80q %.80q names no package: its architecture is %.40q", p.name, p.version, p.arch)
	}
	return p, nil
}

// legalName keeps anything from a command line that is no package name: an option, a pattern.
func legalName(name string) bool { return packageName.MatchString(name) }

func legalArch(arch string) bool { return archName.MatchString(arch) }

var (
	packageName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+._-]*$`)
	archName    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*$`)
)
