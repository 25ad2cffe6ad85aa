// Package print is what people and scripts see of the answers: tables, colours, widths, words, JSON, progress and the log on
// a terminal. It knows neither servers nor commands: what it prints, it is given.
//
// Data goes to stdout, everything else to stderr. Only a terminal gets colours, which NO_COLOR forbids, lines broken at its
// width, and progress. What hosts say is printed so that it neither moves a cursor nor breaks a table:
// everything leaves by one of two writers (clean.go), whoever wrote it.
//
// A failure to write is kept: whoever has printed asks [Printer.Err] at the end.
package print
