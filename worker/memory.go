package worker

import (
	"context"
	"errors"
	"math"
	"runtime/debug"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/patchstream/patchstream/worker/record"
)

// What an event takes in memory while it is handled is the event, the record of its host as it was and as it will
// be, its report, and what is encoded and decoded on the way. Small events are many at a time, since each waits for the server most of the while.
const (
	minEventMemory = 512 << 10 // the record of an ordinary host, whatever the event
	allMemory      = 24 << 20  // that all events may take, by estimate, while they are handled
	perPlainByte   = 8         // of a scan's packages, decompressed
	perRecordByte  = 4         // of a record, decompressed, while an event is brought into it

	ordinaryRecordBytes = 1280 << 10 // decompressed: fits beside any event
)

// eventMemory estimates what an event takes of so many bytes, decompressed. The largest are handled one at a time, with
// no other beside them.
func eventMemory(plainBytes int) int64 {
	return min(max(minEventMemory, perPlainByte*int64(plainBytes)), allMemory)
}

// memory bounds what all events and records take while they are handled. Of those that take more than half of it, no two of which
// have place beside each other, one at a time stands in line: whoever takes less waits for no more than two of them.
type memory struct {
	free  *semaphore.Weighted
	large *semaphore.Weighted
	cache *cache
}

func newMemory(c *cache) *memory {
	return &memory{semaphore.NewWeighted(allMemory), semaphore.NewWeighted(1), c}
}

// within does something that takes so many bytes once they are free, and says up to which size, decompressed, it may
// load a record. Where it meets one that is larger, it is done again with as much as that takes. It returns for how long
// it kept others waiting: while it had a good part of all memory, that part of the time.
func (m *memory) within(ctx context.Context, bytes int64, do func(maxRecordBytes int) error) (alone time.Duration, err error) {
	once := func(bytes int64) {
		var more time.Duration
		more, err = m.once(ctx, bytes, do)
		alone += more
	}
	once(bytes)
	if large := (*record.LargeError)(nil); errors.As(err, &large) {
		once(min(perRecordByte*int64(large.Bytes), allMemory))
	}
	if large := (*record.LargeError)(nil); errors.As(err, &large) { // it has grown meanwhile
		once(allMemory)
	}
	return alone, err
}

// goodPart is the part of all memory from which an event keeps others waiting.
const goodPart = 8

func (m *memory) once(ctx context.Context, bytes int64, do func(maxRecordBytes int) error) (alone time.Duration, err error) {
	if bytes > allMemory/2 {
		if err := m.large.Acquire(ctx, 1); err != nil {
			return 0, err
		}
		defer m.large.Release(1)
	}
	done, err := m.take(ctx, bytes)
	if err != nil {
		return 0, err
	}
	defer done()
	if bytes > allMemory/goodPart {
		began := time.Now()
		defer func() { alone = time.Duration(float64(time.Since(began)) * float64(bytes) / allMemory) }()
	}
	return 0, do(maxRecordBytes(bytes))
}

// maxRecordBytes returns how large a record may be for which there are only so many bytes. An ordinary one fits
// whatever the event.
func maxRecordBytes(bytes int64) int {
	if bytes == allMemory {
		return math.MaxInt
	}
	return int(max(ordinaryRecordBytes, bytes/perRecordByte))
}

// take waits until so many bytes are free. Who takes all of them has the worker to itself: the cache is emptied, and
// garbage is collected often and given back to the system, since what the largest events take is far more than
// all others together, and by default as much again would be taken for garbage.
func (m *memory) take(ctx context.Context, bytes int64) (done func(), err error) {
	if err := m.free.Acquire(ctx, bytes); err != nil {
		return nil, err
	}
	if bytes < allMemory {
		return func() { m.free.Release(bytes) }, nil
	}
	if err := collector.Acquire(ctx, 1); err != nil {
		m.free.Release(bytes)
		return nil, err
	}
	const percent = 15
	m.cache.clear()
	before := debug.SetGCPercent(percent)
	return func() {
		debug.SetGCPercent(before)
		debug.FreeOSMemory()
		collector.Release(1)
		m.free.Release(bytes)
	}, nil
}

// collector is taken by whoever has set how often garbage is collected, which is one setting for all workers of a
// process.
var collector = semaphore.NewWeighted(1)
