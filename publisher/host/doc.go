// Package host is what a collector of any package manager needs of the host it looks at.
//
// Its duty is to look without leaving a trace, and to run without being in the way. It knows no package manager:
// which files and tools to ask, and what their answers mean, is for publisher/apt and whatever stands beside it.
//
//	looking    [OpenRoot], [Identify], [ReadBoot], [Root.Machine]: a file system, its system, boot and machine
//	           [KernelOf]: is the kernel this root's own, or that of the host of a container
//	           [LockHolder], [FileStates]: is somebody at work on a file, has one changed meanwhile
//	asking     [Tool.Run], [FindTool]: a program's answer, within a time-out, without our environment and search path
//	           [TempDir]: a place for what a tool writes
//	running    [Manager.Find]: the package manager in a command line, behind sudo, env and the like; [Plan]: what it would do
//	           [Command.Start], [Process.Wait]: a patch command in our place, and what it writes; [Lines], [Root.ReadLog]
//	           [Runner], [Watcher]: the course of a run, and what a package manager adds to it; [Succeeded]: the verdict
//	reporting  [KnownTime], [CheckBounds], [Shorten], [Notes]: within what an event may carry and somebody may read
//
// A patch run is a collector's look at its packages, a [Command], and a second look: what became of a package is
// the difference, and what the command wrote only says why.
//
// What it guarantees: in a root that is a directory nothing outside of it is read, and of any root only regular files,
// so that no pipe or device is waited for. No lock is taken, none is even
// tried. A tool ends with its context, and so does what it started. A command is never ended by our end: there is
// no pipe between us, and what it writes is held in memory that is gone with the last process that has it open.
package host
