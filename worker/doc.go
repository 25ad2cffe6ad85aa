// Package worker is the only reader of PATCH_EVENTS. Any number of workers run side by side; none keeps
// anything that another could not read.
//
// An event goes through these rooms, one file each:
//
//	intake   fetch: events of one host go to one lane, so that inside a worker they follow each other
//	event    decode and check; what can never work is refused with the field and the reason
//	commit   load the host's record, flush its outbox, merge the event into the facts, classify, write
//	outbox   the messages of a commit, published under a fence (publisher.Changes)
//	verdict  acknowledge, give back for a while, or dead-letter: a pure function of the error
//
// The host's record is written before anything is told, by compare-and-set on exactly the version whose
// outbox was found to be out. So a crash between any two steps loses nothing: the event comes again, changes
// nothing, and what was committed is told, once. Revisions of a host are without gap and repeat in the stream
// itself. Where two workers meet at one host, the loser drops what it had computed and begins again with the
// winner's record.
//
// What is assumed: no worker sleeps longer than half the retention of PATCH_CHANGES between looking and
// publishing; no outbox stays unsent that long; PATCH_CHANGES is not purged, nor cut by a size limit, within two
// days of a change; records are restored from a backup only while no worker runs, and with a new incarnation.
//
// A worker never judges (package classify does), never deletes a record, and never counts a failure of NATS
// against an event.
package worker
