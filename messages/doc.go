// Package messages is the contract in code: what hosts, workers and subscribers write to each other, as Go types, and
// the subjects, the headers, the ids, the bounds and the checks that belong to them. Its tables of fields are version 1
// of the contract; any client in any language may write and read the same.
//
// It never talks to NATS, reads no clock and no file, logs nothing, and knows nothing of baselines or of the
// order of versions: a version string that no package manager would take is one to it like any other.
//
//	headers ─ EncodingOf ─┐
//	payload ──────────────┴▶ pack ─────▶ wire ─────────────▶ Event ─▶ Validate
//	                         zstd, s2    MessagePack, JSON;           bounds, what is required
//	                                     tables of fields
//
// [Decode] reads an event and [Encode] writes one; [OpenScan] reads of a scan only what an earlier one did not list in the same
// bytes; [DecodeChanged], [DecodeStatusChanged] and [EncodeChange] do so for what workers publish. How a payload is compressed is
// the business of package pack, how it is read and written that of package wire; which fields there are stands here, beside the
// types. [ContentSum] says whether two events are the same, in whichever format they came.
//
// What [Decode] returns keeps every rule of the contract that the message alone shows;
// [Event.CheckClock] is the one that needs to know when it was sent, and whether the subject is the host's is
// for whoever has the subject. Anything else is a [*FieldError] that names the field, whatever the bytes are:
// no input makes this package panic, recurse, or allocate more than a small multiple of the bounds.
package messages
