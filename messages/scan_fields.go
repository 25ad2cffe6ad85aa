package messages

import "time"

// scanFields is a scan on the wire.
var scanFields = mapOf(
	major[Scan](),
	text("id", func(s *Scan) *string { return &s.ID }),
	text("host", func(s *Scan) *string { return &s.Host }),
	instant("taken_at", func(s *Scan) *time.Time { return &s.TakenAt }),
	must(field[Scan]{
		name:  "complete",
		read:  func(d *decoder, s *Scan) { s.Complete = d.flag() },
		write: func(e *encoder, s *Scan) { e.flag(s.Complete) },
	}),
	text("error", func(s *Scan) *string { return &s.Error }),
	flag("unchanged", func(s *Scan) *bool { return &s.Unchanged }),
	must(nested("os", osFields, func(s *Scan) *OS { return &s.OS })),
	field[Scan]{
		name: "tags",
		read: func(d *decoder, s *Scan) {
			s.Tags = readPairs(d, MaxTags, func() string { return d.keep(MaxStringBytes) })
		},
		write: func(e *encoder, s *Scan) { writeTags(e, s) },
	},
	instant("booted_at", func(s *Scan) *time.Time { return &s.BootedAt }),
	text("boot_id", func(s *Scan) *string { return &s.BootID }),
	flagOrNil("reboot_required", func(s *Scan) **bool { return &s.RebootRequired }),
	texts("reboot_packages", func(s *Scan) *[]string { return &s.RebootPackages }),
	instant("index_at", func(s *Scan) *time.Time { return &s.IndexAt }),
	text("hash", func(s *Scan) *string { return &s.Hash }),
	records("origins", MaxOrigins, originFields, func(s *Scan) *[]Origin { return &s.Origins }),
	records("packages", MaxPackages, packageFields, func(s *Scan) *[]Package { return &s.Packages }),
)

var osFields = mapOf(
	text("system", func(o *OS) *string { return &o.System }),
	text("product", func(o *OS) *string { return &o.Product }),
	text("version", func(o *OS) *string { return &o.Version }),
	text("codename", func(o *OS) *string { return &o.Codename }),
	text("arch", func(o *OS) *string { return &o.Arch }),
	text("kernel", func(o *OS) *string { return &o.Kernel }),
)

var originFields = mapOrListOf(
	text("archive", func(o *Origin) *string { return &o.Archive }),
	text("site", func(o *Origin) *string { return &o.Site }),
	text("origin", func(o *Origin) *string { return &o.Origin }),
	text("label", func(o *Origin) *string { return &o.Label }),
	text("component", func(o *Origin) *string { return &o.Component }),
	text("codename", func(o *Origin) *string { return &o.Codename }),
	flag("trusted", func(o *Origin) *bool { return &o.Trusted }),
	instant("date", func(o *Origin) *time.Time { return &o.Date }),
	instant("valid_until", func(o *Origin) *time.Time { return &o.ValidUntil }),
)

var packageFields = mapOrListOf(
	must(text("name", func(p *Package) *string { return &p.Name })),
	must(text("arch", func(p *Package) *string { return &p.Arch })),
	versionOrNil("installed", func(p *Package) **string { return &p.Installed }),
	field[Package]{
		name:  "versions",
		read:  func(d *decoder, p *Package) { p.Versions = d.packageVersions() },
		write: func(e *encoder, p *Package) { writeRecords(e, versionFields, p.Versions) },
		late:  true,
	},
	version("candidate", func(p *Package) *string { return &p.Candidate }),
	text("state", func(p *Package) *string { return &p.State }),
	flag("hold", func(p *Package) *bool { return &p.Hold }),
	flag("kept_back", func(p *Package) *bool { return &p.KeptBack }),
	text("source", func(p *Package) *string { return &p.Source }),
	version("source_version", func(p *Package) *string { return &p.SourceVersion }),
	instant("installed_at", func(p *Package) *time.Time { return &p.InstalledAt }),
	texts("advisories", func(p *Package) *[]string { return &p.Advisories }),
)

var versionFields = mapOrListOf(
	must(field[Version]{
		name:  "version",
		read:  func(d *decoder, v *Version) { v.Version = d.keep(MaxVersionBytes) },
		write: func(e *encoder, v *Version) { e.text(v.Version) },
	}),
	text("priority", func(v *Version) *string { return &v.Priority }),
	text("section", func(v *Version) *string { return &v.Section }),
	field[Version]{
		name:  "origins",
		read:  func(d *decoder, v *Version) { v.Origins = d.positions() },
		write: func(e *encoder, v *Version) { writeAll(e, v.Origins, func(n *int) { e.integer(int64(*n)) }) },
	},
	intOrNil("phased", func(v *Version) **int { return &v.Phased }),
	field[Version]{
		name: "pin",
		read: func(d *decoder, v *Version) { v.Pin = d.int() },
		write: func(e *encoder, v *Version) {
			if v.Pin != 0 {
				e.integer(int64(v.Pin))
			}
		},
	},
	instant("released_at", func(v *Version) *time.Time { return &v.ReleasedAt }),
	texts("advisories", func(v *Version) *[]string { return &v.Advisories }),
)

// packageVersions reads the versions of one package.
func (d *decoder) packageVersions() []Version {
	d.list(MaxPackageVersions, func(int) {
		if d.nVersion++; d.nVersion > MaxVersions {
			d.fail("is beyond %d versions in the scan", MaxVersions)
			return
		}
		readRecord(d, versionFields, d.versions.next())
	})
	return d.versions.cut()
}

// positions reads a list of positions in the list of origins.
func (d *decoder) positions() []int {
	d.openList()
	for i, ok := d.element(0); ok; i, ok = d.element(i + 1) {
		*d.ints.next() = d.int()
		if d.countItems(1); d.err != nil {
			d.err.withinItem(i)
			break
		}
	}
	return d.ints.cut()
}

func writeTags(e *encoder, s *Scan) {
	if len(s.Tags) > 0 {
		writePairs(e, s.Tags, e.text)
	}
}
