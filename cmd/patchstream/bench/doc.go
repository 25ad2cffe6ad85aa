// Package bench measures patchstream beside JetStream alone: the same bytes, on the same server, in the same run.
//
//	race        events that wait, taken by a worker, and taken by JetStream alone: events a second, CPU, allocations, bytes
//	latency     events at a steady rate, from publishing one until its change can be read
//	crowd       one, two and ten workers on one queue
//	scale       a worker process on ever more hosts: its memory, its start, events a second, bytes at rest
//
// A run starts a server of its own for each setting (over TCP or in process, syncing always or at intervals), or has one that runs
// elsewhere. Every repeat takes new hosts of a made-up fleet (package fleet) through the same story: first scan, full scan with a few changed
// packages, unchanged scan, recheck with nothing new, recheck with another baseline, run. Each event of a measured phase is of a host of
// its own, and the worker has just begun: so none finds in its memory what it needs, as in a large fleet. The events wait
// in the stream before the clock starts: its consumer is paused until the worker has begun and is at rest.
//
// JetStream alone (alone.go) does with each event the least that a worker of this contract must ask of JetStream: it reads and writes
// records of 2 KB and publishes changes as large as the worker's, and decodes and judges nothing. It does not change with our design.
//
// Nothing here reaches into the worker: events are published, changes are read, and streams are asked what they hold. What must come out of
// a phase is counted; a run in which an event is lost is an error and no figure.
package bench
