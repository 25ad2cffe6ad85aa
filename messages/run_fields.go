package messages

import "time"

// runFields is a run on the wire.
var runFields = mapOf(
	major[Run](),
	text("id", func(r *Run) *string { return &r.ID }),
	text("host", func(r *Run) *string { return &r.Host }),
	text("run_id", func(r *Run) *string { return &r.RunID }),
	text("operation", func(r *Run) *string { return &r.Operation }),
	instant("started_at", func(r *Run) *time.Time { return &r.StartedAt }),
	instant("finished_at", func(r *Run) *time.Time { return &r.FinishedAt }),
	intOrNil("exit_code", func(r *Run) **int { return &r.ExitCode }),
	text("reboot_option", func(r *Run) *string { return &r.RebootOption }),
	flagOrNil("reboot_required", func(r *Run) **bool { return &r.RebootRequired }),
	texts("reboot_packages", func(r *Run) *[]string { return &r.RebootPackages }),
	instant("booted_at", func(r *Run) *time.Time { return &r.BootedAt }),
	text("boot_id", func(r *Run) *string { return &r.BootID }),
	text("error", func(r *Run) *string { return &r.Error }),
	must(allRecords("outcomes", MaxOutcomes, outcomeFields, func(r *Run) *[]Outcome { return &r.Outcomes })),
)

var outcomeFields = mapOrListOf(
	must(text("name", func(o *Outcome) *string { return &o.Name })),
	must(text("arch", func(o *Outcome) *string { return &o.Arch })),
	version("from", func(o *Outcome) *string { return &o.From }),
	versionOrNil("to", func(o *Outcome) **string { return &o.To }),
	must(word("result", func(o *Outcome) *Result { return &o.Result })),
	text("stage", func(o *Outcome) *string { return &o.Stage }),
	text("error", func(o *Outcome) *string { return &o.Error }),
)
