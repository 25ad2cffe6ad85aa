package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// cpuName returns what Linux calls the processor; elsewhere it is not asked for.
func cpuName() string { return procField("/proc/cpuinfo", "model name") }

// peakBytes returns the most memory that a process had, as Linux says it; elsewhere 0. (What is said of a process that has ended counts
// what had the one that started it.)
func peakBytes(pid int) int64 {
	kib, err := strconv.ParseInt(strings.TrimSuffix(procField(fmt.Sprintf("/proc/%d/status", pid), "VmHWM"), " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return kib << 10
}

func procField(file, field string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == field {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
