package cli

import (
	"fmt"

	"github.com/patchstream/patchstream/messages"
)

// The exit codes. 3 and 4 are given only where --exit-code asks for them, 5 only by comparisons.
const (
	exitDone         = 0
	exitFailed       = 1
	exitUsage        = 2
	exitNonCompliant = 3
	exitUnknown      = 4
	exitDiffer       = 5
)

// exitCode ends the program with a code and no message.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// verdictCode is what --exit-code makes of a status.
func verdictCode(s messages.HostStatus) error {
	switch s {
	case messages.NonCompliant:
		return exitCode(exitNonCompliant)
	case messages.Unknown:
		return exitCode(exitUnknown)
	}
	return nil
}

// usageError is a command line that cannot be meant as it stands.
type usageError struct{ err error }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }
