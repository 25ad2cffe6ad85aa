// Package spool keeps events on disk that could not be published yet, and gives those of each host back in the
// order in which they came. A host of which nothing can be sent now holds up no other.
//
// An event is one file, written under another name, synced and renamed, with a checksum: a crash leaves the whole
// event or none. The directory is bounded. A newer scan of a host supersedes its older ones, since a scan is the
// whole truth; runs and overrides are never dropped, and at the bound the spool says so instead. A file that is
// damaged is set aside under a name that tells, and the others go out.
//
// The package knows nothing of NATS: publisher.Publisher fills the spool and empties it. One process at a time
// should empty it; several may fill it.
package spool
