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

// An outcome's error may be published once for each of 50,000 packages: the change would be larger than any reader takes,
// though the run was not.
func TestAChangeThatNoReaderWouldTakeIsRefusedBeforeItIsStored(t *testing.T) {
	c := &committer{cfg: Config{Changes: messages.MsgPack, Now: time.Now}, maxPayload: 8 << 20}
	change := &messages.Changed{Head: messages.Head{V: 1, ID: "i/web-1/1", Host: "web-1", Revision: 1}}
	l := &loaded{host: "web-1", record: &record.Record{Revision: 1}}
	if err := c.fill(l, change); err != nil {
		t.Fatalf("a small change: %v", err)
	}
	long := strings.Repeat("dpkg: error processing archive ", messages.MaxStringBytes/32)
	for i := range messages.MaxDecompressedBytes / len(long) {
		change.Transitions = append(change.Transitions, messages.Transition{Item: messages.Item{
			Patch: fmt.Sprint(i), Reason: messages.Reason{Outcome: &messages.OutcomeReason{Error: long}},
		}})
	}
	var refused *refusal
	if err := c.fill(l, change); !errors.As(err, &refused) || refused.ground != groundTooLarge {
		t.Fatalf("fill: %v", err)
	}
}
