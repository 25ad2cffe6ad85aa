// Package baselines is KV_PATCH_BASELINES: the patch baselines operators have stored, what they are bound to,
// the groups they put hosts into, and the settings.
//
// [Store] reads and writes it, for the commands of an operator. [View] follows it, for a worker: it always holds
// the whole library in memory, and knows the creation time of the bucket and how far in it it has read, so that
// no report is made from an older library than the last one.
//
// A baseline that cannot be read stays in the library as such: hosts bound to it are UNKNOWN, they do not fall
// through to another one. Which baseline applies to a host is package classify's to say.
package baselines
