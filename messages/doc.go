// Package messages is the wire: what hosts, workers and subscribers say to each other, as Go types, and the
// codec, the subjects, the ids and the checks that belong to them. Its tables of fields are version 1 of the
// contract in code; any client in any language may write and read the same.
//
// It never talks to NATS, reads no clock and no file, logs nothing, and knows nothing of baselines or of the
// order of versions: a version string that no package manager would take is one to it like any other.
//
//	payload ─ Content-Encoding ─▶ decompress ─ Content-Type ─▶ tokens ─ tables of fields ─▶ Event ─▶ Validate
//	          zstd, s2            bounded      MessagePack,    bounds, names
//	                                           JSON            for errors
//
// [Decode] reads an event and [Encode] writes one; [DecodeChanged], [DecodeStatusChanged] and [EncodeChange]
// do so for what workers publish. The tables are written once and read by both formats, so that an event is
// the same in whichever it came; [ContentSum] says whether two are.
//
// What [Decode] returns keeps every rule of the contract that can be told from the message alone;
// [Event.CheckClock] is the one that needs to know when it was sent, and whether the subject is the host's is
// for whoever has the subject. Anything else is a [*FieldError] that names the field, whatever the bytes are:
// no input makes this package panic, recurse, or allocate more than a small multiple of the bounds.
package messages
