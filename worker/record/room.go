package record

import "github.com/patchstream/patchstream/classify"

// A record is read with what is in it. Its lists, the full scan beside it and the patches of its report, are read when a judging asks for
// them, which few do: only then is there to be room for them.

// asItCame is by how much less a list takes that is left as it came, and is looked through, than one that is written out.
const asItCame = 4

// TakeRoom says how much the record may take from now on with what [Record.Provide] and [Record.Compare] read, decompressed. It reports whether
// it takes no more by now.
func (r *Record) TakeRoom(bytes int) bool {
	r.room = bytes
	return r.openBytes <= bytes
}

// roomFor is a [*LargeError] where there is no room for what is to be read. A record that was never read has all there is.
func (r *Record) roomFor(needs classify.Needs) error {
	var bytes int
	switch {
	case !needs.Items && !needs.Packages:
		return nil
	case needs.Only != nil && !r.items.old && !(needs.Packages && r.listsAreStored()): // those are read whole
		bytes = r.roomToLook()
	default:
		bytes = r.plainBytes
	}
	if r.room == 0 || bytes <= r.room {
		return nil
	}
	return &LargeError{bytes}
}

// roomToLook is what the record takes with its full scan as it came.
func (r *Record) roomToLook() int {
	if r.earlier == nil {
		return r.openBytes
	}
	return r.openBytes + max(0, r.earlier.plain)/asItCame
}

// listsAreStored reports whether the newest full scan is one that did not just come.
func (r *Record) listsAreStored() bool { return r.sent == nil || r.sent.of != r.Facts.Full }
