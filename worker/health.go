package worker

import (
	"sync/atomic"
	"time"
)

// health is when JetStream last answered.
type health struct{ nanos atomic.Int64 }

func (h *health) seen(now time.Time) { h.nanos.Store(now.UnixNano()) }

func (h *health) last() time.Time { return time.Unix(0, h.nanos.Load()) }
