package worker

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/messages"
)

const (
	maxReasonBytes = 8 << 10
	maxHeaderBytes = 64 << 10 // of the original headers that are kept

	// maxHopelessBytes bounds what is kept of a payload that no replay can mend: enough to see what it is.
	maxHopelessBytes = 64 << 10
)

// deadLetters puts events that can never be applied where somebody will look.
type deadLetters struct {
	created    map[string]time.Time // of the streams that events come from
	room       *letterRoom
	maxPayload int
	now        func() time.Time
}

// publish stores the dead letter of an event, once: the stream drops a second one by its id.
func (d *deadLetters) publish(ctx context.Context, e *envelope, r *refusal) error {
	letter := d.letter(e, r)
	id := fmt.Sprintf("dead/%s/%d/%d", e.stream, d.created[e.stream].UnixNano(), e.sequence)
	if err := d.room.store(ctx, hostOfLetter(letter), letter, id); err != nil {
		return fmt.Errorf("dead-letter %s %d: %w", e.msg.Subject, e.sequence, err)
	}
	return nil
}

func (d *deadLetters) letter(e *envelope, r *refusal) *nats.Msg {
	letter := nats.NewMsg(messages.DeadSubject(e.kind, e.host))
	keepHeaders(letter.Header, e.msg.Header)
	for name, value := range map[string]string{
		messages.HeaderDeadReason:     headerText(r.Error()),
		messages.HeaderDeadSubject:    e.msg.Subject,
		messages.HeaderDeadSequence:   strconv.FormatUint(e.sequence, 10),
		messages.HeaderDeadDeliveries: strconv.FormatUint(e.deliveries, 10),
		messages.HeaderDeadAt:         d.now().UTC().Format(time.RFC3339Nano),
	} {
		letter.Header.Set(name, value)
	}
	letter.Data = e.msg.Data
	const margin = 1 << 10
	left := d.maxPayload - margin - (letter.Size() - len(letter.Data))
	if !r.mendable() {
		left = min(left, maxHopelessBytes)
	}
	if len(letter.Data) > left {
		letter.Header.Set(messages.HeaderDeadTruncated, strconv.Itoa(len(letter.Data)))
		letter.Data = letter.Data[:max(0, left)]
	}
	return letter
}

// hostOfLetter returns the host that a letter counts for; "_" is one like the others.
func hostOfLetter(letter *nats.Msg) string {
	const tokens = 4 // patch.dead.<kind>.<host>
	return strings.SplitN(letter.Subject, ".", tokens)[tokens-1]
}

// keepHeaders copies the headers of the event. One that the stream of dead letters would obey or refuse, or that its readers
// would take for the word of a server, is kept under another name.
func keepHeaders(to, from nats.Header) {
	size := 0
	for name, values := range from {
		if messages.HeaderHasPrefix(name, messages.HeaderDeadPrefix) {
			continue // a forged one
		}
		kept := name
		if messages.HeaderHasPrefix(name, messages.HeaderNATSPrefix) || messages.HeaderOfServer(name) {
			kept = messages.HeaderOriginalPrefix + name
		}
		for _, v := range values {
			if size += len(kept) + len(v); size <= maxHeaderBytes {
				to[kept] = append(to[kept], v)
			}
		}
	}
}

// headerText makes a text fit into a header: one line, bounded. Line ends become " | ".
func headerText(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(c rune) bool { return c == '\n' || c == '\r' }), " | ")
	if len(s) > maxReasonBytes {
		s = strings.ToValidUTF8(s[:maxReasonBytes], "") + " …"
	}
	return s
}
