package messages

import "math"

// Validate returns a [*FieldError] for the first field that breaks the contract.
func (r *Run) Validate() error {
	var c checker
	c.enter()
	c.id("id", r.ID)
	c.host("host", r.Host)
	c.required("run_id", r.RunID)
	c.required("operation", r.Operation)
	oneOf(&c, "operation", r.Operation, OperationInstall, OperationScan)
	c.requiredStamp("started_at", r.StartedAt)
	c.requiredStamp("finished_at", r.FinishedAt)
	oneOf(&c, "reboot_option", r.RebootOption, RebootIfNeeded, NoReboot)
	c.texts("reboot_packages", r.RebootPackages)
	c.boot(r.BootedAt, r.FinishedAt)
	c.text("boot_id", r.BootID)
	c.text("error", r.Error)
	c.atMost("outcomes", len(r.Outcomes), MaxOutcomes)
	for i := range r.Outcomes {
		c.element("outcomes", i)
		c.outcome(&r.Outcomes[i])
		c.leave()
	}
	c.machine(r.Machine)
	c.atMost("removed", len(r.Removed), MaxOutcomes)
	for i := range r.Removed {
		c.element("removed", i)
		c.required("name", r.Removed[i].Name)
		c.arch("arch", r.Removed[i].Arch)
		c.version("from", r.Removed[i].From)
		c.leave()
	}
	return c.result()
}

func (c *checker) outcome(o *Outcome) {
	c.required("name", o.Name)
	c.arch("arch", o.Arch)
	c.version("from", o.From)
	if o.To != nil {
		c.version("to", *o.To)
	}
	c.required("result", string(o.Result))
	oneOf(c, "result", o.Result, ResultInstalled, ResultFailed, ResultSkipped, ResultNotAttempted)
	if o.To == nil && (o.Result == ResultInstalled || o.Result == ResultFailed) {
		c.failAt("to", "is required where the result is %s", o.Result)
	}
	c.text("stage", o.Stage)
	c.text("error", o.Error)
}

// Validate returns a [*FieldError] for the first field that breaks the contract.
func (o *Override) Validate() error {
	var c checker
	c.enter()
	c.id("id", o.ID)
	c.host("host", o.Host)
	c.required("patch", o.Patch)
	if !o.Withdraw {
		c.required("state", string(o.State))
		c.required("reason", o.Reason)
		c.required("by", o.By)
	}
	oneOf(&c, "state", o.State, States()...)
	oneOf(&c, "level", o.Level, Levels()...)
	c.text("reason", o.Reason)
	c.text("by", o.By)
	c.requiredStamp("at", o.At)
	c.instant("expires_at", o.ExpiresAt)
	return c.result()
}

// Validate returns a [*FieldError] for the first field that breaks the contract.
func (r *Retire) Validate() error {
	var c checker
	c.enter()
	c.id("id", r.ID)
	c.host("host", r.Host)
	c.requiredStamp("at", r.At)
	c.text("by", r.By)
	c.text("reason", r.Reason)
	return c.result()
}

// Validate returns a [*FieldError] for the first field that breaks the contract.
func (r *Recheck) Validate() error {
	var c checker
	c.enter()
	c.id("id", r.ID)
	c.host("host", r.Host)
	c.text("cause", r.Cause)
	if r.BaselinesSeq > math.MaxInt64 {
		c.failAt("baselines_seq", "is out of range")
	}
	return c.result()
}
