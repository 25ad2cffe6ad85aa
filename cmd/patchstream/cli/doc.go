// Package cli is the command line of patchstream: the root command, flags, environment, exit codes; one file per
// command. A command parses what it was given, asks the room that does it (worker, publisher, classify, messages and
// the rooms beside this one), and hands the answer on. Nothing is classified here.
//
// Data goes to stdout; logs, warnings and errors go to stderr, an error as one line that says what to do next.
// Exit codes: 0 done, 1 failed, 2 usage; with --exit-code also 3 non-compliant and 4 unknown.
package cli
