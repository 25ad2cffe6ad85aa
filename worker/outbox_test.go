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

// What was read of a record says how much more its change takes: whoever has no room for that begins again with more.
func TestAChangeIsPublishedAgainWhereThereIsRoomForIt(t *testing.T) {
	change := &messages.Changed{Head: messages.Head{V: messages.SchemaVersion, Host: "web-1", ID: "i/web-1/1", Revision: 1, At: time.Unix(0, 0).UTC()}}
	for i := range 1000 {
		change.Transitions = append(change.Transitions, messages.Transition{Item: messages.Item{Patch: fmt.Sprint("p", i)}})
	}
	text, err := messages.EncodeChange(change, messages.MsgPack)
	if err != nil {
		t.Fatal(err)
	}
	outbox, err := record.NewOutbox(change, text)
	if err != nil {
		t.Fatal(err)
	}
	c := &committer{cfg: Config{Changes: messages.MsgPack}}
	l := &loaded{host: "web-1", record: &record.Record{Outbox: outbox}}
	large := new(record.LargeError)
	l.record.LimitTo(len(text) - 1)
	if _, err := c.unpublished(l); !errors.As(err, &large) {
		t.Fatalf("with too little: %v", err)
	}
	l.record.LimitTo(large.Bytes)
	if all, err := c.unpublished(l); err != nil || len(all) != 1 {
		t.Errorf("with as much as it takes: %d messages, %v", len(all), err)
	}
}
