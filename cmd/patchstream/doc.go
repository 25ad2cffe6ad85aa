// Command patchstream turns what hosts say of their packages and patch runs into compliance, and tells every
// change once. It is one binary: server, worker, scanner, and the questions and decisions of an operator.
//
// This package is the wiring: flags, environment, signals, tables, exit codes; one file per command. What a
// command does is done in the rooms below it (worker, publisher, classify, messages), and nothing is judged
// here. The embedded NATS server is in natsd.
//
// Data goes to stdout; logs, warnings and errors go to stderr, an error as one line that says what to do next.
// Exit codes: 0 done, 1 failed, 2 usage; with --exit-code also 3 non-compliant and 4 unknown.
package main
