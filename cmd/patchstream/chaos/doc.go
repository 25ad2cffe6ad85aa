// Package chaos is the proof that nothing is lost and nothing is published twice. It holds tests only.
//
// It starts the program as users do, `patchstream serve --no-worker` and three `patchstream worker`, publishes a
// history of many hosts that follows from a seed, and does to the processes what happens to processes: SIGKILL,
// SIGTERM, SIGSTOP for longer than the acknowledgement wait and the deduplication window, a server killed and
// started again on its store, a connection that is cut, one that stands still, a store that is full. Then it
// reads the streams with an ordinary consumer and holds what was published against what was said:
//
//   - the revisions of each host are 1, 2, 3, … without a gap or a repeat, each with a reason to be published;
//   - status messages went out for exactly those revisions in which the status changed;
//   - folding the transitions gives the host's report, at each revision and at the end;
//   - that report is what package classify makes of the set of the host's acknowledged events;
//   - every acknowledged event is in the host's record or in the dead letters;
//   - every malformed one is in the dead letters, once for each time it was stored, with a reason that begins
//     with the field at fault;
//   - nothing is pending.
//
// The same is done to a cluster of three servers with three replicas, whose leaders are killed in turn; each server
// is this test's own binary, started once more as an embedded nats-server.
//
// The seed is printed. It gives the same history and the same faults at the same times; how they meet is left
// to the machine. `make prove` runs all of this, `make test` none of it.
package chaos
