// Package record is the record of a host in KV_PATCH_HOSTS: its facts, the report that was last committed, the
// number of its newest change, and that change, where it is not known to be published. The record is the truth about a host;
// what stands in PATCH_CHANGES follows from it.
//
// A record is read with the revision of its key and written back by compare-and-set on that revision, so that of
// two workers only one moves a host on. Any replica may be read for that; what rests on the record alone and writes nothing
// asks the leader. The newest full scan is stored beside the record, in KV_PATCH_SCANS, as it was sent where that is well
// compressed MessagePack; the record names it, and is small whatever the host's size:
//
//	Encode ─▶ SaveScan, where the record is to name another one ─▶ Save ─▶ RemoveScan, of the one before
//	Load ─▶ Provide: Scans, where a judging needs packages ─▶ ErrScanGone, once the leaders have said so
//
// The patches of the report are verdicts on the packages of that scan, by their positions in it: most packages share one, and what a
// patch is called stands in the scan alone. They are decoded only where a judging asks for them ([Record.Provide]): verdicts on packages
// that did not change are carried over unread, and so is the change that is to be published. All else is a few KB, written and read by
// tables of fields, as messages are, and compressed together. What could not be read again is not written. A record that names a scan
// names one that is stored: only an operator's hand, a damaged disk or the restore of a part undoes that, and [Store.SweepScans] finds it.
//
// A record carries two headers: a [Summary], for who counts the fleet, and what is [Pending], for who sweeps it. Neither must read
// every record for it.
//
// The package decides nothing: what to merge, what to publish and when is the worker's.
package record
