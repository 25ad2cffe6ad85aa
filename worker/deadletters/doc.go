// Package deadletters reads PATCH_DEAD: the events that could not be read or applied, each as it came, with the
// reason beside it. It lists them, gives one, puts one back into the queue, and removes what was dealt with.
//
// It never changes an event: what is put back is the payload and the headers that the host sent, but for those
// that the queue would obey or refuse. Workers write the letters (package worker).
package deadletters
