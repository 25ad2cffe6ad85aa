// Package items is KV_PATCH_ITEMS: the compliance items that other programs put on hosts by AWS's PutComplianceItems, in types of their own
// ("Custom:Backup"). They are kept, listed and counted, and are no part of a host's patch status: nothing here is classified.
//
// A host has one entry with all its lists, written by compare-and-set, and in its header what they count: [Counts] reads headers alone, and of
// those only what is new. [Store] holds a host to ten types and to [MaxBytes]. Of AWS's own type Patch only the content hash and the names are kept, since
// its items are overrides. When a host is retired, the worker that takes it out of the fleet calls [Store.Retire].
package items
