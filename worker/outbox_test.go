package worker

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/record"
)

// An outcome's error may be told once for each of 50,000 packages: the change would be larger than any reader takes,
// though the run was not.
func TestAChangeThatNoReaderWouldTakeIsRefusedBeforeItIsStored(t *testing.T) {
	c := &committer{cfg: Config{Changes: messages.MsgPack, Now: time.Now}, maxPayload: 8 << 20}
	o := &record.Outbox{Changed: messages.Changed{Head: messages.Head{V: 1, ID: "i/web-1/1", Host: "web-1", Revision: 1}}}
	h := &held{host: "web-1", record: &record.Record{Revision: 1, Outbox: o}}
	if err := c.fits(h); err != nil {
		t.Fatalf("a small change: %v", err)
	}
	long := strings.Repeat("dpkg: error processing archive ", messages.MaxStringBytes/32)
	for i := range messages.MaxDecompressedBytes / len(long) {
		o.Changed.Transitions = append(o.Changed.Transitions, messages.Transition{Item: messages.Item{
			Patch: fmt.Sprint(i), Reason: messages.Reason{Outcome: &messages.OutcomeReason{Error: long}},
		}})
	}
	var refused *refusal
	if err := c.fits(h); !errors.As(err, &refused) || refused.kind != "too_large" {
		t.Fatalf("fits: %v", err)
	}
}
