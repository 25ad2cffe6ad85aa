package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// The patches of a report are the largest part of a record that is read and written with every event. They are
// kept as a table of strings, each once, and the fields of each patch as positions in it. Reading them takes a
// few allocations for all, and a fraction of what MessagePack by reflection takes (BenchmarkReport).
//
//	patches = count strings fields…     strings = count length… text
//
// Numbers are those of [binary.AppendUvarint].

// Which parts a patch has, one bit each.
const (
	hasSince = 1 << iota
	hasMatched
	hasStopped
	hasRare
	hasOutcome // since version 3
	hasNotices // of rpm and Windows alone
	hasAliases // of notices of Windows
	rests      // on the newest events of the host, which stand in the frame
)

// rare are the parts of a reason that few patches have. They are MessagePack.
type rare struct {
	Outcome  *messages.OutcomeReason   `msgpack:"outcome,omitempty"` // of version 2
	Reboot   *messages.RebootReason    `msgpack:"reboot,omitempty"`
	Override *messages.OverrideReason  `msgpack:"override,omitempty"`
	Invalid  []messages.InvalidVersion `msgpack:"invalid,omitempty"`
}

func encodePatches(patches []classify.Item, frame *classify.Frame) ([]byte, error) {
	const fieldBytes, stringsEach = 24, 3 // about
	w := patchWriter{fields: make([]byte, 0, fieldBytes*len(patches)), at: make(map[string]uint64, stringsEach*len(patches))}
	for i := range patches {
		if err := w.patch(&patches[i], frame); err != nil {
			return nil, fmt.Errorf("patch %s: %w", patches[i].Patch, err)
		}
	}
	text := make([]byte, 0, 2*binary.MaxVarintLen64+len(w.lengths)+len(w.strings)+len(w.fields))
	text = binary.AppendUvarint(text, uint64(len(patches)))
	text = binary.AppendUvarint(text, uint64(len(w.at)))
	text = append(text, w.lengths...)
	text = append(text, w.strings...)
	return append(text, w.fields...), nil
}

type patchWriter struct {
	at                       map[string]uint64 // positions of the strings
	lengths, strings, fields []byte
}

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
	for _, s := range [...]string{
		p.Patch, p.Name, p.Arch, string(p.State), p.Version, p.Installed, string(p.Level), p.Classification, p.Blocked,
		p.Reason.Code, event, p.Reason.Broken,
	} {
		w.text(s)
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
	text, err := msgpack.Marshal(&rare{nil, reboot, p.Reason.Override, p.Reason.Invalid})
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

func (w *patchWriter) text(s string) {
	at, ok := w.at[s]
	if !ok {
		at = uint64(len(w.at))
		w.at[s] = at
		w.lengths = binary.AppendUvarint(w.lengths, uint64(len(s)))
		w.strings = append(w.strings, s...)
	}
	w.number(at)
}

var errPatches = errors.New("patches: not what a worker wrote")

// decodePatches reads what encodePatches wrote. It allocates no more than about 25 bytes for
// each that is there.
func decodePatches(text []byte, frame *classify.Frame) ([]classify.Item, error) {
	r := patchReader{rest: text, frame: frame}
	const leastBytes = 14 // of a patch
	count := r.count(leastBytes)
	r.readStrings()
	patches := make([]classify.Item, count)
	for i := range patches {
		r.patch(&patches[i])
	}
	if len(r.rest) > 0 {
		r.fail(nil)
	}
	if r.err != nil {
		return nil, r.err
	}
	return patches, nil
}

// patchReader reads numbers from what is left, until something is wrong.
type patchReader struct {
	rest    []byte
	strings []string
	frame   *classify.Frame
	err     error

	// Room for what patches point to.
	matched  []messages.Matched
	stopped  []messages.Stopped
	outcomes []messages.OutcomeReason
	ints     []int
	compared []string
}

func (r *patchReader) fail(err error) {
	if r.err == nil {
		r.err = errors.Join(errPatches, err)
	}
	r.rest = nil
}

func (r *patchReader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.fail(nil)
		return 0
	}
	r.rest = r.rest[size:]
	return n
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

func (r *patchReader) bytes() []byte {
	n := r.count(1)
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *patchReader) readStrings() {
	ends := make([]int, r.count(1))
	end := 0
	for i := range ends {
		n := r.number()
		if n > uint64(len(r.rest)) || end+int(n) > len(r.rest) {
			r.fail(nil)
			return
		}
		end += int(n)
		ends[i] = end
	}
	if end > len(r.rest) {
		r.fail(nil)
		return
	}
	all := string(r.rest[:end])
	r.rest = r.rest[end:]
	r.strings = make([]string, len(ends))
	begin := 0
	for i, end := range ends {
		r.strings[i], begin = all[begin:end], end
	}
}

func (r *patchReader) text() string {
	at := r.number()
	if at >= uint64(len(r.strings)) {
		r.fail(nil)
		return ""
	}
	return r.strings[at]
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
	has := r.number()
	if r.fields(p, has); has&rests == 0 {
		return
	}
	if r.frame == nil {
		r.fail(nil)
		return
	}
	r.frame.Rest(p)
}

func (r *patchReader) fields(p *classify.Item, has uint64) {
	p.Patch, p.Name, p.Arch = r.text(), r.text(), r.text()
	p.State, p.Version, p.Installed = messages.State(r.text()), r.text(), r.text()
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
	var more rare
	if err := unmarshal(r.bytes(), &more); err != nil {
		r.fail(err)
		return
	}
	inUTC(&more)
	if more.Outcome != nil {
		p.Reason.Outcome = more.Outcome
	}
	p.Reason.Reboot, p.Reason.Override, p.Reason.Invalid = more.Reboot, more.Override, more.Invalid
}

func (r *patchReader) texts(n int) []string {
	if n == 0 {
		return nil
	}
	begin := len(r.compared)
	if begin+n > cap(r.compared) {
		r.compared, begin = make([]string, 0, max(n, chunk)), 0
	}
	for range n {
		r.compared = append(r.compared, r.text())
	}
	return r.compared[begin:len(r.compared):len(r.compared)]
}

func (r *patchReader) instant() time.Time {
	seconds, size := binary.Varint(r.rest)
	if size <= 0 {
		r.fail(nil)
		return time.Time{}
	}
	r.rest = r.rest[size:]
	nanos := r.number()
	if nanos >= uint64(time.Second) {
		r.fail(nil)
		return time.Time{}
	}
	return time.Unix(seconds, int64(nanos)).UTC()
}

// chunk is how many elements are made at once.
const chunk = 128

// next returns a new element of a list that stays where it is.
func next[T any](list *[]T) *T {
	if len(*list) == cap(*list) {
		*list = make([]T, 0, chunk)
	}
	*list = (*list)[:len(*list)+1]
	return &(*list)[len(*list)-1]
}
