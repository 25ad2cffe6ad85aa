// Package apt collects what a Debian or Ubuntu host knows of its own packages, as one scan event, and runs a patch
// command and finds out what became of them, as one run event.
//
// Its duty is to report, never to classify. Which version is the candidate, what is pinned, phased, held or kept
// back and whom apt trusts is asked of dpkg and apt themselves; nothing of their policy is worked out here again.
//
// A scan never changes the host: no lock is taken, no list is fetched, apt's caches are written to a directory of
// our own and removed with it, and apt's hooks and logs (which even its simulation would run and write) stay
// off. It runs no shell, and no command without a time-out. It sends nothing and adds no tags: who the host is,
// the package above says.
//
// The flow of [Collector.Collect]:
//
//	os-release, /proc ────────────────────────────────▶ identity, boot
//	wait until dpkg is quiet, note the state of the files
//	  dpkg-query ─────────▶ what is installed ──────────┐
//	  apt-get indextargets ▶ archives, trust, index files│
//	  Release files ───────▶ dates, sizes of the indices ├─▶ packages, versions, origins
//	  Packages files ──────▶ versions and who has them   │
//	  apt-cache policy ────▶ candidate, pins, phasing    │
//	  apt-get -s dist-upgrade ▶ kept back ───────────────┘
//	compare the files: changed meanwhile? once more
//
// The guarantee: a scan that says Complete is whole. Which versions there are of a package and who carries them is what
// apt's own version table says; every index that the host's Release files promise, and that apt fetches, was read to
// its promised last byte; no tool warned that it was not let read something; and neither dpkg's database nor the lists
// changed in between. Whatever falls short of that is a scan with Complete false and the reason in Error, and has no
// packages; it still carries the identity and the boot facts. What costs no more than itself (an entry of dpkg's that
// is no package, a version of which an index and apt think differently) is told to [Collector.Note]. An archive that
// is configured and could not be read is an origin that says so.
//
// What it does not say: that the lists are fresh (an origin's Date tells, and IndexAt when apt last had an answer).
//
// How apt speaks is not the host's to say: what its apt.conf has of quiet, colours, hooks and options of apt-get is
// taken back for our calls, and what apt decides is left as it is.
//
// The flow of [Runner.Run], in which the command is all that changes the host:
//
//	the same command with -s ▶ plan ───────────────────────┐
//	dpkg-query ─────────────▶ the database before ─────────┤
//	the command ─┬─ status descriptor, stderr ▶ reasons ───┼─▶ outcomes, removals, the run's own error and verdict
//	             ├─ apt's log of the terminal ▶ reasons ───┤
//	             └─ dpkg.log ▶ versions that were tried ───┤
//	dpkg-query ─────────────▶ the database after ──────────┴─▶ reboot facts
//
// Nothing of that is in the command's way: it is started whatever could not be found out, and the report says so. The
// plan is that of apt where it is called, behind sudo, env and the like too, in its directory and environment, but
// always of the system's own apt: our tools are never looked for in the caller's PATH. dpkg's words are told apart by
// what no language changes, the action in brackets, paths, and names that the database knows.
//
// The guarantee: what became of a package is what dpkg's database says; apt's exit code, its history and the
// status descriptor only say why, and what is not known is said and not guessed. It does not say who did it: what another process changes at the same time
// looks like the command's work.
package apt
