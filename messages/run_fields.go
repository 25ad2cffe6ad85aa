package messages

import (
	"time"

	"github.com/patchstream/patchstream/messages/wire"
)

// runFields is a run on the wire.
var runFields = wire.MapOf(
	major[Run](),
	text("id", func(r *Run) *string { return &r.ID }),
	text("host", func(r *Run) *string { return &r.Host }),
	text("run_id", func(r *Run) *string { return &r.RunID }),
	text("operation", func(r *Run) *string { return &r.Operation }),
	wire.Instant("started_at", func(r *Run) *time.Time { return &r.StartedAt }),
	wire.Instant("finished_at", func(r *Run) *time.Time { return &r.FinishedAt }),
	wire.IntOrNil("exit_code", func(r *Run) **int { return &r.ExitCode }),
	text("reboot_option", func(r *Run) *string { return &r.RebootOption }),
	wire.FlagOrNil("reboot_required", func(r *Run) **bool { return &r.RebootRequired }),
	wire.Texts("reboot_packages", func(r *Run) *[]string { return &r.RebootPackages }),
	wire.Instant("booted_at", func(r *Run) *time.Time { return &r.BootedAt }),
	text("boot_id", func(r *Run) *string { return &r.BootID }),
	text("error", func(r *Run) *string { return &r.Error }),
	wire.Records("outcomes", MaxOutcomes, outcomeFields, func(r *Run) *[]Outcome { return &r.Outcomes }).Always().Required(),
	text("machine", func(r *Run) *string { return &r.Machine }),
	wire.FlagOrNil("succeeded", func(r *Run) **bool { return &r.Succeeded }),
	wire.Records("removed", MaxOutcomes, removalFields, func(r *Run) *[]Removal { return &r.Removed }),
).Grown()

var outcomeFields = wire.MapOrListOf(
	text("name", func(o *Outcome) *string { return &o.Name }).Required(),
	text("arch", func(o *Outcome) *string { return &o.Arch }).Required(),
	version("from", func(o *Outcome) *string { return &o.From }),
	wire.TextOrNil("to", MaxVersionBytes, func(o *Outcome) **string { return &o.To }),
	word("result", func(o *Outcome) *Result { return &o.Result }).Required(),
	text("stage", func(o *Outcome) *string { return &o.Stage }),
	text("error", func(o *Outcome) *string { return &o.Error }),
)

var removalFields = wire.MapOrListOf(
	text("name", func(r *Removal) *string { return &r.Name }).Required(),
	text("arch", func(r *Removal) *string { return &r.Arch }).Required(),
	version("from", func(r *Removal) *string { return &r.From }),
	wire.Flag("purged", func(r *Removal) *bool { return &r.Purged }),
)
