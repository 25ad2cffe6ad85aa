// Package worker is the only reader of PATCH_EVENTS. Any number of workers run side by side; none keeps
// anything that another could not read.
//
// An event goes down through these files and never back up:
//
//	intake    take a delivery apart once, into an envelope; those of one host go to one lane, one after the other
//	handle    wait for memory, open the envelope; what can never work is refused with the field and the reason
//	commit    load the host's record, flush its outbox, merge the event into the facts (merge); classify; write the scan and the record that names it; and again
//	decide    what there is to do for the event, and why: a pure function
//	later     have the host come up again when time alone changes its report, before that is written
//	outbox    the messages of a commit, encoded once, published under a fence (publisher.Changes)
//	verdict   acknowledge, give back for a while, or dead-letter: a pure function of the error, and its answer
//
// Beside that way: attempts notes who died of an event, resend asks for full scans, sweep publishes what a crash left
// behind, finds lost schedules and scans, and removes scans that no record names, cache and memory bound what is kept, health and metrics say how it goes,
// twice makes a report a second time for tests.
//
// The host's record is written before anything is published, by compare-and-set on exactly the version whose
// outbox was found to be published. So a crash between any two steps loses nothing: the event comes again, changes
// nothing, and what was committed is published, once. Revisions of a host are without gap and repeat in the stream
// itself. Where two workers meet at one host, the loser drops what it had computed and begins again with the
// winner's record.
//
// What is assumed: no worker sleeps longer than half the retention of PATCH_CHANGES between looking and
// publishing; no outbox stays unsent that long; PATCH_CHANGES is not purged, nor cut by a size limit, within two
// days of a change; records are restored from a backup only while no worker runs, and with a new incarnation.
//
// A worker has no rule about patches (package classify has them), never deletes a record, and never counts a failure of
// NATS against an event.
package worker
