// Package tally counts the fleet for Prometheus: hosts by status and by condition, patches by state and level, and how long the
// first patch that is due has been so.
//
// A [Tally] follows KV_PATCH_HOSTS from beside the workers, whichever of them writes, and reads of each record
// only the header that holds its summary (package record): the records themselves never cross the wire. It
// keeps a summary of each host in memory, some 200 bytes, and adds them up when it is asked. So every process
// that runs one knows the whole fleet, and two of them show the same: a query takes max, not sum.
//
// A status is shown as of now: a host that fell silent counts as UNKNOWN and as scan_old once its scan is too old,
// without an event; so does one as UNKNOWN that is compliant only by an override that has expired, until it is classified
// anew. A host whose summary is missing or cannot be read counts as UNKNOWN too: nothing that is not known is ever called
// compliant.
//
// It writes nothing, creates nothing but its own passing consumer, and does not know of changes: those are
// counted by the worker that commits them.
package tally
