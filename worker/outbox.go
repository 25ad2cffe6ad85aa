package worker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/pack"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker/record"
)

// outbox builds what a commit has to tell. before is the report last told, nil for none.
func (c *committer) outbox(host string, r *record.Record, before *classify.Report, p *plan) *record.Outbox {
	o := &record.Outbox{}
	o.Changed.Head = messages.Head{
		V: messages.SchemaVersion, Host: host, ID: messages.ChangedID(c.incarnation, host, r.Revision), Revision: r.Revision,
		At: p.now, Cause: p.cause, Baseline: p.report.Baseline, Initial: !r.Scanned,
		Status: messages.StatusChange{To: p.report.Status, Reasons: p.report.Reasons},
		Level:  messages.LevelChange{To: p.report.Level}, Counts: p.report.Counts,
	}
	if before != nil {
		o.Changed.Status.From, o.Changed.Level.From = before.Status, before.Level
	}
	o.Changed.Transitions = p.turns
	o.Status = o.Changed.Status.From != o.Changed.Status.To
	return o
}

// The types of the CloudEvents.
const (
	typeChanged = "patchstream.patch.changed.v1"
	typeStatus  = "patchstream.host.status.v1"
)

// compressChangesFrom is the size from which a change is compressed.
const compressChangesFrom = 512 << 10

// messages returns the messages of a record's outbox, in the order in which they go out.
func (c *committer) messages(h *held) ([]publisher.Message, error) {
	r := h.record
	o := r.Outbox
	changed, err := message(c, messages.ChangedSubject(h.host), typeChanged, &o.Changed.Head, &o.Changed)
	if err != nil {
		return nil, err
	}
	old := c.maxAge > 0 && c.cfg.Now().Sub(r.CommittedAt) > c.maxAge/2
	all := []publisher.Message{{Msg: changed, Revision: r.Revision, Commit: r.CommitID, After: r.Fences.Changed, Old: old}}
	if o.Status {
		head := messages.StatusChanged{Head: o.Changed.Head}
		head.ID = messages.StatusID(c.incarnation, h.host, r.Revision)
		status, err := message(c, messages.StatusSubject(h.host), typeStatus, &head.Head, &head)
		if err != nil {
			return nil, err
		}
		all = append(all, publisher.Message{Msg: status, Revision: r.Revision, Commit: r.CommitID, After: r.Fences.Status, Old: old})
	}
	return all, nil
}

// message encodes one message with the headers of CloudEvents 1.0, binary mode. It carries no Nats-Msg-Id: the
// fence is the only guard.
func message[C messages.Change](c *committer, subject, kind string, head *messages.Head, v C) (*nats.Msg, error) {
	text, err := messages.EncodeChange(v, c.cfg.Changes)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", subject, err)
	}
	body, encoding := pack.Compress(text, compressChangesFrom)
	m := nats.NewMsg(subject)
	m.Data = body
	for name, value := range map[string]string{
		"ce-specversion": "1.0", "ce-id": head.ID, "ce-source": "/patchstream/" + c.incarnation, "ce-type": kind,
		"ce-subject": head.Host, "ce-time": head.At.UTC().Format(time.RFC3339Nano),
		"ce-datacontenttype": c.cfg.Changes.ContentType(), "Content-Type": c.cfg.Changes.ContentType(),
	} {
		m.Header.Set(name, value)
	}
	if encoding != "" {
		m.Header.Set("Content-Encoding", encoding)
	}
	return m, nil
}

// fits refuses an outbox of which a message is too large for the server.
func (c *committer) fits(h *held) error {
	if h.record.Outbox == nil {
		return nil
	}
	all, err := c.messages(h)
	if field := (*messages.FieldError)(nil); errors.As(err, &field) {
		return refuse("too_large", err) // the one bound of a message that no event which was taken keeps for it
	}
	if err != nil {
		return err
	}
	for _, m := range all {
		if size := m.Msg.Size() + recordOverhead; size > c.maxPayload {
			return refuse("too_large", fmt.Errorf("%s would have %d bytes, and the server's max_payload is %d", m.Msg.Subject, size, c.maxPayload))
		}
	}
	return nil
}

// flush makes sure that every message of the record's outbox is in the stream: out are all or it is not out. A
// record that the stream has overtaken is renumbered and written anew, and begins again.
func (c *committer) flush(ctx context.Context, h *held) error {
	for range maxRounds {
		if h.out || h.record.Outbox == nil {
			if !h.out {
				h.out, h.after = true, h.record.Fences
			}
			return nil
		}
		err := c.publish(ctx, h)
		if !errors.Is(err, publisher.ErrSuperseded) {
			return err
		}
		was := h.record.Revision
		if err := c.renumber(ctx, h); err != nil {
			return err // a conflict, where only our copy was stale
		}
		c.log.Warn().Str("host", h.host).Uint64("was", was).Uint64("revision", h.record.Revision).Msg("the stream was ahead of the host's record; numbered after it")
	}
	return errBusy
}

func (c *committer) publish(ctx context.Context, h *held) error {
	all, err := c.messages(h)
	if err != nil {
		return err
	}
	after := h.record.Fences
	for i, m := range all {
		step, fence := StepFlush, &after.Changed
		if i > 0 {
			step, fence = StepStatus, &after.Status
		}
		c.cfg.Step(step, h.host)
		if *fence, err = c.changes.Publish(ctx, m); err != nil {
			return err
		}
	}
	h.out, h.after = true, after
	return nil
}

// renumber puts the outbox after the newest message of both subjects, under a new commit id.
func (c *committer) renumber(ctx context.Context, h *held) error {
	changed, status, err := c.lastTold(ctx, h.host)
	if err != nil {
		return err
	}
	r := h.record
	r.Revision = max(changed.Revision, status.Revision) + 1
	r.Fences = record.Fences{Changed: changed.Sequence, Status: status.Sequence}
	r.Outbox.Changed.Revision, r.Outbox.Changed.ID = r.Revision, messages.ChangedID(c.incarnation, h.host, r.Revision)
	r.CommitID, r.CommittedAt = rand.Text(), c.cfg.Now().UTC()
	return c.write(ctx, h)
}
