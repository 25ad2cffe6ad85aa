package record

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
	"github.com/patchstream/patchstream/messages/wire"
)

// A patch as it is stored: its fields one after the other, with the numbers of [binary.AppendUvarint]. A text that its package has,
// such as its name or a version, is said as which of them it is ([refs]), so that patches which are alike but for their packages are the
// same bytes.

// Which parts a patch has, one bit each.
const (
	hasSince = 1 << iota
	hasMatched
	hasStopped
	hasRare    // messages.RareReasonFields, in MessagePack
	hasOutcome // since version 3
	hasNotices // of rpm and Windows alone
	hasAliases // of notices of Windows
	rests      // on the newest events of the host, which stand in the frame
)

// patchWriter writes one patch after the other.
type patchWriter struct {
	refs   refs // of the package of the patch
	fields []byte
	long   []string // its long texts
	whole  []byte   // what stands of those, and the fields
}

func (w *patchWriter) begin(of refs) { w.refs, w.fields, w.long = of, w.fields[:0], w.long[:0] }

func (w *patchWriter) patch(p *classify.Item, frame *classify.Frame) error {
	event, reboot, resting := p.Reason.Event, p.Reason.Reboot, frame != nil && frame.Rests(p)
	if resting {
		event = ""
		if frame.RestsForReboot(p) {
			reboot = nil
		}
	}
	isRare := reboot != nil || p.Reason.Override != nil || len(p.Reason.Invalid) > 0
	w.number(bit(hasSince, !p.Since.IsZero()) | bit(hasMatched, p.Reason.Matched != nil) |
		bit(hasStopped, p.Reason.Stopped != nil) | bit(hasRare, isRare) | bit(hasOutcome, p.Reason.Outcome != nil) |
		bit(hasNotices, speaksOfNotices(&p.Reason)) | bit(hasAliases, speaksOfAliases(&p.Reason)) | bit(rests, resting))
	w.text(p.Patch)
	w.text(p.Name)
	w.text(p.Arch)
	w.literal(string(p.State))
	w.text(p.Version)
	w.text(p.Installed)
	for _, s := range [...]string{string(p.Level), p.Classification, p.Blocked, p.Reason.Code, event, p.Reason.Broken} {
		w.literal(s)
	}
	w.number(uint64(len(p.Reason.Compared)))
	for _, s := range p.Reason.Compared {
		w.text(s)
	}
	if !p.Since.IsZero() {
		w.instant(p.Since)
	}
	if m := p.Reason.Matched; m != nil {
		w.position(m.Rule)
		w.position(m.Entry)
		w.text(m.Text)
	}
	if s := p.Reason.Stopped; s != nil {
		for _, text := range [...]string{s.Version, s.By, s.Key, s.Value, s.Text} {
			w.text(text)
		}
		w.position(s.Rule)
		w.position(s.Entry)
	}
	if o := p.Reason.Outcome; o != nil {
		for _, text := range [...]string{o.Event, o.RunID, string(o.Result), o.Version, o.Stage, o.Error} {
			w.text(text)
		}
		w.instant(o.FinishedAt)
	}
	if speaksOfNotices(&p.Reason) {
		w.notices(&p.Reason)
	}
	if speaksOfAliases(&p.Reason) {
		w.aliases(&p.Reason)
	}
	if !isRare {
		return nil
	}
	text, err := wire.Append(nil, wire.MsgPack, messages.RareReasonFields(), &messages.Reason{Reboot: reboot, Override: p.Reason.Override, Invalid: p.Reason.Invalid})
	w.number(uint64(len(text)))
	w.fields = append(w.fields, text...)
	return err
}

func bit(b uint64, set bool) uint64 {
	if set {
		return b
	}
	return 0
}

func (w *patchWriter) instant(t time.Time) {
	w.fields = binary.AppendVarint(w.fields, t.Unix())
	w.number(uint64(t.Nanosecond()))
}

func (w *patchWriter) number(n uint64) { w.fields = binary.AppendUvarint(w.fields, n) }

// position writes a place in a list, or that there is none.
func (w *patchWriter) position(p *int) {
	if p == nil {
		w.number(0)
		return
	}
	w.number(uint64(*p) + 1)
}

// longFrom is from how many bytes on a text is kept once for all patches.
const longFrom = 32

// text writes one of: which text of the package it is; and, counted from maxRefs on, twice its length, before it; or twice which
// of the patch's long texts it is, and one.
func (w *patchWriter) text(s string) {
	if n, ok := w.refs.find(s); ok {
		w.number(uint64(n))
		return
	}
	if len(s) < longFrom {
		w.literal(s)
		return
	}
	at := slices.Index(w.long, s)
	if at < 0 {
		at, w.long = len(w.long), append(w.long, s)
	}
	w.number(maxRefs + 2*uint64(at) + 1)
}

// literal writes a text by which patches are counted: it is said as it is, whatever the package has.
func (w *patchWriter) literal(s string) {
	w.number(maxRefs + 2*uint64(len(s)))
	w.fields = append(w.fields, s...)
}

var errPatches = errors.New("patches: not what a worker wrote")

// patchReader reads numbers from what is left, until something is wrong.
type patchReader struct {
	rest  string
	refs  refs     // of the package of the patch
	long  []string // the long texts of all patches
	local []uint32 // those of the patch, by their numbers
	frame *classify.Frame
	err   error

	strings []string // of records up to version 4, which have them here: there is no package

	has     uint64   // which parts the patch has
	numbers []uint64 // of its texts, in the order in which they stand there

	// Room for what patches point to.
	matched  []messages.Matched
	stopped  []messages.Stopped
	outcomes []messages.OutcomeReason
	ints     []int
	compared []string
}

// begin begins to read a patch of [verdicts].
func (r *patchReader) begin(patch string) {
	r.rest, r.local, r.numbers = patch, r.local[:0], r.numbers[:0]
	for range r.count(1) {
		r.local = append(r.local, r.verdict(len(r.long)))
	}
}

func (r *patchReader) fail(err error) {
	if r.err == nil {
		r.err = errors.Join(errPatches, err)
	}
	r.rest = ""
}

func (r *patchReader) number() uint64 {
	var n uint64
	for i := range min(len(r.rest), binary.MaxVarintLen64) {
		b := r.rest[i]
		if i == binary.MaxVarintLen64-1 && b > 1 {
			break
		}
		if n |= uint64(b&0x7f) << (7 * i); b < 0x80 {
			r.rest = r.rest[i+1:]
			return n
		}
	}
	r.fail(nil)
	return 0
}

// count reads how many of something follow, each of which takes some bytes.
func (r *patchReader) count(each int) int {
	n := r.number()
	if n > uint64(len(r.rest)/each) {
		r.fail(nil)
		return 0
	}
	return int(n)
}

// string reads a text of which the length stands before it.
func (r *patchReader) string(n uint64) string {
	if n > uint64(len(r.rest)) {
		r.fail(nil)
		return ""
	}
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

func (r *patchReader) text() string {
	n := r.number()
	r.numbers = append(r.numbers, n)
	switch {
	case r.strings != nil && n < uint64(len(r.strings)):
		return r.strings[n]
	case r.strings == nil && n >= maxRefs && (n-maxRefs)%2 == 0:
		return r.string((n - maxRefs) / 2)
	case r.strings == nil && n >= maxRefs:
		if at := (n - maxRefs) / 2; at < uint64(len(r.local)) {
			return r.long[r.local[at]]
		}
	case r.strings == nil:
		if s, ok := r.refs.get(n); ok {
			return s
		}
	}
	r.fail(nil)
	return ""
}

func (r *patchReader) position() *int {
	n := r.number()
	if n == 0 {
		return nil
	}
	if n > math.MaxInt32 {
		r.fail(nil)
		return nil
	}
	p := next(&r.ints)
	*p = int(n) - 1
	return p
}

func (r *patchReader) patch(p *classify.Item) {
	r.has = r.number()
	if r.fields(p, r.has); r.has&rests == 0 {
		return
	}
	if r.frame == nil {
		r.fail(nil)
		return
	}
	r.frame.Rest(p)
}

func (r *patchReader) fields(p *classify.Item, has uint64) {
	r.called(p)
	r.about(p, has)
}

// called reads how a patch begins, about reads what follows.
func (r *patchReader) called(p *classify.Item) {
	p.Patch, p.Name, p.Arch = r.text(), r.text(), r.text()
	p.State, p.Version, p.Installed = messages.State(r.text()), r.text(), r.text()
}

func (r *patchReader) about(p *classify.Item, has uint64) {
	p.Level, p.Classification, p.Blocked = messages.Level(r.text()), r.text(), r.text()
	p.Reason.Code, p.Reason.Event, p.Reason.Broken = r.text(), r.text(), r.text()
	p.Reason.Compared = r.texts(r.count(1))
	if has&hasSince != 0 {
		p.Since = r.instant()
	}
	if has&hasMatched != 0 {
		m := next(&r.matched)
		m.Rule, m.Entry, m.Text = r.position(), r.position(), r.text()
		p.Reason.Matched = m
	}
	if has&hasStopped != 0 {
		s := next(&r.stopped)
		s.Version, s.By, s.Key, s.Value, s.Text = r.text(), r.text(), r.text(), r.text(), r.text()
		s.Rule, s.Entry = r.position(), r.position()
		p.Reason.Stopped = s
	}
	if has&hasOutcome != 0 {
		o := next(&r.outcomes)
		o.Event, o.RunID, o.Result = r.text(), r.text(), messages.Result(r.text())
		o.Version, o.Stage, o.Error = r.text(), r.text(), r.text()
		o.FinishedAt = r.instant()
		p.Reason.Outcome = o
	}
	if has&hasNotices != 0 {
		r.notices(&p.Reason)
	}
	if has&hasAliases != 0 {
		r.aliases(&p.Reason)
	}
	if has&hasRare == 0 {
		return
	}
	if err := wire.Read([]byte(r.string(r.number())), wire.MsgPack, messages.RareReasonFields(), &p.Reason); err != nil {
		r.fail(err)
	}
}

func (r *patchReader) texts(n int) []string {
	if n == 0 {
		return nil
	}
	texts := r.takeTexts(n)
	for i := range texts {
		texts[i] = r.text()
	}
	return texts
}

// takeTexts returns a list of empty texts.
func (r *patchReader) takeTexts(n int) []string {
	begin := len(r.compared)
	if begin+n > cap(r.compared) {
		r.compared, begin = make([]string, 0, max(n, min(max(2*cap(r.compared), 8), chunk))), 0
	}
	r.compared = r.compared[:begin+n]
	return r.compared[begin:][:n:n]
}

func (r *patchReader) instant() time.Time {
	zigzag := r.number() // as [binary.AppendVarint] has it
	seconds := int64(zigzag>>1) ^ -int64(zigzag&1)
	nanos := r.number()
	if nanos >= uint64(time.Second) {
		r.fail(nil)
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanos)).UTC()
}

// chunk is how many elements are made at once, at most.
const chunk = 128

// next returns a new element of a list that stays where it is.
func next[T any](list *[]T) *T {
	if len(*list) == cap(*list) {
		*list = make([]T, 0, min(max(2*cap(*list), 8), chunk))
	}
	*list = (*list)[:len(*list)+1]
	return &(*list)[len(*list)-1]
}
