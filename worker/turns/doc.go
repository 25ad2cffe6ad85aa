// Package turns shares a worker among hosts: who has events waiting is handled in turn, however many others sent.
//
// Duty: hold what waits, host by host, and hand out what is to be handled next. A host is handled by one goroutine at a time, in
// the order in which its events came. It has a share of what may wait: what is beyond it is not taken, and comes again later. It
// has a share of the time: who kept all others waiting rests for twice as long, and what waits of it then is handed out together.
// All who did have a part of what may wait, so that many of them leave room for those who did not.
// It counts for people which hosts take the most.
//
// It never handles, answers or reads an event, and never blocks but in Next.
//
// Flow: Admit → Put → Next → Done.
//
// Guarantee: a host with an event waiting is handed out after each other one that waits at most once more, whatever they sent.
package turns
