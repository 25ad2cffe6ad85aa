// Package classify decides, for each package of a host, whether it is patched: by a patch baseline of AWS
// Systems Manager, with the state names and the rules of its Patch Manager. docs/classification.md is the
// specification, every sentence of it a test here; it is drawn from the AWS Systems Manager User Guide (About
// Patch Compliance, 2018 and 2026), the SSM API model, and what Patch Manager does on apt hosts.
//
// The flow, one file each, and the rooms beside:
//
//	baseline    a room: the baseline as AWS writes it, read and checked
//	version     a room: the order of versions
//	merge       Facts.Add keeps of a host's events the newest of each sort, and of some no more than so many
//	choice      Library.Choose finds the baseline that applies to the host
//	origins     which sources were read, carry security updates, or are the system's own
//	family      what differs between groups of systems: apt here, rpm in rpm, Windows in kb, macOS in macos; notice and
//	            delay are of those that have them
//	patterns    globs of a list, all matched at once
//	named       which entries name a package and its versions
//	sieve       what is surely named by no entry
//	ruling      what filters and rules say of a version, once for all versions of which they ask for the same
//	judge       does the baseline approve one version: the rules and the lists together
//	package     the state of one package at its effective version; spellings of one version are one
//	overlay     what runs, dpkg, a due boot, a waiting kernel and an operator add to that state
//	conditions  what stands on the host beside its status, and which of it makes it UNKNOWN
//	report      status, level and counts of the host
//	again       judges only what changed since the last report; frame is what that leaves for it, census what all packages say
//	            together, rest what stands for the items that it does not look at, standing what outcomes and overrides mean by now
//	diff        what changed between two reports, and how to follow a host by its changes
//	memory      where items, transitions and what they point to lie, and the compiled baseline, of one report after the other; sort puts
//	            the items in order
//	explain     a room: a report's reasons as sentences, with the next step
//
// The package does no input or output, reads no clock, starts no goroutine, logs nothing, and knows nothing of
// NATS. It judges hosts of apt, of rpm, of Windows and of macOS, and calls all others unsupported.
//
// A report is a function of the set of a host's facts, the baseline, the settings and the time: in whatever
// order events came, and however often, it is the same. What is not known is never called compliant.
package classify
