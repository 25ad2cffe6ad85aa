package messages

import (
	"time"

	"github.com/patchstream/patchstream/messages/wire"
)

// scanFields is a scan on the wire.
var scanFields = wire.MapOf(
	major[Scan](),
	text("id", func(s *Scan) *string { return &s.ID }),
	text("host", func(s *Scan) *string { return &s.Host }),
	wire.Instant("taken_at", func(s *Scan) *time.Time { return &s.TakenAt }),
	wire.Flag("complete", func(s *Scan) *bool { return &s.Complete }).Required().Always(),
	text("error", func(s *Scan) *string { return &s.Error }),
	wire.Flag("unchanged", func(s *Scan) *bool { return &s.Unchanged }),
	wire.Nested("os", osFields, func(s *Scan) *OS { return &s.OS }).Required(),
	tagsField,
	wire.Instant("booted_at", func(s *Scan) *time.Time { return &s.BootedAt }),
	text("boot_id", func(s *Scan) *string { return &s.BootID }),
	wire.FlagOrNil("reboot_required", func(s *Scan) **bool { return &s.RebootRequired }),
	wire.Texts("reboot_packages", func(s *Scan) *[]string { return &s.RebootPackages }),
	wire.Instant("index_at", func(s *Scan) *time.Time { return &s.IndexAt }),
	text("hash", func(s *Scan) *string { return &s.Hash }),
	wire.Records("origins", MaxOrigins, originFields, func(s *Scan) *[]Origin { return &s.Origins }),
	wire.Records("packages", MaxPackages, packageFields, func(s *Scan) *[]Package { return &s.Packages }),
	text("machine", func(s *Scan) *string { return &s.Machine }),
	advisoriesField,
)

var advisoriesField = wire.Records("advisories", MaxAdvisories, advisoryFields, func(s *Scan) *[]Advisory { return &s.Advisories })

var tagsField = wire.TextMap("tags", MaxTags, func(s *Scan) *map[string]string { return &s.Tags })

var osFields = wire.MapOf(
	text("system", func(o *OS) *string { return &o.System }),
	text("product", func(o *OS) *string { return &o.Product }),
	text("version", func(o *OS) *string { return &o.Version }),
	text("codename", func(o *OS) *string { return &o.Codename }),
	text("arch", func(o *OS) *string { return &o.Arch }),
	text("kernel", func(o *OS) *string { return &o.Kernel }),
)

var originFields = wire.MapOrListOf(
	text("archive", func(o *Origin) *string { return &o.Archive }),
	text("site", func(o *Origin) *string { return &o.Site }),
	text("origin", func(o *Origin) *string { return &o.Origin }),
	text("label", func(o *Origin) *string { return &o.Label }),
	text("component", func(o *Origin) *string { return &o.Component }),
	text("codename", func(o *Origin) *string { return &o.Codename }),
	wire.Flag("trusted", func(o *Origin) *bool { return &o.Trusted }),
	wire.Instant("date", func(o *Origin) *time.Time { return &o.Date }),
	wire.Instant("valid_until", func(o *Origin) *time.Time { return &o.ValidUntil }),
	wire.Flag("unread", func(o *Origin) *bool { return &o.Unread }).Appended(),
	wire.Flag("notices", func(o *Origin) *bool { return &o.Notices }).Appended(),
	wire.Instant("checked_at", func(o *Origin) *time.Time { return &o.CheckedAt }).Appended(),
)

var packageFields = wire.MapOrListOf(
	text("name", func(p *Package) *string { return &p.Name }).Required(),
	text("arch", func(p *Package) *string { return &p.Arch }).Required(),
	wire.TextOrNil("installed", MaxVersionBytes, func(p *Package) **string { return &p.Installed }),
	wire.ShortRecords("versions", MaxPackageVersions, MaxVersions, "versions in the scan", versionFields,
		func(p *Package) *[]Version { return &p.Versions }).Late(),
	version("candidate", func(p *Package) *string { return &p.Candidate }),
	text("state", func(p *Package) *string { return &p.State }),
	wire.Flag("hold", func(p *Package) *bool { return &p.Hold }),
	wire.Flag("kept_back", func(p *Package) *bool { return &p.KeptBack }),
	text("source", func(p *Package) *string { return &p.Source }),
	version("source_version", func(p *Package) *string { return &p.SourceVersion }),
	wire.Instant("installed_at", func(p *Package) *time.Time { return &p.InstalledAt }),
	wire.Texts("advisories", func(p *Package) *[]string { return &p.Advisories }),
	wire.Texts("others", func(p *Package) *[]string { return &p.Others }).Appended(),
	wire.Flag("side_by_side", func(p *Package) *bool { return &p.SideBySide }).Appended(),
	text("module", func(p *Package) *string { return &p.Module }).Appended(),
)

var versionFields = wire.MapOrListOf(
	version("version", func(v *Version) *string { return &v.Version }).Required().Always(),
	text("priority", func(v *Version) *string { return &v.Priority }),
	text("section", func(v *Version) *string { return &v.Section }),
	wire.Ints("origins", func(v *Version) *[]int { return &v.Origins }),
	wire.IntOrNil("phased", func(v *Version) **int { return &v.Phased }),
	wire.Int("pin", func(v *Version) *int { return &v.Pin }),
	wire.Instant("released_at", func(v *Version) *time.Time { return &v.ReleasedAt }),
	wire.Texts("advisories", func(v *Version) *[]string { return &v.Advisories }),
	wire.Flag("excluded", func(v *Version) *bool { return &v.Excluded }).Appended(),
	text("arch", func(v *Version) *string { return &v.Arch }).Appended(),
	text("module", func(v *Version) *string { return &v.Module }).Appended(),
)

var advisoryFields = wire.MapOrListOf(
	text("id", func(a *Advisory) *string { return &a.ID }).Required(),
	text("type", func(a *Advisory) *string { return &a.Type }),
	text("severity", func(a *Advisory) *string { return &a.Severity }),
	text("status", func(a *Advisory) *string { return &a.Status }),
	wire.Instant("issued_at", func(a *Advisory) *time.Time { return &a.IssuedAt }),
	wire.Instant("updated_at", func(a *Advisory) *time.Time { return &a.UpdatedAt }),
	wire.Texts("cves", func(a *Advisory) *[]string { return &a.CVEs }),
	wire.Texts("bugs", func(a *Advisory) *[]string { return &a.Bugs }),
	wire.Texts("aliases", func(a *Advisory) *[]string { return &a.Aliases }),
	wire.Texts("products", func(a *Advisory) *[]string { return &a.Products }),
	wire.Texts("families", func(a *Advisory) *[]string { return &a.Families }),
	text("set", func(a *Advisory) *string { return &a.Set }),
	wire.Flag("reboot", func(a *Advisory) *bool { return &a.Reboot }),
	wire.Texts("supersedes", func(a *Advisory) *[]string { return &a.Supersedes }),
)
