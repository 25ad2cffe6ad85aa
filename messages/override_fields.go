package messages

import (
	"time"

	"github.com/patchstream/patchstream/messages/wire"
)

// overrideFields is an override on the wire.
var overrideFields = wire.MapOf(
	major[Override](),
	text("id", func(o *Override) *string { return &o.ID }),
	text("host", func(o *Override) *string { return &o.Host }),
	text("patch", func(o *Override) *string { return &o.Patch }),
	word("state", func(o *Override) *State { return &o.State }),
	word("level", func(o *Override) *Level { return &o.Level }),
	text("reason", func(o *Override) *string { return &o.Reason }),
	text("by", func(o *Override) *string { return &o.By }),
	wire.Instant("at", func(o *Override) *time.Time { return &o.At }),
	wire.Instant("expires_at", func(o *Override) *time.Time { return &o.ExpiresAt }),
	wire.Flag("withdraw", func(o *Override) *bool { return &o.Withdraw }),
)

// retireFields is a retirement on the wire.
var retireFields = wire.MapOf(
	major[Retire](),
	text("id", func(r *Retire) *string { return &r.ID }),
	text("host", func(r *Retire) *string { return &r.Host }),
	wire.Instant("at", func(r *Retire) *time.Time { return &r.At }),
	text("by", func(r *Retire) *string { return &r.By }),
	text("reason", func(r *Retire) *string { return &r.Reason }),
)

// recheckFields is a recheck on the wire.
var recheckFields = wire.MapOf(
	major[Recheck](),
	text("id", func(r *Recheck) *string { return &r.ID }),
	text("host", func(r *Recheck) *string { return &r.Host }),
	text("cause", func(r *Recheck) *string { return &r.Cause }),
	wire.Counter("baselines_seq", func(r *Recheck) *uint64 { return &r.BaselinesSeq }),
)
