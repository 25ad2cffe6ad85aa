package record

import (
	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// sample is a patch that was written, and its number. A host has a few dozen different ones: to know by its fields one that was written a
// moment ago takes a fraction of the time that it takes to write it again and to look that up.
type sample struct {
	patch  *classify.Item // nil: there is none
	texts  textNumbers
	number uint32
}

// textNumbers are which texts of its package a patch has, in each place where it may have one, by the numbers of [refs].
type textNumbers [13]uint8

const (
	ownTexts    = 8 // the first of them, which a sample must have of its package
	foreignText = maxRefs
)

// textsOf returns which texts of its package a patch has; false if samples do not compare all that it says.
func (r *refs) textsOf(p *classify.Item, frame *classify.Frame) (numbers textNumbers, ordinary bool) {
	why := &p.Reason
	if why.Outcome != nil || why.Reboot != nil || why.Override != nil || why.Broken != "" || len(why.Invalid) > 0 || len(why.Compared) > 2 ||
		speaksOfNotices(why) || frame == nil || !frame.Rests(p) {
		return numbers, false
	}
	texts := [len(numbers)]string{p.Patch, p.Name, p.Arch, p.Version, p.Installed}
	copy(texts[5:7], why.Compared)
	if s := why.Stopped; s != nil {
		texts[7], texts[8], texts[9], texts[10], texts[11] = s.Version, s.By, s.Key, s.Value, s.Text
	}
	if m := why.Matched; m != nil {
		texts[12] = m.Text
	}
	for i := range texts {
		n, found := r.find(texts[i])
		if !found {
			if i < ownTexts {
				return numbers, false
			}
			n = foreignText
		}
		numbers[i] = uint8(n)
	}
	return numbers, true
}

// slots is how many samples are kept.
const slots = 64

// slot returns where the sample of a patch is looked for: a number that different patches seldom share.
func (t *textNumbers) slot(p *classify.Item) int {
	n := len(p.State) + 3*len(p.Classification) + 5*len(p.Level)
	for i, text := range t {
		n += (2*i + 7) * int(text)
	}
	if s := p.Reason.Stopped; s != nil && s.Value != "" {
		n += 11*len(s.Value) + 13*int(s.Value[0])
	}
	return n % slots
}

// is reports whether a patch, which has those texts, is written as the sample was.
func (s *sample) is(p *classify.Item, texts *textNumbers) bool {
	o := s.patch
	return o != nil && s.texts == *texts && o.State == p.State && o.Level == p.Level && o.Classification == p.Classification &&
		o.Blocked == p.Blocked && o.Since == p.Since && o.Reason.Code == p.Reason.Code && len(o.Reason.Compared) == len(p.Reason.Compared) &&
		o.Reason.Matched == p.Reason.Matched && stoppedAlike(o.Reason.Stopped, p.Reason.Stopped)
}

// stoppedAlike compares what stopped two versions, whatever those are.
func stoppedAlike(a, b *messages.Stopped) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.By == b.By && a.Key == b.Key && a.Value == b.Value && a.Text == b.Text && alike(a.Rule, b.Rule) && alike(a.Entry, b.Entry)
}

func alike(a, b *int) bool { return a == b || a != nil && b != nil && *a == *b }
