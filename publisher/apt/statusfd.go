package apt

import (
	"io"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/patchstream/patchstream/classify/version"
)

// apt writes a line for each step to the descriptor that APT::Status-Fd names:
//
//	dlstatus:2:13.1653:Retrieving file 2 of 3
//	pmstatus:dpkg-exec:0.0000:Running dpkg
//	pmstatus:libssl3:15.3846:Preparing libssl3 (amd64)
//	pmstatus:libssl3:61.5385:Installed libssl3 (amd64)
//	pmconffile:/etc/acme/agent.conf:40.0000:'/etc/acme/agent.conf' '/etc/acme/agent.conf.dpkg-new' 1 1
//	pmerror:acme-agent:40.0000:end of file on stdin at conffile prompt
//	pmerror:/srv/new/./acme-pre_1.1-1_all.deb:53.8462:new acme-pre package pre-installation script …
//
// There are four fields, of which the last may have colons in it. In a pmstatus the name is without its
// architecture, with which the text ends; in a pmerror it has that behind one more colon where it is not the
// native one. The text is in the user's language, and so may be the decimal point. Where a package could not be unpacked there is the path of its archive instead
// of a name, sometimes of a link that apt has made for the time being, with a counter before the name:
//
//	pmerror:/tmp/apt-dpkg-install-4hUxQz/10-acme-pre_1.1-1_all.deb:…
//
// dpkg's own descriptor, of which apt makes all that, has lines of another kind:
//
//	processing: configure: acme-post
//	status: acme-post: half-configured
//	status: acme-post : error : installed acme-post package post-installation script …

// trouble is what kept a package, or its archive, from its next state.
type trouble struct {
	packageID        // an empty arch: not told; an empty name: the archive's does not tell
	file      string // of the archive, where one was named
	version   string // of the archive, where its name tells; perhaps without its epoch
	stage     string // empty: not told
	text      string // in the user's language; empty: not told

	others  []packageID // that may be meant instead, where no such package is known
	guessed bool        // the architecture is out of the text
}

// The stages at which a package's way may end.
const (
	stagePlan      = "plan"
	stageFetch     = "fetch"
	stageUnpack    = "unpack"
	stageConfigure = "configure"
	stageRemove    = "remove"
)

// progress is what the status descriptor has told.
type progress struct {
	touched  map[packageID]bool // dpkg has set to work on it; an empty arch: not told
	troubles []trouble          // in order

	last map[string]string // the architecture of that name that was last worked on
}

// maxTroubles bounds what is kept of each kind of complaint.
const maxTroubles = 10_000

// parseStatus reads the lines of either kind. What it does not know it passes over: a reason is a help, and the
// database the truth.
func parseStatus(r io.Reader) (*progress, error) {
	p := &progress{touched: map[packageID]bool{}, last: map[string]string{}}
	lines := linesOf(r)
	for lines.Scan() {
		p.add(strings.ToValidUTF8(lines.Text(), "\uFFFD"))
	}
	return p, lines.Err()
}

func (p *progress) add(line string) {
	kind, rest, _ := strings.Cut(line, ":")
	switch kind {
	case "pmstatus":
		p.touch(cutPercentage(rest))
	case "pmerror":
		p.fail(cutPercentage(rest))
	case "processing":
		_, name, _ := strings.Cut(rest, ":")
		p.touch(strings.TrimSpace(name), "")
	case "status":
		name, word, text := cutStatus(rest)
		if word == "error" {
			p.fail(name, text)
		}
	}
}

// cutPercentage splits "name:percentage:text" at the first percentage, so that a colon in a name or path, and any
// in the text, stays where it is.
func cutPercentage(rest string) (name, text string) {
	for at := 0; ; {
		colon := strings.IndexByte(rest[at:], ':')
		if colon < 0 {
			return "", ""
		}
		at += colon + 1
		number, text, found := strings.Cut(rest[at:], ":")
		if found && strings.ContainsAny(number, ".,") && strings.Trim(number, "0123456789.,") == "" {
			return rest[:at-1], text
		}
	}
}

// cutStatus splits " acme-post : error : text". dpkg puts spaces around these colons and none around one within
// a name or path.
func cutStatus(rest string) (name, word, text string) {
	f := strings.SplitN(rest, " : ", 3)
	if len(f) < 3 {
		return "", "", ""
	}
	return strings.TrimSpace(f[0]), strings.TrimSpace(f[1]), f[2]
}

// touch notes that dpkg is at work on a package. Triggers are others' work.
func (p *progress) touch(name, text string) {
	base, arch := cutArch(name)
	if arch == "" {
		arch = archBehind(text)
	}
	if base == "dpkg-exec" || !legalID(base, arch) || strings.HasPrefix(text, "Running post-installation trigger ") {
		return
	}
	base = strings.ToLower(base)
	p.touched[packageID{base, arch}] = true
	p.last[base] = arch
}

// legalID tells whether that is a package, whose architecture may not have been told.
func legalID(name, arch string) bool { return legalName(name) && (arch == "" || legalArch(arch)) }

// archBehind returns the architecture in "Preparing libssl3 (amd64)".
func archBehind(text string) string {
	open := strings.LastIndexByte(text, '(')
	arch, closed := strings.CutSuffix(text[open+1:], ")")
	if open < 0 || !closed || !legalArch(arch) {
		return ""
	}
	return arch
}

func (p *progress) fail(name, text string) {
	t := troubleWith(name, text)
	if t.name == "" && t.file == "" || len(p.troubles) == maxTroubles {
		return
	}
	if t.arch == "" {
		t.arch = p.last[t.name]
	}
	p.troubles = append(p.troubles, t)
}

// troubleWith reads what dpkg names in an error, a package or the path of an archive.
func troubleWith(name, text string) trouble {
	t := trouble{text: strings.TrimSpace(text)}
	if strings.HasSuffix(name, ".deb") || strings.Contains(name, "/") {
		t.file, t.stage = name, stageUnpack
		t.packageID, t.version = archiveNamed(name)
		return t
	}
	base, arch := cutArch(name)
	if !legalID(base, arch) {
		return t
	}
	if arch == "" {
		arch = archWithin(text, base)
		t.guessed = arch != ""
	}
	t.packageID = packageID{strings.ToLower(base), arch}
	return t
}

// archWithin returns what may be the architecture in "installed libc6:i386 package …". Some languages put it into quotation
// marks, and to some the colon belongs: in Swedish "libc6:s" is what libc6 has.
func archWithin(text, name string) string {
	for before, rest, found := strings.Cut(text, name+":"); found; before, rest, found = strings.Cut(rest, name+":") {
		last, _ := utf8.DecodeLastRuneInString(before)
		arch := rest[:len(rest)-len(strings.TrimLeft(rest, archRunes))]
		if legalArch(arch) && (before == "" || !strings.ContainsRune(nameRunes, last)) {
			return arch
		}
	}
	return ""
}

const (
	archRunes = "abcdefghijklmnopqrstuvwxyz0123456789-"
	nameRunes = archRunes + "+."
)

// archiveNamed reads an archive's name, name_version_arch.deb. In it apt writes the colon behind an epoch as %3a,
// which the archives' own names leave out, and in addresses other characters in that way too.
func archiveNamed(file string) (packageID, string) {
	dir, base := path.Split(file)
	if strings.HasPrefix(path.Base(dir), "apt-dpkg-install-") {
		if rest := strings.TrimLeft(base, "0123456789"); len(rest) < len(base) && strings.HasPrefix(rest, "-") {
			base = rest[1:]
		}
	}
	if plain, err := url.PathUnescape(base); err == nil {
		base = plain
	}
	base, isArchive := strings.CutSuffix(base, ".deb")
	f := strings.Split(base, "_")
	if !isArchive || len(f) != 3 || !legalName(f[0]) {
		return packageID{}, ""
	}
	id := packageID{name: strings.ToLower(f[0])} // as dpkg writes it, whatever the archive does
	if legalArch(f[2]) {
		id.arch = f[2]
	}
	if version.ValidDeb(f[1]) != nil {
		f[1] = ""
	}
	return id, f[1]
}
