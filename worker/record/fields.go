package record

import (
	"slices"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/wire"
)

// Records are read and written by tables of fields, as messages are. The names are those that every version has written: some are names of
// fields in Go. What only versions up to 5 wrote is read, and not written.

// sealedFields are those of a record as it is stored.
var sealedFields = []wire.Field[atRest]{
	wire.Int("v", func(r *atRest) *int { return &r.version }),
	wire.Int("scan_bytes", func(r *atRest) *int { return &r.scanBytes }),
	wire.Int("items", func(r *atRest) *int { return &r.items.number }),
	wire.Bytes("patches", func(r *atRest) *[]byte { return &r.items.packed }),
	wire.Bytes("outbox", func(r *atRest) *[]byte { return &r.outbox.packed }),
	wire.Flag("status", func(r *atRest) *bool { return &r.outbox.Status }),
	wire.Bytes("rest", func(r *atRest) *[]byte { return &r.packed }),
}

// restFields are those of all else, which is compressed together.
var restFields = []wire.Field[atRest]{
	wire.Counter("rev", func(r *atRest) *uint64 { return &r.Revision }),
	wire.Flag("scanned", func(r *atRest) *bool { return &r.Scanned }),
	wire.Nested("fences", fenceFields, func(r *atRest) *Fences { return &r.Fences }),
	text("commit", func(r *atRest) *string { return &r.CommitID }),
	wire.Instant("at", func(r *atRest) *time.Time { return &r.CommittedAt }),
	wire.Nested("judged", basisFields, func(r *atRest) *Basis { return &r.Basis }),
	wire.Instant("later", func(r *atRest) *time.Time { return &r.Later }),
	wire.Instant("heard", func(r *atRest) *time.Time { return &r.Heard }),
	wire.Nested("known", factFields, func(r *atRest) *atRest { return r }),
	wire.NestedOrNil("reported", reportFields, func(r *atRest) **classify.Report { return &r.Report }),
	wire.Nested("counted", summaryFields, func(r *atRest) *Summary { return &r.summary }),
}

// earlierFields are those up to version 5.
var earlierFields = []wire.Field[atRest]{
	wire.Bytes("facts", func(r *atRest) *[]byte { return &r.facts }),
	wire.Bytes("full", func(r *atRest) *[]byte { return &r.scan }),
	wire.Bytes("report", func(r *atRest) *[]byte { return &r.report }),
	text("summary", func(r *atRest) *string { return &r.counted }),
}

var (
	sealedTable = wire.MapOf(sealedFields...)
	restTable   = wire.MapOf(restFields...)
	anyTable    = wire.MapOf(slices.Concat(sealedFields, restFields, earlierFields)...) // what stands outside, of any version
)

// text is a string without a bound of its own, absent when empty.
func text[T any](name string, at func(*T) *string) wire.Field[T] {
	return wire.Text(name, maxPartBytes, at)
}

func texts[T any](name string, at func(*T) *[]string) wire.Field[T] {
	return wire.LongTexts(name, maxPartBytes, at)
}

func word[T any, S ~string](name string, at func(*T) *S) wire.Field[T] {
	return wire.Word(name, maxPartBytes, at)
}

var fenceFields = wire.MapOf(
	wire.Counter("changed", func(f *Fences) *uint64 { return &f.Changed }),
	wire.Counter("status", func(f *Fences) *uint64 { return &f.Status }),
)

var basisFields = wire.MapOf(
	wire.Instant("created", func(b *Basis) *time.Time { return &b.BaselinesCreated }),
	wire.Counter("seq", func(b *Basis) *uint64 { return &b.BaselinesSeq }),
	text("by", func(b *Basis) *string { return &b.By }),
)

// reportFields are a report without its patches.
var reportFields = wire.MapOf(
	text("host", func(r *classify.Report) *string { return &r.Host }),
	word("status", func(r *classify.Report) *messages.HostStatus { return &r.Status }),
	wire.TextsOrNil("reasons", func(r *classify.Report) *[]string { return &r.Reasons }),
	word("level", func(r *classify.Report) *messages.Level { return &r.Level }),
	wire.IntMap("counts", maxCounts, func(r *classify.Report) *messages.Counts { return &r.Counts }),
	wire.Records("conditions", 0, messages.ConditionFields(), func(r *classify.Report) *[]messages.Condition { return &r.Conditions }),
	wire.Nested("baseline", messages.BaselineFields(), func(r *classify.Report) *messages.BaselineRef { return &r.Baseline }),
	text("group", func(r *classify.Report) *string { return &r.Group }),
	wire.Nested("about", aboutFields, func(r *classify.Report) *classify.About { return &r.About }),
	wire.Instant("due", func(r *classify.Report) *time.Time { return &r.Due }),
	wire.NestedOrNil("frame", frameFields, func(r *classify.Report) **classify.Frame { return &r.Frame }),
	wire.Instant("waits", func(r *classify.Report) *time.Time { return &r.Waits }),
)

// maxCounts bounds what a report counts: by state and by how grave it is.
const maxCounts = 64

var aboutFields = wire.MapOf(
	wire.Nested("os", osFields, func(a *classify.About) *messages.OS { return &a.OS }),
	wire.Instant("scan_at", func(a *classify.About) *time.Time { return &a.ScanAt }),
	wire.Instant("full_scan_at", func(a *classify.About) *time.Time { return &a.FullScanAt }),
	wire.Instant("security_lists_at", func(a *classify.About) *time.Time { return &a.SecurityListsAt }),
	wire.Instant("index_at", func(a *classify.About) *time.Time { return &a.IndexAt }),
	wire.Instant("booted_at", func(a *classify.About) *time.Time { return &a.BootedAt }),
	wire.Flag("reboot_required", func(a *classify.About) *bool { return &a.RebootRequired }),
	wire.Instant("scan_failed_at", func(a *classify.About) *time.Time { return &a.ScanFailedAt }),
	text("scan_error", func(a *classify.About) *string { return &a.ScanError }),
	wire.NestedOrNil("last_run", runFields, func(a *classify.About) **classify.RunFact { return &a.LastRun }),
	wire.Instant("heard_at", func(a *classify.About) *time.Time { return &a.HeardAt }),
	wire.NestedOrNil("retired", retirementFields, func(a *classify.About) **classify.Retirement { return &a.Retired }),
	text("tag_group", func(a *classify.About) *string { return &a.TagGroup }),
)

var osFields = wire.MapOf(
	text("System", func(o *messages.OS) *string { return &o.System }),
	text("Product", func(o *messages.OS) *string { return &o.Product }),
	text("Version", func(o *messages.OS) *string { return &o.Version }),
	text("Codename", func(o *messages.OS) *string { return &o.Codename }),
	text("Arch", func(o *messages.OS) *string { return &o.Arch }),
	text("Kernel", func(o *messages.OS) *string { return &o.Kernel }),
)

var retirementFields = wire.MapOf(
	wire.Instant("at", func(r *classify.Retirement) *time.Time { return &r.At }),
	text("by", func(r *classify.Retirement) *string { return &r.By }),
	text("reason", func(r *classify.Retirement) *string { return &r.Reason }),
)

var frameFields = wire.MapOf(
	text("rules", func(f *classify.Frame) *string { return &f.Rules }),
	wire.Instant("at", func(f *classify.Frame) *time.Time { return &f.At }),
	wire.Nested("scan", messages.RebootFields(), func(f *classify.Frame) *messages.RebootReason { return &f.Scan }),
	wire.Nested("statement", messages.RebootFields(), func(f *classify.Frame) *messages.RebootReason { return &f.Statement }),
	texts("own", func(f *classify.Frame) *[]string { return &f.Own }),
	texts("booting", func(f *classify.Frame) *[]string { return &f.Booting }),
	wire.Flag("waits", func(f *classify.Frame) *bool { return &f.Waits }),
	wire.Ints("entries", func(f *classify.Frame) *[]int { return &f.Entries }),
	wire.Nested("census", censusFields, func(f *classify.Frame) *classify.Frame { return f }),
)

var censusFields = wire.MapOf(
	wire.Records("kernels", 0, wire.MapOf(keyFields(func(k *classify.PackageKey) *classify.PackageKey { return k })...),
		func(f *classify.Frame) *[]classify.PackageKey { return &f.Census.Kernels }),
	wire.Ints("carried", func(f *classify.Frame) *[]int { return &f.Census.Carried }),
	wire.Int("installed", func(f *classify.Frame) *int { return &f.Census.Installed }),
	wire.Flag("booting", func(f *classify.Frame) *bool { return &f.Census.Booting }),
	wire.Flag("unlisted", func(f *classify.Frame) *bool { return &f.Census.Unlisted }),
)

var summaryFields = wire.MapOf(
	word("status", func(s *Summary) *messages.HostStatus { return &s.Status }).Always(),
	wire.Instant("scan_at", func(s *Summary) *time.Time { return &s.ScanAt }),
	wire.Instant("expires", func(s *Summary) *time.Time { return &s.Expires }),
	wire.Records("patches", 0, tallyFields, func(s *Summary) *[]Tally { return &s.Patches }),
	wire.Texts("conditions", func(s *Summary) *[]string { return &s.Conditions }),
)

var tallyFields = wire.MapOf(
	word("state", func(t *Tally) *messages.State { return &t.State }).Always(),
	word("level", func(t *Tally) *messages.Level { return &t.Level }).Always(),
	wire.Int("number", func(t *Tally) *int { return &t.Number }).Always(),
	wire.Instant("since", func(t *Tally) *time.Time { return &t.Since }),
)

var pendingFields = wire.MapOf(
	wire.Instant("outbox", func(p *Pending) *time.Time { return &p.Outbox }),
	wire.Instant("due", func(p *Pending) *time.Time { return &p.Due }),
	wire.Instant("later", func(p *Pending) *time.Time { return &p.Later }),
	wire.Digest("scan", func(p *Pending) *Sum { return &p.Scan }),
)
