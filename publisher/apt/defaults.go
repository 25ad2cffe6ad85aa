package apt

import "time"

// Defaults of a [Collector] and a [Runner].
const (
	DefaultWait    = time.Minute
	DefaultTimeout = 2 * time.Minute
)
