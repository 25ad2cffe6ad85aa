package cli

import (
	"os"
	"runtime/debug"
)

// collecting is how a process that handles events collects garbage: seldom while little is in use, and the more often the nearer it
// comes to the memory that it aims at. By default there is as much garbage as is in use, which takes more of the processor where
// that is little, and more memory where it is much.
type collecting struct {
	percent   int   // of what is in use, that may be garbage; GOGC says another
	aimsBytes int64 // GOMEMLIMIT says another
}

var (
	// A worker has 10 to 60 MiB in use, whatever the size of the fleet. What is not the runtime's, as the program itself, takes some 20 MiB more.
	workerCollects = collecting{percent: 400, aimsBytes: 120 << 20}

	// JetStream keeps what was written for some seconds, which is much already. Who has a store that needs more says so.
	serveCollects = collecting{percent: 100, aimsBytes: 400 << 20}
)

// begin has garbage collected that way, as far as the environment says no other.
func (c collecting) begin() (end func()) {
	var ends []func()
	if os.Getenv("GOGC") == "" {
		before := debug.SetGCPercent(c.percent)
		ends = append(ends, func() { debug.SetGCPercent(before) })
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		before := debug.SetMemoryLimit(c.aimsBytes)
		ends = append(ends, func() { debug.SetMemoryLimit(before) })
	}
	return func() {
		for _, end := range ends {
			end()
		}
	}
}
