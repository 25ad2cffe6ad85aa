// Package durable writes small files so that they last: when a call has returned without an error, the file is there, whole,
// and stays there whatever happens to the process or the power. After a crash in between, what was there before is still
// there, whole, and beside it perhaps a file that begins with [Unfinished].
//
// It is our own because no library does both of what events and keys need: google/renameio and natefinch/atomic replace a file
// without syncing its directory, so that a power failure may take the rename back, and neither can refuse to replace one.
package durable
