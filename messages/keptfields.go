package messages

import "github.com/patchstream/patchstream/messages/wire"

// Fields of what is kept of messages in records that are none, as they stand on the wire.

// ConditionFields are those of a condition.
func ConditionFields() wire.Table[Condition] { return conditionFields }

// BaselineFields are those of a baseline's name.
func BaselineFields() wire.Table[BaselineRef] { return baselineFields }

// RebootFields are those of what asks for a boot.
func RebootFields() wire.Table[RebootReason] { return rebootFields }

// RareReasonFields are those of a reason that few have: an outcome, a boot, an override, and versions that were left out.
func RareReasonFields() wire.Table[Reason] { return rareReasonFields }

var rareReasonFields = reasonFields.Without("code", "matched", "stopped", "compared", "event", "broken", "notices", "more_notices")
