package worker

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/worker/deadletters"
)

const (
	maxReasonBytes = 8 << 10
	maxHeaderBytes = 64 << 10 // of the original headers that are kept
)

// deadLetters puts events that can never be applied where somebody will look.
type deadLetters struct {
	js         jetstream.JetStream
	created    map[string]time.Time // of the streams that events come from
	maxPayload int
	now        func() time.Time
}

// publish stores the dead letter of an event, once: the stream drops a second one by its id.
func (d *deadLetters) publish(ctx context.Context, msg jetstream.Msg, meta *jetstream.MsgMetadata, r *refusal) error {
	letter := d.letter(msg, meta, r)
	id := fmt.Sprintf("dead/%s/%d/%d", meta.Stream, d.created[meta.Stream].UnixNano(), meta.Sequence.Stream)
	if _, err := d.js.PublishMsg(ctx, letter, jetstream.WithMsgID(id)); err != nil {
		return fmt.Errorf("dead-letter %s %d: %w", msg.Subject(), meta.Sequence.Stream, err)
	}
	return nil
}

func (d *deadLetters) letter(msg jetstream.Msg, meta *jetstream.MsgMetadata, r *refusal) *nats.Msg {
	kind, host, _ := parseSubject(msg.Subject())
	letter := nats.NewMsg(messages.DeadSubject(kind, host))
	keepHeaders(letter.Header, msg.Headers())
	for name, value := range map[string]string{
		deadletters.HeaderReason:     headerText(r.Error()),
		deadletters.HeaderSubject:    msg.Subject(),
		deadletters.HeaderSequence:   strconv.FormatUint(meta.Sequence.Stream, 10),
		deadletters.HeaderDeliveries: strconv.FormatUint(meta.NumDelivered, 10),
		deadletters.HeaderAt:         d.now().UTC().Format(time.RFC3339Nano),
	} {
		letter.Header.Set(name, value)
	}
	letter.Data = msg.Data()
	const margin = 1 << 10
	if room := d.maxPayload - margin - (letter.Size() - len(letter.Data)); len(letter.Data) > room {
		letter.Header.Set(deadletters.HeaderTruncated, strconv.Itoa(len(letter.Data)))
		letter.Data = letter.Data[:max(0, room)]
	}
	return letter
}

// keepHeaders copies the headers of the event. One that the stream of dead letters would obey or refuse is kept
// under another name.
func keepHeaders(to, from nats.Header) {
	size := 0
	for name, values := range from {
		if strings.HasPrefix(strings.ToLower(name), strings.ToLower(deadletters.HeaderPrefix)) {
			continue // a forged one
		}
		kept := name
		if strings.HasPrefix(strings.ToLower(name), "nats-") {
			kept = deadletters.OriginalPrefix + name
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

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
