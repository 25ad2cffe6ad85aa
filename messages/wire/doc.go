// Package wire reads and writes MessagePack and JSON by tables of fields. A table is written once and serves
// both formats and both directions, so that a record is the same in whichever it came.
//
//	payload ─▶ tokens ─▶ decoder ─ Table ─▶ record ─ Table ─▶ encoder ─▶ payload
//	           two       bounds,             a struct         two formats
//	           formats   names for errors
//
// [Read] fills a struct and [Append] writes one; [Check] and [Indent] take any value. What is not in a table is
// passed, a nil is a field that is absent, and a record in a list may be a list of its fields where its table says
// so. [AsItCame] leaves the records of a list unread, to be compared byte by byte or read later. What [Append] writes, [Read]
// takes: both keep to the bounds of the table, so what was written need not be read to know.
//
// It knows no message and no header, and checks nothing that is not a matter of one field: what a message has to
// say is for whoever owns the table. It decompresses nothing.
//
// Whatever the bytes are, an error is a [*FieldError] that names the field; nothing panics, nothing recurses with
// the depth of the payload, and nothing is allocated for what a length claims before the bytes are there. A string
// keeps to the bound of its field, a key and a time to [MaxStringBytes], all lists without a bound of their own
// together to [MaxListItems].
package wire
