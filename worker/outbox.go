package worker

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/pack"
	"github.com/patchstream/patchstream/publisher"
	"github.com/patchstream/patchstream/worker/record"
)

// changeOf is what a commit has to publish. before is the report last committed, nil for none.
func (c *committer) changeOf(l *loaded, before *classify.Report, p *plan) *messages.Changed {
	r := l.record
	change := &messages.Changed{Transitions: p.transitions, Head: messages.Head{
		V: messages.SchemaVersion, Host: l.host, ID: messages.ChangedID(c.incarnation, l.host, r.Revision), Revision: r.Revision,
		At: p.now, Cause: p.cause, Baseline: p.report.Baseline, Initial: !r.Scanned || l.scanGone,
		Status: messages.StatusChange{To: p.report.Status, Reasons: p.report.Reasons},
		Level:  messages.LevelChange{To: p.report.Level}, Counts: p.report.Counts,
		Conditions: p.report.Conditions, Run: p.run,
	}}
	stood := []string{}
	if before != nil {
		change.Status.From, change.Level.From = before.Status, before.Level
		stood = before.Codes()
	}
	if !slices.Equal(stood, p.report.Codes()) {
		change.ConditionsFrom = stood
	}
	return change
}

// The types of the CloudEvents.
const (
	typeChanged = "patchstream.patch.changed.v1"
	typeStatus  = "patchstream.host.status.v1"
)

// The sizes from which a change is compressed. The first change of an ordinary host is: it stands in the stream for 400
// days. JSON is for eyes and small tools, and is left as it is for as long as it can be.
const (
	compressMsgPackFrom = 24 << 10
	compressJSONFrom    = 512 << 10
)

// outgoing is a message of an outbox.
type outgoing struct {
	*nats.Msg
	step  Step
	fence func(*record.Fences) *uint64 // of its subject
}

// fill encodes a change, once, as the outbox of a record that is to be written. It refuses one of which a message is too
// large, for the server or for any reader.
func (c *committer) fill(l *loaded, change *messages.Changed) error {
	plain := pack.Borrow()
	defer func() { plain.Release() }()
	text, err := messages.AppendChanged(plain.Data, change, messages.MsgPack)
	if err != nil {
		return unencodable(err)
	}
	plain.Data = text
	if l.record.Outbox, err = record.NewOutbox(change, text); errors.Is(err, record.ErrTooLarge) {
		return refuse(groundTooLarge, err)
	}
	if err != nil {
		return err
	}
	if l.unpublished, err = c.messages(l.record.Outbox, change, text); err != nil {
		return err
	}
	for _, m := range l.unpublished {
		if n := len(m.Data); n > messages.MaxPayloadBytes {
			return refuse(groundTooLarge, fmt.Errorf("%s would have %d bytes, and a reader takes %d", m.Subject, n, messages.MaxPayloadBytes))
		}
		if size := m.Size() + recordOverhead; size > c.maxPayload {
			return refuse(groundTooLarge, fmt.Errorf("%s would have %d bytes, and the server's max_payload is %d", m.Subject, size, c.maxPayload))
		}
	}
	return nil
}

// encode returns the payload of a change. The bounds that it may be beyond are those of a change as a whole: what an event that was
// taken, and a baseline, bring into it is within those of each field.
func encode[C messages.Change](change C, f messages.Format) ([]byte, error) {
	text, err := messages.EncodeChange(change, f)
	if err != nil {
		return nil, unencodable(err)
	}
	return text, nil
}

func unencodable(err error) error {
	return refuse(groundTooLarge, fmt.Errorf("encode the change: %w", err))
}

// messages returns the messages of an outbox, in the order in which they are published: of its change, of which text is
// the payload in MessagePack, and of the host's status, where that is another. They keep nothing of text.
func (c *committer) messages(o *record.Outbox, change *messages.Changed, text []byte) ([]outgoing, error) {
	payload, encoding, err := c.payload(o, change, text)
	if err != nil {
		return nil, err
	}
	all := []outgoing{{
		c.message(messages.ChangedSubject(change.Host), typeChanged, &change.Head, payload, encoding),
		StepFlush, func(f *record.Fences) *uint64 { return &f.Changed },
	}}
	if !o.Status {
		return all, nil
	}
	status := &messages.StatusChanged{Head: change.Head}
	status.ID = messages.StatusID(c.incarnation, change.Host, change.Revision)
	if payload, err = encode(status, c.cfg.Changes); err != nil {
		return nil, err
	}
	return append(all, outgoing{
		c.message(messages.StatusSubject(change.Host), typeStatus, &status.Head, payload, ""),
		StepStatus, func(f *record.Fences) *uint64 { return &f.Status },
	}), nil
}

// payload is the change as it is published: the very bytes of the outbox, unless it is published as JSON.
func (c *committer) payload(o *record.Outbox, change *messages.Changed, text []byte) (payload []byte, contentEncoding string, err error) {
	if c.cfg.Changes != messages.MsgPack {
		if text, err = encode(change, c.cfg.Changes); err != nil {
			return nil, "", err
		}
		payload, contentEncoding = pack.Compress(text, compressJSONFrom)
		return payload, contentEncoding, nil
	}
	if packed, encoding := o.Compressed(); len(text) >= compressMsgPackFrom && len(packed) < len(text) {
		return packed, encoding, nil
	}
	return bytes.Clone(text), "", nil
}

// message has the headers of CloudEvents 1.0, binary mode. It carries no Nats-Msg-Id: the fence is the only guard.
func (c *committer) message(subject, kind string, head *messages.Head, payload []byte, contentEncoding string) *nats.Msg {
	m := nats.NewMsg(subject)
	m.Data = payload
	m.Header = head.Headers(kind, c.incarnation, messages.Encoding{ContentType: c.cfg.Changes.ContentType(), ContentEncoding: contentEncoding})
	return m
}

// flush makes sure that every message of the record's outbox is in the stream: it is published when all are. A
// record that the stream has overtaken is renumbered and written anew, and begins again.
func (c *committer) flush(ctx context.Context, l *loaded) error {
	for range maxRounds {
		if l.published {
			return nil
		}
		if l.record.Outbox == nil {
			l.published, l.fences = true, l.record.Fences
			return nil
		}
		err := c.publish(ctx, l)
		if !errors.Is(err, publisher.ErrSuperseded) {
			return err
		}
		was := l.record.Revision
		if err := c.renumber(ctx, l); err != nil {
			return err // a conflict, where only our copy was stale
		}
		c.log.Warn().Str("host", l.host).Uint64("was", was).Uint64("revision", l.record.Revision).Msg("the stream was ahead of the host's record; numbered after it")
	}
	return errBusy
}

// publish publishes each message of an outbox after its fence. That of a record which was loaded is likely published: most
// records that have one are those of an event before.
func (c *committer) publish(ctx context.Context, l *loaded) error {
	if l.unpublished == nil {
		if found, err := c.find(ctx, l); found || err != nil {
			return err
		}
	}
	all, err := c.unpublished(l)
	if err != nil {
		return err
	}
	r := l.record
	fences := r.Fences
	old := c.maxAge > 0 && c.cfg.Now().Sub(r.CommittedAt) > c.maxAge/2
	for _, m := range all {
		fence := m.fence(&fences)
		message := publisher.Message{Msg: m.Msg, Revision: r.Revision, Commit: r.CommitID, After: *fence, Old: old}
		if m.step == StepStatus {
			message.Changed = fences.Changed
		}
		c.cfg.Step(m.step, l.host)
		if *fence, err = c.changes.Publish(ctx, message); err != nil {
			return err
		}
	}
	l.published, l.fences, l.unpublished = true, fences, nil
	return nil
}

// find looks for the messages of an outbox, and reports whether all are published. Where they are not the last ones of their subjects,
// it says nothing. A status is published once its change is, and says at which sequence that was: it is far the smaller one to look at.
func (c *committer) find(ctx context.Context, l *loaded) (bool, error) {
	r := l.record
	fences := record.Fences{Status: r.Fences.Status}
	if r.Outbox.Status {
		status, err := c.changes.Last(ctx, messages.StatusSubject(l.host))
		if err != nil || status.Revision != r.Revision || status.Commit != r.CommitID {
			return false, err
		}
		fences = record.Fences{Changed: status.Changed, Status: status.Sequence}
	}
	if fences.Changed == 0 {
		changed, err := c.changes.Last(ctx, messages.ChangedSubject(l.host))
		if err != nil || changed.Revision != r.Revision || changed.Commit != r.CommitID {
			return false, err
		}
		fences.Changed = changed.Sequence
	}
	l.published, l.fences = true, fences
	return true, nil
}

// unpublished returns the messages of an outbox as they were made for its commit. Of a record that was loaded they are
// made from what is stored.
func (c *committer) unpublished(l *loaded) ([]outgoing, error) {
	if l.unpublished != nil {
		return l.unpublished, nil
	}
	if err := l.record.OutboxFits(); err != nil {
		return nil, err
	}
	o := l.record.Outbox
	change, err := o.Change()
	if err != nil {
		return nil, err
	}
	text, err := o.Text()
	if err != nil {
		return nil, err
	}
	return c.messages(o, change, text)
}

// renumber puts the outbox after the newest message of both subjects, under a new commit id.
func (c *committer) renumber(ctx context.Context, l *loaded) error {
	changed, status, err := c.lastPublished(ctx, l.host)
	if err != nil {
		return err
	}
	r := l.record
	if err := r.OutboxFits(); err != nil {
		return err
	}
	change, err := r.Outbox.Change()
	if err != nil {
		return err
	}
	r.Revision = max(changed.Revision, status.Revision) + 1
	r.Fences = record.Fences{Changed: changed.Sequence, Status: status.Sequence}
	change.Revision, change.ID = r.Revision, messages.ChangedID(c.incarnation, l.host, r.Revision)
	r.CommitID, r.CommittedAt = rand.Text(), c.cfg.Now().UTC()
	if err := c.fill(l, change); err != nil {
		return err
	}
	return c.write(ctx, l)
}
