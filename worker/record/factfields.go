package record

import (
	"fmt"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/wire"
)

// factFields are the facts, without what the full scan lists.
var factFields = wire.MapOf(
	wire.NestedOrNil("full", scanFields, func(r *atRest) **classify.ScanFact { return &r.Facts.Full }),
	wire.BytesRead("head", (*atRest).readHead),
	wire.NestedOrNil("unchanged", scanFields, func(r *atRest) **classify.ScanFact { return &r.Facts.Unchanged }),
	wire.NestedOrNil("incomplete", scanFields, func(r *atRest) **classify.ScanFact { return &r.Facts.Incomplete }),
	wire.NestedOrNil("last_run", runFields, func(r *atRest) **classify.RunFact { return &r.Facts.LastRun }),
	wire.Records("outcomes", 0, outcomesFields, func(r *atRest) *[]outcomes { return &r.outcomes }),
	wire.Records("runs", 0, keptRunFields, func(r *atRest) *[]keptRun { return &r.runs }),
	wire.Records("overrides", 0, overrideFields, func(r *atRest) *[]classify.OverrideFact { return &r.overrides }),
	wire.NestedOrNil("boot", bootFields, func(r *atRest) **classify.BootFact { return &r.Facts.Boot }),
	wire.Instant("booted_at", func(r *atRest) *time.Time { return &r.Facts.BootedAt }),
	wire.NestedOrNil("last_install", runFields, func(r *atRest) **classify.RunFact { return &r.Facts.LastInstall }),
	wire.NestedOrNil("scan_reboot", statementFields, func(r *atRest) **classify.StatementFact { return &r.Facts.ScanStatement }),
	wire.NestedOrNil("run_reboot", statementFields, func(r *atRest) **classify.StatementFact { return &r.Facts.RunStatement }),
	wire.Records("machines", 0, machinesFields, func(r *atRest) *[]machines { return &r.machines }),
	wire.NestedOrNil("retired", retireFields, func(r *atRest) **classify.RetireFact { return &r.Facts.Retired }),
)

// stamped is the table of a fact: its place in the order, and more.
func stamped[T any](stamp func(*T) *classify.Stamp, more ...wire.Field[T]) wire.Table[T] {
	return wire.MapOf(append([]wire.Field[T]{
		wire.Instant("at", func(f *T) *time.Time { return &stamp(f).At }),
		text("id", func(f *T) *string { return &stamp(f).ID }),
		wire.Digest("sum", func(f *T) *[32]byte { return &stamp(f).Sum }),
	}, more...)...)
}

var scanFields = stamped(func(f *classify.ScanFact) *classify.Stamp { return &f.Stamp },
	messages.ScanHeadField("is", func(f *classify.ScanFact) **messages.Scan { return &f.Scan }),
	wire.BytesRead("scan", func(f *classify.ScanFact, text []byte) (err error) { // up to version 5: an event
		if f.Scan, err = decodeScan(text); err == nil {
			f.Scan.Packages, f.Scan.Advisories = nil, nil
		}
		return err
	}),
)

// readHead reads the full scan of versions 4 and 5, which stands behind its place in the order.
func (r *atRest) readHead(text []byte) (err error) {
	if r.Facts.Full == nil {
		return fmt.Errorf("is of no full scan")
	}
	r.Facts.Full.Scan, err = messages.DecodeScanHead(text)
	return err
}

var runFields = stamped(func(f *classify.RunFact) *classify.Stamp { return &f.Stamp },
	text("run_id", func(f *classify.RunFact) *string { return &f.RunID }),
	text("operation", func(f *classify.RunFact) *string { return &f.Operation }),
	wire.IntOrNil("exit_code", func(f *classify.RunFact) **int { return &f.ExitCode }),
	text("error", func(f *classify.RunFact) *string { return &f.Error }),
	wire.Int("outcomes", func(f *classify.RunFact) *int { return &f.Outcomes }),
	text("problem", func(f *classify.RunFact) *string { return &f.Problem }),
	texts("ignored", func(f *classify.RunFact) *[]string { return &f.Ignored }),
)

var overrideFields = stamped(func(f *classify.OverrideFact) *classify.Stamp { return &f.Stamp },
	wire.Nested("override", wire.MapOf(
		text("ID", func(o *messages.Override) *string { return &o.ID }),
		text("Host", func(o *messages.Override) *string { return &o.Host }),
		text("Patch", func(o *messages.Override) *string { return &o.Patch }),
		word("State", func(o *messages.Override) *messages.State { return &o.State }),
		word("Level", func(o *messages.Override) *messages.Level { return &o.Level }),
		text("Reason", func(o *messages.Override) *string { return &o.Reason }),
		text("By", func(o *messages.Override) *string { return &o.By }),
		wire.Instant("At", func(o *messages.Override) *time.Time { return &o.At }),
		wire.Instant("ExpiresAt", func(o *messages.Override) *time.Time { return &o.ExpiresAt }),
		wire.Flag("Withdraw", func(o *messages.Override) *bool { return &o.Withdraw }),
	), func(f *classify.OverrideFact) *messages.Override { return &f.Override }),
)

var bootFields = stamped(func(f *classify.BootFact) *classify.Stamp { return &f.Stamp },
	text("boot_id", func(f *classify.BootFact) *string { return &f.BootID }),
)

var statementFields = stamped(func(f *classify.StatementFact) *classify.Stamp { return &f.Stamp },
	wire.Flag("required", func(f *classify.StatementFact) *bool { return &f.Required }),
	texts("packages", func(f *classify.StatementFact) *[]string { return &f.Packages }),
	wire.Instant("booted_at", func(f *classify.StatementFact) *time.Time { return &f.BootedAt }),
	text("boot_id", func(f *classify.StatementFact) *string { return &f.BootID }),
)

var retireFields = stamped(func(f *classify.RetireFact) *classify.Stamp { return &f.Stamp },
	text("by", func(f *classify.RetireFact) *string { return &f.By }),
	text("reason", func(f *classify.RetireFact) *string { return &f.Reason }),
)

// machines are those that spoke on a day.
type machines struct {
	day classify.Day
	ids []string
}

var machinesFields = wire.MapOf(
	word("day", func(m *machines) *classify.Day { return &m.day }),
	wire.Texts("machines", func(m *machines) *[]string { return &m.ids }),
)

func keyFields[T any](key func(*T) *classify.PackageKey) []wire.Field[T] {
	return []wire.Field[T]{
		text("Name", func(of *T) *string { return &key(of).Name }),
		text("Arch", func(of *T) *string { return &key(of).Arch }),
	}
}
