// Package version orders the versions of packages as their own package manager does, and says which texts are
// versions at all. It is the one room of classify that a publisher may use as well: a host and a worker that
// ordered versions differently would disagree about what is missing.
//
//	deb     [CompareDeb], [OrderedDeb], [ValidDeb]: dpkg's, for Debian and what comes of it
//	rpm     [CompareRPM], [ValidRPM], [CanonicalRPM]: rpm's, for Red Hat, what comes of it, Amazon Linux and SUSE
//	dotted  [CompareDotted], [OrderedDotted], [ValidDotted]: macOS's
//	kernel  [DebKernel], [SplitKernel]: the releases by which kernel packages are named
//	number  runs of digits, as all orders have them
//	part    the bytes that a part of a version may have
//
// An order of another package manager is a file beside these, with a Compare and a Valid of its own.
//
// The orders are our own because a wrong one hides a missing patch. The library that most use, go-deb-version,
// takes two runs of digits above 2^63 for equal (on 32 bits, above 2^31), accepts texts that dpkg refuses, sets
// no bound to their length, and takes 20 to 40 times as long. The tests have it as their reference wherever it
// is right, and dpkg itself everywhere.
//
// The package does nothing but compare: no input, no output, no state, and comparing allocates nothing. Every
// order is total over the versions that it can order; another text has no place in it, and callers ask first.
package version
