package messages

import (
	"crypto/sha256"

	"github.com/patchstream/patchstream/messages/pack"
	"github.com/patchstream/patchstream/messages/wire"
)

// OpenedScan is a scan of which the head is read and checked. Its packages and advisories may be left as they came, to be compared with
// those of an earlier one. Nothing may rest on it until [OpenedScan.Compare] or [OpenedScan.Packages] has said that all of it keeps the
// contract. It is not safe for concurrent use.
type OpenedScan struct {
	// Scan has packages and advisories once the scan is Whole. If it was only compared, it lists all packages, but has most of them by name
	// and architecture alone: see [OpenedScan.Compare].
	Scan *Scan

	plain  pack.Buffer
	list   *packageList // the memory of Scan's packages; nil: they have none, or their own
	format Format
	lists  *lists // nil: they are not compared
	left   bool   // the lists were left as they came, to be compared
	whole  bool   // see Whole
	named  bool   // Scan lists all packages, at least by what they are called
	kept   bool   // see Kept
}

// lists are the packages and advisories of a scan as they came.
type lists struct{ packages, advisories wire.List }

// inStep reports whether the elements are so long, on average, that room for all packages is in step with what was sent.
func (l *lists) inStep() bool {
	const shortest = 8 // bytes, on average; what is said of a package takes more
	elements := l.packages.Len() + l.advisories.Len()
	return shortest*elements <= len(l.packages.Bytes())+len(l.advisories.Bytes())
}

// cutScan is a scan and its lists as they came.
type cutScan struct {
	Scan
	lists
	like lists // others that probably have most of the same elements; may be empty
}

var cutScanFields = wire.Within(scanHeadFields, func(c *cutScan) *Scan { return &c.Scan },
	wire.AsItCame("packages", MaxPackages, func(c *cutScan) *wire.List { return &c.packages },
		func(c *cutScan) *wire.List { return &c.like.packages }),
	wire.AsItCame("advisories", MaxAdvisories, func(c *cutScan) *wire.List { return &c.advisories },
		func(c *cutScan) *wire.List { return &c.like.advisories }),
)

// OpenScan opens a scan. A full one in MessagePack, of no more than [MaxComparedBytes], is left to be compared; any other is decoded at
// once. What [Decode] refuses is refused in the same words, here or when the lists are read. Whoever opened a scan releases it.
func OpenScan(payload []byte, enc Encoding) (*OpenedScan, error) {
	o, err := cut(payload, enc, lists{})
	if err != nil {
		return nil, err
	}
	if o.left = o.lists != nil && o.lists.inStep() && o.Scan.Complete && !o.Scan.Unchanged && keepsHead(o.Scan); !o.left {
		err = o.Packages()
	}
	if err != nil {
		o.Release()
		return nil, err
	}
	return o, nil
}

// OpenTaken opens a scan that was opened or decoded before and found to keep the contract, to read it or to compare a later one with it.
// Nothing of it is checked a second time.
func OpenTaken(payload []byte, enc Encoding) (*OpenedScan, error) {
	return openTaken(payload, enc, lists{})
}

// OpenEarlier is [OpenTaken] of the scan that o is to be compared with. It is quick where the two are much alike.
func (o *OpenedScan) OpenEarlier(payload []byte, enc Encoding) (*OpenedScan, error) {
	if o.lists == nil {
		return OpenTaken(payload, enc)
	}
	return openTaken(payload, enc, *o.lists)
}

func openTaken(payload []byte, enc Encoding, like lists) (*OpenedScan, error) {
	o, err := cut(payload, enc, like)
	if err != nil {
		return nil, err
	}
	o.kept = true
	return o, nil
}

// cut opens a scan, and reads its head and where the elements of its lists begin, if they can be compared. Otherwise nothing is read yet.
func cut(payload []byte, enc Encoding, like lists) (*OpenedScan, error) {
	comparable := enc.PlainBytes(payload) <= MaxComparedBytes
	format, plain, err := enc.open(payload)
	if err != nil {
		return nil, err
	}
	o := &OpenedScan{Scan: new(Scan), plain: plain, format: format}
	if !comparable || format != MsgPack {
		return o, nil
	}
	c := &cutScan{like: like}
	if wire.Read(plain.Data, format, cutScanFields, c) == nil {
		o.Scan, o.lists, c.like = &c.Scan, &c.lists, lists{}
	}
	return o, nil
}

// Release gives back the memory of the payload and of the packages. Scan keeps its head; its packages must not be used any more, but the
// strings in them may.
func (o *OpenedScan) Release() {
	if o.list != nil {
		o.list.release()
		o.Scan.Packages, o.list = nil, nil
	}
	o.releasePayload()
}

func (o *OpenedScan) releasePayload() {
	if o.lists != nil {
		*o.lists = lists{} // they lie beside Scan in memory, and would keep the payload as long as that
	}
	o.plain.Release()
	o.plain, o.lists = pack.Buffer{}, nil
}

// Sum returns what [DecodeSummed] returns beside the scan, of one that [OpenScan] opened and that is not released.
func (o *OpenedScan) Sum() [32]byte {
	if o.format != MsgPack {
		return ContentSum(o.Scan)
	}
	return sumOf(KindScan, o.plain.Data)
}

// sumOf is the sum of an event as it came, in MessagePack.
func sumOf(kind Kind, plain []byte) [32]byte {
	hash := sha256.New()
	hash.Write([]byte(kind))
	hash.Write(plain)
	return [32]byte(hash.Sum(nil))
}

// Whole reports whether the packages and advisories of Scan have been read.
func (o *OpenedScan) Whole() bool { return o.whole }

// Kept reports whether all of the scan is known to keep the contract.
func (o *OpenedScan) Kept() bool { return o.kept }

// Packages reads all packages and advisories into Scan, and checks it unless it is known to keep the contract. The error is the
// [*FieldError] with which [Decode] refuses the scan.
func (o *OpenedScan) Packages() error {
	if o.whole {
		return nil
	}
	scan := &Scan{Packages: o.emptyList(0)}
	versions, err := wire.ReadInto(o.plain.Data, o.format, scanFields, scan, o.list.versions)
	o.list.filled(scan.Packages, versions)
	if len(scan.Packages) == 0 {
		scan.Packages = nil
	}
	if err == nil && !o.kept {
		err = scan.Validate()
	}
	if err != nil {
		return err
	}
	*o.Scan = *scan
	if o.kept && !o.left { // it was taken before: nothing more is wanted of the payload
		o.releasePayload()
	}
	o.whole, o.kept = true, true
	return nil
}

// emptyList returns a list for the packages of Scan, with room for n; Scan has none from then on.
func (o *OpenedScan) emptyList(n int) []Package {
	if o.list == nil {
		o.list = packageLists.Get().(*packageList)
	}
	o.Scan.Packages = nil
	return o.list.empty(n)
}
