package rpm

import "time"

// Defaults of a [Collector].
const (
	DefaultWait    = time.Minute
	DefaultTimeout = 5 * time.Minute // dnf reads 30,000 packages in 3 s, and anew after each refresh
)
