// Package publisher is all that is put into the streams: a host's events on their way in, and the numbered
// changes of a host on their way out.
//
// [Publisher] is for whoever has something to say of a host: a patch runner, a scanner, an operator's tool. It
// checks an event as the worker will, encodes and compresses it, and returns when JetStream has acknowledged it
// with the promise that goes with that: it is then applied or dead-lettered, once. A scan whose content was
// sent before goes out as its hash alone, unless a full one is asked for or a day has passed.
//
// [Changes] is for the worker. It publishes a message under a fence, the last sequence of its subject, so that
// no crash, pause or late retry can put a revision twice into the stream, or an old one after a newer one; and
// where the stream refuses, it looks and decides.
//
// The package creates no stream, keeps no package list, and classifies nothing. What collects a scan from a host is
// in publisher/apt, rpm, windows and mac, over publisher/host.
package publisher
