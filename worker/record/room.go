package record

import (
	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// A record is read without its lists, the full scan beside it and the patches of its report, and without the change in its outbox. Few
// events need any of them: only when one does is there to be room for it.

// asItCame is by how much less a list takes that is left as it came, and is looked through, than one that is written out.
const asItCame = 2

// TakeRoom says how much the record may take from now on with what [Record.Provide] and [Record.Compare] read, decompressed. It reports whether
// it takes no more by now.
func (r *Record) TakeRoom(bytes int) bool {
	r.room = bytes
	return r.openBytes <= bytes
}

// RoomToPublish is a [*LargeError] where there is no room for the change of the outbox.
func (r *Record) RoomToPublish() error {
	if r.Outbox == nil {
		return nil
	}
	return r.fits(r.openBytes + stored.PlainBytes(r.Outbox.packed))
}

// roomFor is a [*LargeError] where there is no room for what is to be read. A record that was never read has all there is.
func (r *Record) roomFor(needs classify.Needs) error {
	if !needs.Items && !needs.Packages {
		return nil
	}
	bytes := r.plainBytes
	if needs.Only != nil && !r.items.old {
		bytes = r.roomToLook()
	}
	return r.fits(bytes)
}

func (r *Record) fits(bytes int) error {
	if r.room == 0 || bytes <= r.room {
		return nil
	}
	return &LargeError{bytes}
}

// roomToLook is what the record takes where of its full scan no more is read than what its packages are called.
func (r *Record) roomToLook() int {
	switch {
	case r.earlier == nil:
		return r.openBytes
	case r.earlier.plain > messages.MaxComparedBytes: // it is read whole
		return r.plainBytes
	}
	return r.openBytes + max(0, r.earlier.plain)/asItCame
}
