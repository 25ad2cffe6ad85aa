package rpm

import "time"

// Defaults of a [Collector].
const (
	DefaultWait    = time.Minute
	DefaultTimeout = 5 * time.Minute // dnf reads 30,000 packages in 3 s, and anew after each refresh
)

// waitOr returns how long a transaction is waited for: negative is not at all.
func waitOr(d time.Duration) time.Duration {
	if d == 0 {
		return DefaultWait
	}
	return max(d, 0)
}

func timeoutOr(d time.Duration) time.Duration {
	if d <= 0 {
		return DefaultTimeout
	}
	return d
}

func nowBy(clock func() time.Time) time.Time {
	if clock == nil {
		clock = time.Now
	}
	return clock().UTC()
}
