// Package schedule lets a host be looked at again when time alone changes its report: its scan becomes too old, an
// override ends. What follows the changes then hears of it without another event of the host.
//
//	report due at T ─ Next ─▶ Set ─▶ PATCH_LATER patch.later.<T>.<host> ─ the server, at T ─▶ patch.due.<host> ─▶ a worker
//
// A schedule is a message schedule of JetStream. It fires once, at its time or as soon as the server runs again, and is
// removed as it fires. It is set before the record that names its time is written: a crash between the two leaves one too
// many, which finds nothing to do and is the last of its kind. Whichever fires, the next one is set again before it is
// acknowledged, so that a schedule is lost only with its stream; [Schedules.Lost] is how the daily sweep finds that.
//
// The package does not classify, reads no record, and removes nothing.
package schedule
