package messages

import "time"

// Scan is the whole truth about a host's packages at one time (subject patch.scan.<host>).
//
// There are three kinds. A full scan is Complete and carries the packages. An unchanged scan is Complete and
// carries only Hash, which says that the packages are those of an earlier full scan of the same hash. An
// incomplete scan says in Error why its collection failed; its packages are not used, its boot facts are.
type Scan struct {
	ID      string    // unique among the host's scans; 1 to 64 printable ASCII characters without space
	Host    string    // see [ValidHost]; equals the tail of the subject
	TakenAt time.Time // when the facts were read, by the host's clock

	Complete  bool
	Error     string // why it is not complete
	Unchanged bool
	Hash      string // opaque; covers OS, Tags, Origins, Packages and Advisories; ours is [ContentHash]

	OS   OS
	Tags map[string]string // "Patch Group" or "PatchGroup" proposes the host's patch group

	BootedAt       time.Time // zero: not known
	BootID         string    // /proc/sys/kernel/random/boot_id on Linux; empty: not known
	RebootRequired *bool     // nil: not known, which is not false
	RebootPackages []string  // names; empty: not told which

	IndexAt  time.Time // when the package lists were last asked for; zero: not known
	Origins  []Origin  // those whose index was really read, and, as unread, those that are configured and were not
	Packages []Package

	// Advisories is every notice that a package or a version of the scan refers to by its id, each once. Those of repositories
	// that are not trusted are left out.
	Advisories []Advisory

	Machine string // opaque, of the machine that speaks under the host's name, at most 64 bytes; empty: not told
}

// OS names the operating system of a host.
type OS struct {
	System   string // AWS's enum: UBUNTU, DEBIAN, REDHAT_ENTERPRISE_LINUX, …; required
	Product  string // AWS's product, such as Ubuntu22.04 or Debian12
	Version  string
	Codename string
	Arch     string // the native architecture, in the package manager's words
	Kernel   string // the running kernel's release
}

// The systems whose patches are called by their name alone.
const (
	SystemWindows = "WINDOWS"
	SystemMacOS   = "MACOS"
)

// PatchName returns what a package is called as a patch: name.arch, and on Windows and macOS its name.
func (o *OS) PatchName(name, arch string) string {
	if o.namesAlone() {
		return name
	}
	return name + "." + arch
}

// IsPatchName reports whether a text is what a package is called as a patch.
func (o *OS) IsPatchName(text, name, arch string) bool {
	if o.namesAlone() {
		return text == name
	}
	at := len(name)
	return len(text) == at+1+len(arch) && text[at] == '.' && text[:at] == name && text[at+1:] == arch
}

func (o *OS) namesAlone() bool { return o.System == SystemWindows || o.System == SystemMacOS }

// Origin is one index of a repository, in Debian's words. Versions refer to it by its position.
type Origin struct {
	Archive    string // the suite: jammy-security, stable-security
	Site       string // host name of the mirror
	Origin     string
	Label      string
	Component  string
	Codename   string
	Trusted    bool      // signed by a key that the host's apt trusts
	Date       time.Time // of the Release file; zero: not known
	ValidUntil time.Time // zero: not given
	Unread     bool      // configured, and could not be read: it carries nothing, and is not trusted
	Notices    bool      // the repository publishes update notices (rpm)
	CheckedAt  time.Time // when its metadata was last asked for; zero: not known
}

// ArchiveNotOffline is the archive of an unread origin of Windows: what Microsoft's offline file leaves out.
const ArchiveNotOffline = "not in wsusscn2"

// Package is one package in one architecture: of Windows a KB, of macOS what is updated under one name. Name and Arch together
// are unique in a scan; on Windows and macOS the name alone is, since a patch is called by it ([OS.PatchName]).
type Package struct {
	Name          string
	Arch          string    // the native architecture where dpkg says "all"
	Installed     *string   // nil: not installed. An empty version is one that nothing can be compared with
	Versions      []Version // every version known at or above the installed one, that one included
	Candidate     string    // the package manager's own choice; empty: none
	State         string    // dpkg's word, "reinstreq" when its error flag is set, or of Windows one of [KBApplicable] and the like; empty means "installed"
	Hold          bool      // held by name
	KeptBack      bool      // the package manager's own upgrade would leave it as it is
	Source        string    // the source package; of macOS [SourceInstaller], or empty
	SourceVersion string
	InstalledAt   time.Time // zero: not known
	Advisories    []string  // ids of the notices that list the package at the installed version or below
	Others        []string  // further installed versions, below Installed
	SideBySide    bool      // the package manager keeps several versions on purpose, as of kernels
	Module        string    // label of its module, such as nginx:1.22:8080020230628174222:63b34585
}

// The words of dpkg for a package of which no file is on the host but, perhaps, its configuration.
const (
	dpkgConfigFiles  = "config-files"
	dpkgNotInstalled = "not-installed"
)

// The states of a KB of Windows, beside "installed". Of the first three none is installed.
const (
	KBApplicable = "applicable" // it is for the host
	KBSuperseded = "superseded" // a newer one has taken its place
	KBHidden     = "hidden"     // it is for the host, and somebody hid it there
	KBReboot     = "reboot"     // it is installed, and waits for a boot
)

// SourceInstaller is the source of what macOS's installer put in place, for which no list has updates.
const SourceInstaller = "installer"

// InstalledVersion returns the version that is on the host, and whether one is. Of a package that was removed a
// version may be left beside its state: it is not installed (docs/classification.md, section 6).
func (p *Package) InstalledVersion() (string, bool) {
	if p.Installed == nil || Removed(p.State) {
		return "", false
	}
	return *p.Installed, true
}

// Removed reports whether dpkg says by that state that the package's files are not on the host.
func Removed(state string) bool { return state == dpkgConfigFiles || state == dpkgNotInstalled }

// Version is one version of a package that the host's package manager knows.
type Version struct {
	Version    string
	Priority   string
	Section    string    // of macOS what its list calls an update: Security, Recommended, or nothing
	Origins    []int     // positions in [Scan.Origins] of all that carry it; none: it is only installed
	Phased     *int      // percentage of hosts that are offered it, 0 to 100; nil: all
	Pin        int       // apt's pin priority
	ReleasedAt time.Time // its build time, where the package manager has no other; zero: not known
	Advisories []string  // ids of the notices that list exactly this version
	Excluded   bool      // the host's configuration keeps it out
	Arch       string    // where it is another than the package's
	Module     string    // label of its module
}

// Advisory is an update notice of a vendor: an erratum, a patch of SUSE, a KB. What a vendor writes stands as it is written.
type Advisory struct {
	ID         string
	Type       string // security, bugfix, enhancement, …
	Severity   string // Critical, important, Moderate, none, …
	Status     string // final, retracted, …
	IssuedAt   time.Time
	UpdatedAt  time.Time // zero: never
	CVEs       []string
	Bugs       []string // ids of Bugzilla
	Aliases    []string // other names, such as bulletins
	Products   []string
	Families   []string // of products
	Set        string   // OS or APPLICATION (Windows); empty: not told
	Reboot     bool     // the vendor says that it needs a reboot
	Supersedes []string
}

// The values of [Advisory.Set].
const (
	SetOS          = "OS"
	SetApplication = "APPLICATION"
)
