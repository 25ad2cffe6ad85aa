// Package demo is the story that `patchstream demo` plays: a small fleet, recorded on real hosts, goes through
// an upgrade, an upgrade that failed because /boot was full, its repair, and boots.
//
// What packages there were, which versions they could have and what became of each in a run is recorded; names
// of hosts, times and boots are the story's. The scans in testdata were made by `patchstream scan --root` from
// roots with the recorded dpkg databases and package indexes, the runs from the recorded dpkg databases before and
// after. The hosts of rpm are those of the room rpmproof, on which dnf and zypper really ran, cut to the packages that
// the story needs; the hosts of Windows and macOS follow the documentation of their tools.
package demo
