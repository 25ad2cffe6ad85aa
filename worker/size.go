package worker

import (
	"context"
	"errors"
	"math"
	"runtime/debug"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/semaphore"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
)

// minWaitingBytes is what the smallest event counts for while it waits. It keeps a worker from taking thousands of
// small ones that others could handle.
const minWaitingBytes = 64 << 10

// waitingSize returns what an event counts for while it waits, in bytes.
func waitingSize(msg jetstream.Msg) int64 {
	n := len(msg.Data())
	for _, values := range msg.Headers() {
		for _, v := range values {
			n += len(v)
		}
	}
	return int64(max(n, minWaitingBytes))
}

// What an event takes in memory while it is handled is the event, the record of its host as it was and as it will
// be, its report, and what is encoded and decoded on the way.
const (
	minHandledBytes = 2 << 20 // the record of an ordinary host, whatever the event
	perPlainByte    = 8       // of a scan's packages, decompressed
)

// handledSize estimates what an event takes, in bytes. The largest events are handled one at a time, with no other
// beside them.
func handledSize(msg jetstream.Msg) int64 {
	encoding := messages.Encoding{ContentEncoding: header(msg.Headers(), "Content-Encoding")}
	return min(max(minHandledBytes, perPlainByte*int64(encoding.PlainBytes(msg.Data()))), handledBytes)
}

// perRecordByte is what a record takes while an event is brought into it, for each byte that it has decompressed.
const perRecordByte = 4

// recordBytes returns how large, decompressed, a record may be for which there is only so much room. An ordinary
// one fits whatever the event.
func recordBytes(room int64) int {
	const ordinary = 2 << 20
	if room == handledBytes {
		return math.MaxInt
	}
	return int(max(ordinary, room/perRecordByte))
}

// within does something that needs so much room once there is. Where it meets a record that needs more, it is done
// again with as much.
func (c *committer) within(ctx context.Context, room int64, do func(room int64) error) error {
	err := c.inRoom(ctx, room, do)
	if large := (*record.LargeError)(nil); errors.As(err, &large) {
		err = c.inRoom(ctx, min(perRecordByte*int64(large.Bytes), handledBytes), do)
	}
	if large := (*record.LargeError)(nil); errors.As(err, &large) { // it has grown meanwhile
		err = c.inRoom(ctx, handledBytes, do)
	}
	return err
}

func (c *committer) inRoom(ctx context.Context, room int64, do func(room int64) error) error {
	done, err := c.take(ctx, room)
	if err != nil {
		return err
	}
	defer done()
	return do(room)
}

// take waits until there is so much room. Who takes all of it has the worker to itself: the cache is emptied, and
// garbage is collected often and given back to the system, since what the largest events take is far more than
// all others together, and by default as much again would be taken for garbage.
func (c *committer) take(ctx context.Context, room int64) (done func(), err error) {
	if err := c.hands.Acquire(ctx, room); err != nil {
		return nil, err
	}
	if room < handledBytes {
		return func() { c.hands.Release(room) }, nil
	}
	if err := collector.Acquire(ctx, 1); err != nil {
		c.hands.Release(room)
		return nil, err
	}
	const percent = 15
	c.cache.clear()
	before := debug.SetGCPercent(percent)
	return func() {
		debug.SetGCPercent(before)
		debug.FreeOSMemory()
		collector.Release(1)
		c.hands.Release(room)
	}, nil
}

// collector is held by whoever has set how often garbage is collected, which is one setting for all workers of a
// process.
var collector = semaphore.NewWeighted(1)
