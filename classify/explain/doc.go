// Package explain says in words what package classify gives as data: for each item of a report why it is in its state,
// what to do next, and what would change it (classification.md, section 7).
//
// It decides nothing and knows no more than the report. What a host, a package or an operator wrote is quoted in one
// line, cut to a length, and without anything that a terminal would obey; what is named as a command is safe to paste
// into a shell.
package explain
