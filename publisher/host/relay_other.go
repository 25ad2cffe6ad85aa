//go:build !unix

package host

import (
	"context"
	"fmt"
	"os"
)

// Hosts are looked after only on Unix; this keeps programs that import the package compiling.

type relay struct{ late context.Context }

func newRelay() *relay { return &relay{late: context.Background()} }

func (*relay) start(*os.Process) {}
func (*relay) ended()            {}
func (*relay) close()            {}

func ending(state *os.ProcessState) (int, string) {
	return state.ExitCode(), fmt.Sprintf("the command ended with exit code %d", state.ExitCode())
}

func inheritedFiles() []*os.File { return nil }
