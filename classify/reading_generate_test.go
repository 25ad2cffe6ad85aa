package classify_test

import (
	"fmt"
	"math/bits"
	"time"

	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/messages"
)

// Random histories of one host: few names, versions, hashes, boots and times, so that they collide.

type history struct {
	events  []messages.Event
	library readLibrary
	nows    []time.Time
}

var readStart = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// maker draws the parts of a history. Labels are left empty: a history prints itself.
type maker struct {
	*rapid.T
	distribution distribution

	// The cast of one history, small enough that its events concern each other.
	names, versions []string
	times           []time.Time
}

// distribution is what all scans of a host have in common, more or less.
type distribution struct {
	os      messages.OS
	origins []messages.Origin
}

var distributions = []distribution{
	{messages.OS{System: "UBUNTU", Product: "Ubuntu22.04", Codename: "jammy"}, []messages.Origin{
		{Archive: "jammy-security", Site: "security.ubuntu.com", Label: "Ubuntu", Codename: "jammy", Trusted: true},
		{Archive: "jammy-security", Site: "security.ubuntu.com", Label: "Ubuntu", Codename: "jammy", Component: "universe", Trusted: true},
		{Archive: "jammy-security", Site: "security.ubuntu.com", Label: "Ubuntu", Codename: "other", Trusted: true},
		{Archive: "jammy-updates", Site: "archive.ubuntu.com", Label: "Ubuntu", Codename: "jammy", Trusted: true},
		{Archive: "acme-security", Site: "acme.example", Label: "Acme", Codename: "acme", Trusted: true},
		{Archive: "acme", Site: "acme.example", Label: "Acme", Codename: "acme", Trusted: true},
		{Archive: "jammy-security", Site: "mirror.example", Label: "Own", Codename: "jammy"},
		{Archive: "JAMMY-Security", Site: "mirror.example", Label: "Ubuntu", Codename: "", Trusted: true},
		{Archive: "jammy-infra-security", Site: "esm.ubuntu.com", Label: "UbuntuESM", Codename: "jammy", Trusted: true},
	}},
	{messages.OS{System: "UBUNTU", Product: "Ubuntu20.04", Codename: "focal"}, []messages.Origin{
		{Archive: "focal-infra-security", Site: "esm.ubuntu.com", Label: "UbuntuESM", Codename: "focal", Trusted: true},
		{Archive: "focal-security", Site: "security.ubuntu.com", Label: "Ubuntu", Codename: "focal", Trusted: true},
		{Archive: "focal", Site: "archive.ubuntu.com", Label: "Ubuntu", Codename: "focal", Trusted: true},
	}},
	{messages.OS{System: "DEBIAN", Product: "Debian12", Codename: "bookworm"}, []messages.Origin{
		{Archive: "stable-security", Site: "deb.debian.org", Label: "Debian-Security", Codename: "bookworm-security", Trusted: true},
		{Archive: "stable", Site: "security.debian.org", Label: "Debian", Codename: "bookworm/x", Trusted: true},
		{Archive: "oldstable-security", Site: "Security.debian.org", Label: "Debian-Security", Codename: "bullseye-security", Trusted: true},
		{Archive: "stable", Site: "deb.debian.org", Label: "Debian", Codename: "bookworm", Trusted: true},
		{Archive: "house", Site: "mirror.example", Label: "Own", Codename: "bookworm/updates", Trusted: true},
		{Archive: "house", Site: "security.debian.org", Label: "Own", Codename: "", Trusted: true},
	}},
	{messages.OS{System: "RASPBIAN", Product: "", Codename: ""}, []messages.Origin{
		{Archive: "stable", Site: "raspbian.raspberrypi.org", Label: "Raspbian", Codename: "bookworm", Trusted: true},
		{Archive: "-security", Site: "mirror.example", Label: "Own", Codename: "", Trusted: true},
	}},
	{messages.OS{System: "FREEBSD", Product: "FreeBSD14"}, nil},
	{messages.OS{System: "WINDOWS", Product: "WindowsServer2022"}, nil},
	{messages.OS{System: "WINDOWS", Product: ""}, nil},
	{messages.OS{System: "MACOS", Product: "macOS26.0"}, nil},
}

func pick[T any](m *maker, values ...T) T { return values[m.upTo(len(values)-1)] }

// odds is true in n of 100 cases, and false when a history is made smaller.
func (m *maker) odds(n int) bool { return m.bits(7) >= 128-(128*n+50)/100 }

func (m *maker) upTo(n int) int { return m.bits(bits.Len(uint(n))+2) % (n + 1) }

// bits draws n bits. Rapid's own numbers lean to the least and the greatest.
func (m *maker) bits(n int) int {
	number := 0
	for range n {
		number *= 2
		if rapid.Bool().Draw(m.T, "") {
			number++
		}
	}
	return number
}

var anyHistory = rapid.Custom(func(t *rapid.T) *history {
	m := &maker{T: t}
	m.distribution = pick(m, distributions...)
	m.cast()
	h := &history{library: m.library()}
	h.events = rapid.SliceOfN(rapid.Custom(m.event), 0, 9).Draw(t, "events")
	if m.odds(5) {
		h.events = append(h.events, m.machineDays()...)
	}
	for range 3 {
		h.nows = append(h.nows, m.now())
	}
	if m.odds(10) {
		h.nows[0] = time.Time{}
	}
	return h
})

func (m *maker) cast() {
	for range 1 + m.upTo(2) {
		m.names = append(m.names, pick(m, m.anyNames()...))
	}
	for range 2 + m.upTo(2) {
		m.versions = append(m.versions, pick(m, m.anyVersions()...))
	}
	for range 2 + m.upTo(3) {
		m.times = append(m.times, m.anyTime())
	}
}

// time is mostly one of the cast's, or close to it.
func (m *maker) time() time.Time {
	if m.odds(20) {
		return m.anyTime()
	}
	return pick(m, m.times...).Add(time.Duration(pick(m, 0, 0, 0, -1, 1)) * time.Hour)
}

// anyTime is at one of few hours of some 40 days, seldom much earlier.
func (m *maker) anyTime() time.Time {
	day, hour := m.upTo(12), pick(m, 0, 12, 13)
	day = pick(m, day, day, day, 3*day)
	if m.odds(3) {
		day -= 180
	}
	return readStart.Add(time.Duration(24*day+hour) * time.Hour)
}

// now is some time, or one at which something becomes too old.
func (m *maker) now() time.Time {
	if m.odds(60) {
		return m.time()
	}
	at := m.time()
	if m.odds(50) {
		at = at.Truncate(24 * time.Hour)
	}
	return at.Add(time.Duration(24*pick(m, 1, 7, 8, 30)) * time.Hour).Add(time.Duration(m.upTo(2) - 1))
}

// machineDays returns signs of life of several machines on many days.
func (m *maker) machineDays() []messages.Event {
	var events []messages.Event
	for day := range 20 {
		for i := range m.upTo(pick(m, 2, 2, 7)) {
			events = append(events, &messages.Scan{
				ID: fmt.Sprintf("d%d-%d", day, i), Host: readHost, TakenAt: readStart.Add(time.Duration(24*day+i) * time.Hour),
				Error: "no lock", OS: m.distribution.os, Machine: pick(m, "m1", "m2", "m3", "m4", "m5", "m6", "m7"),
			})
		}
	}
	return events
}

func (m *maker) name() string {
	if m.odds(15) {
		return pick(m, m.anyNames()...)
	}
	return pick(m, m.names...)
}

func (m *maker) anyNames() []string {
	switch m.distribution.os.System {
	case "WINDOWS":
		return kbNames
	case "MACOS":
		return macNames
	}
	return readNames
}

func (m *maker) anyVersions() []string {
	switch m.distribution.os.System {
	case "WINDOWS":
		return []string{"1", "200", "7", ""}
	case "MACOS":
		return macTexts
	}
	return readVersions
}

// patch is the name of a patch.
func (m *maker) patch() string { return m.distribution.os.PatchName(m.name(), m.arch()) }

func (m *maker) arch() string { return pick(m, "amd64", "amd64", "amd64", "amd64", "i386") }

// event draws any event. Two may have one id.
func (m *maker) event(t *rapid.T) messages.Event {
	part := *m
	part.T = t
	return part.anyEvent(fmt.Sprintf("e%d", part.upTo(9)))
}

func (m *maker) anyEvent(id string) messages.Event {
	kinds := []string{"scan", "scan", "scan", "run", "run", "run", "unchanged", "unchanged", "incomplete", "override", "override",
		"recheck", "retire"}
	switch pick(m, kinds...) {
	case "run":
		return m.run(id)
	case "unchanged":
		return m.unchanged(id)
	case "incomplete":
		s := &messages.Scan{ID: id, Host: readHost, TakenAt: m.time(), Error: "no lock", OS: m.distribution.os}
		m.boot(s)
		return s
	case "override":
		return m.override(id)
	case "recheck":
		return &messages.Recheck{ID: id, Host: readHost}
	case "retire":
		if e := retirementAt(id, m.time); e != nil {
			return e
		}
	}
	return m.full(id)
}

func (m *maker) boot(s *messages.Scan) {
	s.BootID = pick(m, "", "b1", "b2")
	if m.odds(50) {
		s.BootedAt = earlier(m.time(), s.TakenAt)
	}
	s.RebootRequired = pick(m, nil, new(true), new(false))
	if m.odds(30) {
		s.RebootPackages = []string{m.name()}
	}
	s.Machine = pick(m, "", "", "m1", "m2", "m3")
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func (m *maker) unchanged(id string) messages.Event {
	s := &messages.Scan{
		ID: id, Host: readHost, TakenAt: m.time(), Complete: true, Unchanged: true, Hash: pick(m, "h1", "h1", "h2", ""),
		OS: m.distribution.os,
	}
	m.boot(s)
	m.lists(s)
	return s
}

// lists draws what a scan says of its package lists: the origins and their dates.
func (m *maker) lists(s *messages.Scan) {
	if m.odds(60) {
		s.IndexAt = m.time()
	}
	if m.odds(10) {
		return
	}
	for _, o := range m.distribution.origins {
		if m.odds(30) {
			continue
		}
		if m.odds(5) {
			s.Origins = append(s.Origins, o) // the same again
		}
		o.Date = pick(m, time.Time{}, s.TakenAt, s.TakenAt.Add(-14*24*time.Hour), s.TakenAt.Add(-14*24*time.Hour-1),
			s.TakenAt.Add(24*time.Hour), s.TakenAt.Add(24*time.Hour+1), s.TakenAt.Add(-40*24*time.Hour))
		if m.odds(15) {
			o.Trusted = !o.Trusted
		}
		if m.odds(15) {
			o.Unread, o.Trusted = true, false
		}
		s.Origins = append(s.Origins, o)
	}
}

func (m *maker) full(id string) messages.Event {
	s := &messages.Scan{
		ID: id, Host: readHost, TakenAt: m.time(), Complete: true, Hash: pick(m, "h1", "h1", "h2", ""), OS: m.distribution.os,
	}
	if m.odds(50) {
		s.OS.Kernel = pick(m, "6.1.0-9-amd64", "6.1.0-9-amd64", "6.1.0-10-amd64", "6.1.0-9-cloud-amd64", "6.1.9-pve", "custom")
	}
	if m.odds(50) {
		s.Tags = map[string]string{pick(m, "Patch Group", "PatchGroup", "Other"): pick(m, "g1", "g2", "")}
		s.Tags[pick(m, "Patch Group", "PatchGroup")] = pick(m, "g1", "g2", "g3")
	}
	m.boot(s)
	m.lists(s)
	switch m.distribution.os.System {
	case "WINDOWS":
		m.kbScan(s)
		return s
	case "MACOS":
		m.macScan(s)
		return s
	}
	seen := map[string]bool{}
	for range 1 + m.upTo(2) {
		p := m.pkg(s)
		if !seen[p.Name+"."+p.Arch] {
			s.Packages = append(s.Packages, p)
			seen[p.Name+"."+p.Arch] = true
		}
	}
	for _, p := range s.Packages {
		if _, there := installedByScan(&p); there {
			return s
		}
	}
	s.Packages = append(s.Packages, messages.Package{Name: "base", Arch: "amd64", Installed: new("1")})
	return s
}

var (
	readNames = []string{"a", "a", "a", "ab", "a-1.1", "linux-image-6.1.0-9-amd64", "linux-image-6.1.0-10-amd64",
		"linux-image-6.1.0-11-amd64", "linux-image-6.1.0-9-cloud-amd64", "linux-image-amd64", "linux-image-unsigned-6.1.0-10-amd64"}
	readVersions = []string{"1.0", "1.1", "1.2", "1.10", "1.1", "1.2", "1.1~rc1", "1:1.0", "3.0_beta", "3.1-1"}
	oddVersions  = []string{"", "x:1", "1.0é", "2147483648:1", "1.1-", ":1", "1:", "1.0-é"}
)

func (m *maker) version() string {
	if s := m.distribution.os.System; s == "WINDOWS" || s == "MACOS" {
		return pick(m, append(m.versions, m.anyVersions()...)...)
	}
	if m.odds(6) {
		return pick(m, oddVersions...)
	}
	if landed.spellings && m.odds(10) {
		return pick(m, "0:1.1", "1.1-0", "1.01")
	}
	if m.odds(15) {
		return pick(m, readVersions...)
	}
	return pick(m, m.versions...)
}

func (m *maker) pkg(s *messages.Scan) messages.Package {
	p := messages.Package{
		Name: m.name(), Arch: m.arch(),
		Hold: m.odds(10), KeptBack: m.odds(15),
	}
	if m.odds(30) {
		p.State = pick(m, "installed", "config-files", "not-installed", "half-configured", "unpacked", "half-installed",
			"reinstreq", "triggers-pending", "triggers-awaited")
	}
	if !m.odds(15) {
		p.Installed = new(m.version())
	}
	if m.odds(50) {
		p.InstalledAt = m.time()
	}
	seen := map[string]bool{}
	for range m.upTo(3) {
		v := messages.Version{Version: m.version(), Priority: pick(m, "optional", "", "required", "Extra", "odd"),
			Section: pick(m, "net", "", "universe/net")}
		if m.odds(20) {
			v.Phased = new(pick(m, 0, 50, 100))
		}
		for i := range s.Origins {
			if m.odds(40) {
				v.Origins = append(v.Origins, i)
			}
		}
		if !seen[v.Version] {
			p.Versions = append(p.Versions, v)
			seen[v.Version] = true
		}
	}
	p.Candidate = pick(m, "", m.version(), m.version())
	if n := len(p.Versions); n > 0 && m.odds(60) {
		p.Candidate = p.Versions[m.upTo(n-1)].Version
	}
	return p
}

func (m *maker) run(id string) messages.Event {
	at := m.time()
	if m.odds(8) {
		at = at.Add(-180 * 24 * time.Hour)
	}
	r := &messages.Run{
		ID: id, Host: readHost, RunID: "r", Operation: pick(m, messages.OperationInstall, messages.OperationInstall, messages.OperationScan),
		StartedAt: at, FinishedAt: at, BootID: pick(m, "", "b1", "b2"), RebootRequired: pick(m, nil, new(true), new(true), new(false)),
	}
	if m.odds(50) {
		r.ExitCode = new(m.upTo(1))
	}
	if m.odds(40) {
		r.BootedAt = earlier(m.time(), at)
	}
	if m.odds(30) {
		r.RebootPackages = []string{m.name()}
	}
	if m.odds(10) {
		r.Error = "no network"
	}
	r.Machine, r.Succeeded = pick(m, "", "m1", "m2", "m3"), pick(m, nil, nil, new(true), new(false))
	for range m.upTo(3) {
		o := messages.Outcome{
			Name: m.name(), Arch: m.arch(), From: pick(m, "", "1.0", "1.1"),
			Result: pick(m, messages.ResultInstalled, messages.ResultInstalled, messages.ResultFailed, messages.ResultFailed,
				messages.ResultFailed, messages.ResultSkipped, messages.ResultNotAttempted),
			To: new(m.version()),
		}
		if m.odds(10) {
			o.Error = "script failed"
		}
		r.Outcomes = append(r.Outcomes, o)
	}
	return r
}

func (m *maker) override(id string) messages.Event {
	o := &messages.Override{
		ID: id, Host: readHost, At: m.time(),
		Patch: m.patch(),
	}
	if m.odds(15) {
		o.Patch = pick(m, "A.AMD64", "zzz", "ZZZ", "a")
	}
	if m.odds(20) {
		o.Withdraw = true
		return o
	}
	o.State, o.Reason, o.By = pick(m, messages.States()...), "known", "ann"
	o.Level = pick(m, "", messages.Critical, messages.Low)
	if m.odds(50) {
		o.ExpiresAt = o.At.Add(time.Duration(1+m.upTo(12)) * 12 * time.Hour)
	}
	return o
}
