package messages

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/messages/wire"
)

// checkListing holds for any scan that was taken: a listing has of each package what decoding it says, as far as it goes, however the scan
// is written. It returns how many packages were listed as installed, and how many were read.
func checkListing(t rapid.TB, payload []byte, wanted func(at int) bool) (listed, read int) {
	t.Helper()
	decoded, err := Decode(KindScan, payload, Encoding{})
	if err != nil {
		return 0, 0
	}
	o, err := OpenTaken(payload, Encoding{})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Release()
	got, err := o.List(wanted)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Release()
	scan := decoded.(*Scan)
	if len(got.Installed) != len(scan.Packages) || len(got.At) != len(got.Read) || !slices.IsSorted(got.At) {
		t.Fatalf("%d packages are %d, of which %d are read at %d", len(scan.Packages), len(got.Installed), len(got.Read), got.At)
	}
	isRead := make(map[int]bool)
	for i, at := range got.At {
		if diff := cmp.Diff(forListing(&scan.Packages[at]), forListing(&got.Read[i]), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-decoded +read):\n%s", diff)
		}
		isRead[at] = true
	}
	for at := range scan.Packages {
		p, want := &scan.Packages[at], Installation{}
		if p.Installed != nil && !isRead[at] {
			want = Installation{scan.OS.PatchName(p.Name, p.Arch), p.Name, p.Arch, *p.Installed}
			listed++
		}
		if wanted(at) && !isRead[at] || got.Installed[at] != want {
			t.Fatalf("%d is listed as %v, is %v; read: %v", at, got.Installed[at], want, isRead[at])
		}
	}
	return listed, len(got.Read)
}

func TestAListingHasOfPackagesWhatTheScanSays(t *testing.T) {
	listed, read := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.SampledFrom([]wire.Table[Scan]{scanFields, scanFields, withMaps}).Draw(t, "fields")
		wanted := rapid.Uint64().Draw(t, "wanted")
		l, r := checkListing(t, written(t, anyScan.Draw(t, "scan"), fields), func(at int) bool { return wanted>>(at%64)&1 == 1 })
		listed, read = listed+l, read+r
	})
	if listed == 0 || read == 0 {
		t.Errorf("%d packages were listed, %d read", listed, read)
	}
}

func FuzzListing(f *testing.F) {
	seeds(f, ".msgpack", func(payload []byte) { f.Add(payload, uint64(1)) })
	scan := hostScan(3)
	for _, scan.OS.System = range []string{"UBUNTU", SystemMacOS} {
		f.Add(written(f, scan, scanFields), uint64(0))
		f.Add(written(f, scan, withMaps), uint64(5))
	}
	f.Fuzz(func(t *testing.T, payload []byte, wanted uint64) {
		checkListing(t, payload, func(at int) bool { return wanted>>(at%64)&1 == 1 })
	})
}

// forListing is what a listing reads of a package.
func forListing(p *Package) Package {
	of := Package{Name: p.Name, Arch: p.Arch, Installed: p.Installed, Candidate: p.Candidate}
	for _, v := range p.Versions {
		of.Versions = append(of.Versions, Version{Version: v.Version})
	}
	return of
}

// What is not UTF-8 is listed as it is decoded.
func TestAListingIsInUTF8(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ bytes, name, version string }{
		"a name":               {"lib\xff", "lib\ufffd", "1"},
		"halves of one letter": {"lib\xc3", "lib\ufffd", "\ufffd1"},
	} {
		t.Run(name, func(t *testing.T) {
			scan := hostScan(3)
			scan.OS.System = SystemMacOS // called by the name alone: the version is next to it
			scan.Packages[1].Name, scan.Packages[1].Installed = "lib~", new("1")
			if tt.version != "1" {
				scan.Packages[1].Installed = new("~1")
			}
			payload := bytes.ReplaceAll(written(t, scan, scanFields), []byte("lib~"), []byte(tt.bytes))
			payload = bytes.ReplaceAll(payload, []byte("~1"), []byte("\xa91"))
			o, err := OpenTaken(payload, Encoding{})
			if err != nil {
				t.Fatal(err)
			}
			defer o.Release()
			got, err := o.List(func(int) bool { return false })
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Read) != 3 || got.Read[1].Name != tt.name || *got.Read[1].Installed != tt.version {
				t.Errorf("%+v", got)
			}
		})
	}
}
