//go:build crashpoints

package cli

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/patchstream/patchstream/worker"
)

// crashPoint has the process killed when its worker reaches a step of the commit protocol for the nth time:
// PATCHSTREAM_CRASH=commit:2. Only a build for the proof of package chaos has it.
func crashPoint() func(worker.Step, string) {
	at, text, _ := strings.Cut(os.Getenv("PATCHSTREAM_CRASH"), ":")
	nth, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil
	}
	var reached atomic.Int64
	return func(step worker.Step, _ string) {
		if string(step) == at && reached.Add(1) == nth {
			self, _ := os.FindProcess(os.Getpid())
			_ = self.Kill()
			select {} // nothing more is done until it takes effect
		}
	}
}
