// Package rpm collects what a host of the rpm family or of SUSE knows of its own packages, as one scan event, and runs a
// patch command and finds out what became of them, as one run event. It speaks to dnf 4, dnf 5 and zypper.
//
// Its duty is to report, never to classify. Module streams, excludes, version locks, priorities and what the resolver
// would do are asked of the package manager itself; nothing of its policy is worked out here again.
//
// In one line: rpm says what is installed, the package manager, from its cache alone, what could be, and the update notices
// that the repositories publish say why. A scan is complete only where the three fit together.
package rpm
