package record

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// Most events of a host with many packages look at few of them, and take no more memory than others.
func TestARecordIsBoundedWithItsListsOnceTheyAreRead(t *testing.T) {
	const ordinary = 2 << 20
	scan := drawnScan(now, "s1", false)
	for i := range 10_000 {
		scan.Packages = append(scan.Packages, messages.Package{Name: fmt.Sprintf("p%05d", i), Arch: "amd64", Installed: new("1-1"), Versions: []messages.Version{}})
	}
	var written Record
	add(&written.Facts, scan)
	written.Report = new(classify.Library).Judge("web-1", &written.Facts, now)
	e, err := written.Encode()
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := decodeUpTo("web-1", e.Text, 1, ordinary)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Provide(classify.Needs{}, e.read); err != nil {
		t.Errorf("nothing: %v", err)
	}
	some := classify.Needs{Items: true, Packages: true, Only: new(classify.Selection)}
	if err := r.Provide(some, e.read); err != nil {
		t.Errorf("some of its patches: %v", err)
	}
	all := classify.Needs{Items: true, Packages: true}
	large := new(LargeError)
	if err := r.Provide(all, e.read); !errors.As(err, &large) || large.Bytes <= ordinary {
		t.Fatalf("all of its patches: %v", err)
	}
	if !r.LimitTo(large.Bytes) {
		t.Errorf("it takes more than %d bytes", large.Bytes)
	}
	if err := r.Provide(all, e.read); err != nil {
		t.Errorf("all of its patches, with as much as it takes: %v", err)
	}
	if r.LimitTo(0) {
		t.Error("it takes nothing")
	}
	if r, _, err = decodeUpTo("web-1", e.Text, 1, math.MaxInt); err != nil || len(r.Facts.Full.Scan.Packages) > 0 {
		t.Fatal("its lists are read with it")
	}
}

// A full scan that came is compared with the one before, which is looked through for that.
func TestARecordIsBoundedWithTheListThatIsCompared(t *testing.T) {
	payload := func(id string) ([]byte, messages.Encoding) {
		scan := manyPackages()
		scan.ID, scan.TakenAt = id, scan.TakenAt.Add(time.Duration(len(id))*time.Minute)
		text, err := messages.Encode(scan, messages.MsgPack)
		if err != nil {
			t.Fatal(err)
		}
		return compress(text), messages.Encoding{ContentEncoding: zstdName}
	}
	var written Record
	first, enc := payload("s")
	defer addSent(t, &written, first, enc).Release()
	written.Report = new(classify.Library).Judge("web-1", &written.Facts, now)
	e, err := written.Encode()
	if err != nil {
		t.Fatal(err)
	}
	r, err := Decode(e.Text)
	if err != nil {
		t.Fatal(err)
	}
	before := r.Before()
	second, enc := payload("later")
	defer addSent(t, r, second, enc).Release()
	r.LimitTo(r.openBytes)
	large := new(LargeError)
	if _, err := r.Compare(before, r.Basis, e.read); !errors.As(err, &large) {
		t.Fatalf("with as much as it takes by itself: %v", err)
	}
	r.LimitTo(large.Bytes)
	if got, err := r.Compare(before, r.Basis, e.read); err != nil || got == nil || got.Lists == nil {
		t.Errorf("with as much as it takes: %+v %v", got, err)
	}
}
