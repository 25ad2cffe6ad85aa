// Package natsd is the NATS server with JetStream that `patchstream serve` runs inside its own process.
//
// It starts it on a store directory and an address, says where it listens, hands out connections that need no
// socket, reads its users again while it runs, and stops it. It creates no stream and publishes nothing: that is the workers'.
//
// Before the disk is quite full, or when something could not be written, it closes JetStream, answers whoever publishes that the
// disk is full, and starts the server anew in this process once there is room again; clients find it as after any restart. Left
// free is a fiftieth of the file system, at least 1 MiB and at most 256 MiB, and to start anew takes twice as much.
//
// One directory belongs to one process: a lock is taken before the server looks at it, and given back after
// the last file is closed. Without a file of users an address that others can reach is refused.
// With [Config.SyncAlways] a message is acknowledged after it is on the disk; without it JetStream syncs every
// two minutes, and what it acknowledged since is lost with the machine (not with the process).
package natsd
