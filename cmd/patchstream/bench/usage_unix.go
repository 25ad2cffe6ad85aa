//go:build unix

package bench

import (
	"os"
	"runtime"
	"syscall"
	"time"
)

// cpuTime returns what this process has computed.
func cpuTime() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// peakBytes returns the most memory that a process had that has ended; 0: it is not known.
func peakBytes(ended *os.ProcessState) int64 {
	used, known := ended.SysUsage().(*syscall.Rusage)
	if !known {
		return 0
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" { // there in bytes
		return int64(used.Maxrss)
	}
	return int64(used.Maxrss) << 10
}
