package record

import (
	"bytes"
	"errors"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Record is all that is kept of one host. It is not safe for concurrent use.
type Record struct {
	Facts    classify.Facts
	Report   *classify.Report // as last committed; nil: nothing was published yet
	Revision uint64           // of the last change that was published; 0: none
	Scanned  bool             // Report rests on a complete scan

	// Fences are the last sequences of the host's two subjects before the outbox is published.
	Fences Fences

	Outbox      *Outbox // the changes of Revision; nil: they are known to be published
	CommitID    string  // random, of the commit that wrote the outbox
	CommittedAt time.Time

	Basis Basis

	// Later is for when a schedule was set before this was written; zero: the report does not change by time alone.
	Later time.Time

	// Heard is when JetStream stored the newest event that the host sent, to within an hour; zero: an older worker wrote this,
	// or the host never sent one.
	Heard time.Time

	full    *fullScan             // the newest full scan, as it is stored or will be
	earlier *fullScan             // the one of which the report was made
	sent    *sent                 // the newest, while the event is handled that brought it
	lists   *messages.ListChanges // how the lists of the newest differ from those of the earlier; nil: it is the same, or that is not known
	items   storedItems
	bare    *[]classify.Item // the memory of bare patches, from patchLists; nil: there are none
	summary Summary

	plainBytes int // that it took when it was read or last written: with its full scan, its patches and its outbox
	openBytes  int // the same without these
	limit      int // see LimitTo; 0: none
}

// storedItems are the patches of the report as they are stored.
type storedItems struct {
	packed []byte // compressed
	number int
	old    bool // of a version before 5: each patch is written out
}

// Before returns the report and the facts of which it was made, whatever is added to the facts afterwards.
func (r *Record) Before() *classify.Before {
	return &classify.Before{Facts: r.Facts.Fork(), Report: r.Report}
}

// RefusedError says that the full scan that came breaks the contract, which was not seen before its lists were read.
type RefusedError struct{ Err error } // a [*messages.FieldError]

func (e *RefusedError) Error() string { return e.Err.Error() }
func (e *RefusedError) Unwrap() error { return e.Err }

// refused is nil where err is.
func refused(err error) error {
	if err == nil {
		return nil
	}
	return &RefusedError{err}
}

// Compare returns the report before, and of what it was made, if a new one made by a basis may keep anything of it; else nil. If a full scan
// came since, Compare finds out how the lists of the two differ, where they can be compared, and whether all of the new one keeps the
// contract. [*RefusedError]: it does not.
func (r *Record) Compare(before *classify.Before, basis Basis, read ReadScan) (*classify.Before, error) {
	is := r.sent
	if is == nil || is.of != r.Facts.Full {
		if !r.Basis.sameAs(basis) || r.items.old {
			return nil, nil
		}
		return before, nil
	}
	before, err := r.compareSent(before, basis, read)
	if err == nil && !is.opened.Kept() {
		err = refused(is.opened.Packages())
	}
	return before, err
}

// compareSent is Compare where a full scan came.
func (r *Record) compareSent(before *classify.Before, basis Basis, read ReadScan) (*classify.Before, error) {
	if !r.Basis.sameAs(basis) || r.items.old {
		return nil, nil
	}
	was, is := r.earlier, r.sent
	if was == nil || was.of != before.Facts.Full {
		return before, nil
	}
	if err := r.fits(r.bytesByName()); err != nil {
		return nil, err
	}
	err := was.read(read)
	if errors.Is(err, ErrScanGone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	earlier, err := is.opened.OpenEarlier(was.text, stored)
	if err != nil {
		return nil, nil // what is stored of the one before cannot be read: all is judged anew
	}
	defer earlier.Release()
	if before.Lists, err = is.opened.Compare(earlier); err != nil {
		return nil, refused(err)
	}
	r.lists = before.Lists
	if classify.AsksAllPackages(r.Facts.Full.Scan.OS.System) {
		return before, refused(is.opened.Packages())
	}
	return before, nil
}

// Provide reads and decodes what a judging needs of the record and was not decoded when it was loaded. Patches that are bare are good
// until [Record.Drop]. [ErrScanGone], [*LargeError].
func (r *Record) Provide(needs classify.Needs, read ReadScan) error {
	if err := r.fitsWith(needs); err != nil {
		return err
	}
	if needs.Packages {
		if err := r.providePackages(needs.Only, read); err != nil {
			return err
		}
	}
	if r.Report == nil || !needs.Items || !r.Report.Kept && (r.Report.Rest == nil || needs.Only != nil) {
		return nil
	}
	return r.provideItems(needs, read)
}

func (r *Record) providePackages(only *classify.Selection, read ReadScan) error {
	full := r.Facts.Full
	if r.sent != nil && r.sent.of == full { // nothing is read from the store
		return readListed(r.sent.opened, only)
	}
	if full == nil || r.full == nil || r.full.of != full || len(full.Scan.Packages) > 0 && r.full.opened == nil {
		return nil
	}
	scan, err := r.full.listed(only, read)
	if err == nil {
		full.Scan = scan
	}
	return err
}

// ForgetScan makes the record one of a host of which no full scan is known: the one that it names is gone, and with it what the patches
// are called. The report has only their tallies then.
func (r *Record) ForgetScan() {
	if r.Report != nil {
		r.forgetItems()
	}
	r.Facts.Full, r.full, r.earlier, r.items = nil, nil, nil, storedItems{}
}

func (r *Record) forgetItems() {
	report := r.Report
	report.Patches, report.Rest, report.Kept = []classify.Item{}, new(classify.Rest), false
	if v, err := r.verdicts(); err == nil && !r.items.old {
		report.Rest.Tallies, _ = v.rest(nil)
	}
	report.Frame = nil // the next report keeps nothing of it
}

// Drop forgets what [Record.Provide] can read again, once the record is written: it is by far the most of a host, and few events need it.
func (r *Record) Drop() {
	for _, scan := range []*fullScan{r.earlier, r.full} {
		if scan != nil {
			scan.close()
		}
	}
	giveBack(r.bare)
	r.earlier, r.sent, r.lists, r.bare = r.full, nil, nil, nil
	if r.full != nil {
		r.full.text, r.full.stored = nil, true
	}
	if r.Report != nil {
		r.Report.Patches, r.Report.Rest, r.Report.Kept = nil, nil, true
	}
	if full := r.Facts.Full; full != nil {
		head := *full.Scan
		head.Packages, head.Advisories = nil, nil
		full.Scan = &head
	}
}

// Fences are last sequences of patch.changed.<host> and patch.status.<host>. 0: the subject is empty.
type Fences struct {
	Changed uint64
	Status  uint64
}

// Basis is what a report was made by: how far KV_PATCH_BASELINES had been read, and what applied to the host.
type Basis struct {
	BaselinesCreated time.Time
	BaselinesSeq     uint64
	By               string // fingerprint of baseline, group and settings
}

// sameAs reports whether two reports are made by the same.
func (b Basis) sameAs(other Basis) bool {
	return b.By == other.By && b.BaselinesCreated.Equal(other.BaselinesCreated)
}

// Sent hands over how a full scan was sent, if it is the newest one by now. If it is well compressed MessagePack, its bytes will be stored as
// they came, and not encoded and compressed a second time: they must not be changed afterwards. Any other is read at once. [*RefusedError].
func (r *Record) Sent(opened *messages.OpenedScan, payload []byte, enc messages.Encoding) error {
	full := r.Facts.Full
	if full == nil || full.Scan != opened.Scan {
		return nil
	}
	r.sent = &sent{full, opened}
	if !storable(payload, enc) {
		return refused(opened.Packages())
	}
	r.full = &fullScan{of: full, text: payload}
	return nil
}

// storable reports whether a full scan is stored as it was sent.
func storable(payload []byte, enc messages.Encoding) bool {
	const wellCompressed = 3 // times smaller; what packages are called makes it five times or more
	msgpack := enc.ContentType == "" || enc.ContentType == messages.MsgPack.ContentType()
	return msgpack && enc.ContentEncoding == zstdName && bytes.HasPrefix(payload, zstdMagic) &&
		enc.PlainBytes(payload) >= wellCompressed*len(payload)
}

// sent is a full scan as it was sent. It may be left unread, or read in part, as long as not all of it is asked for.
type sent struct {
	of     *classify.ScanFact
	opened *messages.OpenedScan
}
