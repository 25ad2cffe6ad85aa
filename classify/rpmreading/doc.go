// Package rpmreading is a second reading of what docs/classification.md says of hosts of rpm (sections 1, 2 and 4 to 6, as section 8
// changes them), written from the page by somebody who had not seen the code: slow and plain, with an order of versions and a
// matcher of patterns of its own. Its tests hold package classify to it over random hosts: scans, runs, overrides and a baseline in;
// states, levels, reasons, conditions and counts out. It has no code but tests.
//
// Where the two differ, the page decides; where the page does not say, mend the page first.
package rpmreading
