package record

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// ErrScanGone says that the full scan which the newest record of its host names is lost: it is not stored, or cannot be read.
var ErrScanGone = errors.New("the host's full scan is gone")

// Sum is what a full scan is known by: that of the event which it is. As text it is hex.
type Sum [32]byte

// MarshalText implements [encoding.TextMarshaler].
func (s Sum) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, s[:]), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *Sum) UnmarshalText(text []byte) error {
	if len(text) != 2*len(s) {
		return errors.New("a sum has 64 digits")
	}
	_, err := hex.Decode(s[:], text)
	return err
}

// EncodedScan is a full scan as it is stored: as it was sent, where that is well compressed MessagePack.
type EncodedScan struct {
	Sum  Sum
	Text []byte
}

// ReadScan returns what is stored of the full scan of that sum, and the sequence at which it is. [ErrScanGone], [ErrConflict].
type ReadScan func(sum Sum) (text []byte, sequence uint64, err error)

// fullScan is a full scan that a record names.
type fullScan struct {
	of       *classify.ScanFact
	text     []byte // as it is stored; nil: it was not read
	plain    int    // what it takes, decompressed
	stored   bool
	sequence uint64 // at which it was read; 0: it was not
	opened   *messages.OpenedScan
}

func (s *fullScan) read(read ReadScan) (err error) {
	if s.text == nil {
		s.text, s.sequence, err = read(Sum(s.of.Sum))
	}
	return err
}

// decode reads the scan whole. [ErrScanGone].
func (s *fullScan) decode(read ReadScan) (*messages.Scan, error) {
	return s.listed(nil, read)
}

// listed reads the packages of the scan that are selected, and what the others are called; nil selects all. What it returns is good until the
// scan is closed. [ErrScanGone].
func (s *fullScan) listed(only *classify.Selection, read ReadScan) (*messages.Scan, error) {
	if err := s.read(read); err != nil {
		return nil, err
	}
	var err error
	if s.opened == nil {
		s.opened, err = messages.OpenTaken(s.text, storedAs(s.text))
	}
	if err == nil {
		err = readListed(s.opened, only)
	}
	if err != nil && s.stored {
		return nil, fmt.Errorf("%w: what is stored of it cannot be read: %w", ErrScanGone, err)
	}
	if err != nil {
		return nil, fmt.Errorf("full scan: %w", err)
	}
	return s.opened.Scan, nil
}

// close gives back the memory of what was read of the scan.
func (s *fullScan) close() {
	if s.opened != nil {
		s.opened.Release()
		s.opened = nil
	}
}

// readListed reads the packages of a scan that are selected; nil: all.
func readListed(opened *messages.OpenedScan, only *classify.Selection) error {
	if only != nil {
		return opened.Read(only.Has)
	}
	return opened.Packages()
}

// Stored is a full scan that is stored at a sequence.
type Stored struct {
	Sum      Sum
	Sequence uint64
}

// Superseded returns the full scan that a record named before it was written, and names no more; false if there is none, or it was never
// read: it is not known then where it is stored.
func (r *Record) Superseded() (Stored, bool) {
	was := r.earlier
	if was == nil || was.sequence == 0 || r.Facts.Full != nil && r.Facts.Full.Sum == was.of.Sum {
		return Stored{}, false
	}
	return Stored{Sum(was.of.Sum), was.sequence}, true
}

// scanKey returns the key of a full scan in PATCH_SCANS.
func scanKey(host string, sum Sum) string { return host + "." + hex.EncodeToString(sum[:]) }

// parseScanKey returns the host and the sum of a key in PATCH_SCANS; false where it is none of ours.
func parseScanKey(key string) (host string, sum Sum, ok bool) {
	dot := strings.LastIndexByte(key, '.')
	if dot < 0 {
		return "", sum, false
	}
	return key[:dot], sum, sum.UnmarshalText([]byte(key[dot+1:])) == nil
}
