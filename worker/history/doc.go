// Package history reads the stream of changes, PATCH_CHANGES, for people and programs that follow it: from a time, from the
// oldest change that is kept, from now on, or from where a durable consumer was. It publishes nothing, decides nothing, and
// prints nothing.
//
// A [Feed] gives each change to one function, in the order of the stream, and the next once the function has returned.
// Without a consumer of its own on the server it outlives the server's restarts and skips nothing. By a durable consumer a
// change is acknowledged once it was taken, so that one which was taken and not yet acknowledged comes again. A change that
// cannot be read is logged and passed over.
package history
