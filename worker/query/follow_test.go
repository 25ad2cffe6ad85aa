package query

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/patchstream/patchstream/worker/streams"
	"github.com/patchstream/patchstream/worker/workertest"
)

// Whoever asked has its answer by then, and nobody follows the fleet any more.
func TestAnIndexThatIsNotFollowedAnyMoreDoesNotWarnOfIt(t *testing.T) {
	js := workertest.JetStream(t, workertest.Server(t))
	for followed, want := range map[bool]bool{true: true, false: false} {
		ctx, cancel := context.WithCancel(t.Context())
		var log bytes.Buffer
		x := &Index{cfg: IndexConfig{Conn: js.Conn(), Log: zerolog.New(&log)}}
		if !followed {
			cancel()
		}
		(&reading{ctx: ctx, index: x}).Looked(streams.BucketState{}, time.Time{}, errors.New("no answer"))
		if warned := log.Len() > 0; warned != want || (x.state.failed != nil) != want {
			t.Errorf("followed: %t, warned: %q, noted: %v", followed, log.String(), x.state.failed)
		}
		cancel()
	}
}
