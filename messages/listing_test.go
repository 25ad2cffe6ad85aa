package messages

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/messages/wire"
)

// A listing has of each package what a scan that is decoded has, as far as it goes, however the scan is written.
func TestAListingHasOfPackagesWhatTheScanSays(t *testing.T) {
	listed, read := 0, 0
	defer func() {
		if listed == 0 || read == 0 {
			t.Errorf("%d packages were listed, %d read", listed, read)
		}
	}()
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.SampledFrom([]wire.Table[Scan]{scanFields, scanFields, withMaps}).Draw(t, "fields")
		payload := written(t, anyScan.Draw(t, "scan"), fields)
		decoded, err := Decode(KindScan, payload, Encoding{})
		if err != nil {
			return
		}
		o, err := OpenTaken(payload, Encoding{})
		if err != nil {
			t.Fatal(err)
		}
		defer o.Release()
		scan := decoded.(*Scan)
		wanted := make([]bool, len(scan.Packages))
		for i := range wanted {
			wanted[i] = rapid.Bool().Draw(t, "wanted")
		}
		got, err := o.List(func(at int) bool { return wanted[at] })
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Installed) != len(wanted) || len(got.At) != len(got.Read) {
			t.Fatalf("%d packages are %d, of which %d are read at %d", len(wanted), len(got.Installed), len(got.Read), len(got.At))
		}
		for i, at := range got.At {
			if diff := cmp.Diff(forListing(&scan.Packages[at]), forListing(&got.Read[i]), cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("(-decoded +read):\n%s", diff)
			}
			if got.Installed[at] != (Installation{}) {
				t.Fatalf("%v is read, and listed", got.Installed[at])
			}
			wanted[at] = false
			read++
			scan.Packages[at].Installed = nil
		}
		for at, p := range scan.Packages {
			var want Installation
			if p.Installed != nil {
				want = Installation{scan.OS.PatchName(p.Name, p.Arch), p.Name, p.Arch, *p.Installed}
				listed++
			}
			if wanted[at] || got.Installed[at] != want {
				t.Fatalf("listed as %v, is %v; wanted: %v", got.Installed[at], want, wanted[at])
			}
		}
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
