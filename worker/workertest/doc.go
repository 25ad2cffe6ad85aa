// Package workertest is the surroundings of a worker in a test: an embedded nats-server with JetStream, links to
// it that can be held and cut, events of made-up hosts, and the check of what was published. Nothing in it stands in
// for a part of NATS.
//
// What a worker promises is checked from outside ([CheckHost]): an ordinary consumer reads PATCH_CHANGES, and
// what it finds has to agree with package classify applied to the set of events.
package workertest
