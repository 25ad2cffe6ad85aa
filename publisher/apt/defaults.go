package apt

import "time"

// Defaults of a [Collector] and a [Runner].
const (
	DefaultWait    = time.Minute
	DefaultTimeout = 2 * time.Minute
)

// waitOr returns how long a busy dpkg is waited for: negative is not at all.
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
