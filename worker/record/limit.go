package record

import (
	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// A record is read without the full scan beside it, the patches of its report and the change in its outbox. Few events need any of them:
// only when one does, there must be memory for it.

// LimitTo bounds how many bytes the record may take from now on, decompressed, with what [Record.Provide] and [Record.Compare] read. It
// reports whether the record takes no more as it is.
func (r *Record) LimitTo(bytes int) bool {
	r.limit = bytes
	return r.openBytes <= bytes
}

// OutboxFits returns a [*LargeError] if the record would be beyond its limit with the change of its outbox.
func (r *Record) OutboxFits() error {
	if r.Outbox == nil {
		return nil
	}
	return r.fits(r.openBytes + stored.PlainBytes(r.Outbox.packed))
}

// fitsWith returns a [*LargeError] if the record would be beyond its limit with what is to be read.
func (r *Record) fitsWith(needs classify.Needs) error {
	if !needs.Items && !needs.Packages {
		return nil
	}
	bytes := r.plainBytes
	if needs.Only != nil {
		bytes = r.bytesByName()
	}
	return r.fits(bytes)
}

func (r *Record) fits(bytes int) error {
	if r.limit == 0 || bytes <= r.limit {
		return nil
	}
	return &LargeError{bytes}
}

// asItCame is by how much less a list takes that is left as it came than one that is decoded.
const asItCame = 2

// bytesByName is what the record takes if of its full scan little more is read than what the packages are called.
func (r *Record) bytesByName() int {
	switch {
	case r.earlier == nil:
		return r.openBytes
	case r.earlier.plain > messages.MaxComparedBytes: // it is read whole
		return r.plainBytes
	}
	return r.openBytes + max(0, r.earlier.plain)/asItCame
}
