// Package record is the record of a host in KV_PATCH_HOSTS: its facts, the report that was last committed, the
// number of its newest change, and that change, where it is not known to be published. The record is the truth about a host;
// what stands in PATCH_CHANGES follows from it.
//
// A record is read with the revision of its key and written back by compare-and-set on that revision, so that of
// two workers only one moves a host on. Any replica may be read for that; what rests on the record alone and writes nothing
// asks the leader. Large parts are compressed one by one: an event that changes no package
// list and no item leaves their bytes as they are, a worker decodes them only where a judging asks for them ([Record.Provide]),
// and a query for a report decodes nothing else. A full scan is kept
// as it was sent, where that is well compressed MessagePack, and what could not be read again is not written.
//
// A record carries a [Summary] as a header, for who counts the fleet and must not read every record for it.
//
// The package decides nothing: what to merge, what to publish and when is the worker's.
package record
