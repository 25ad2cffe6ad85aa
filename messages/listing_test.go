package messages

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/messages/wire"
)

// A list has of each package what a scan that is decoded has: all that is wanted, and of the others what they are called and the
// installed version, however the scan is written.
func TestAListHasOfPackagesWhatIsWanted(t *testing.T) {
	listed := 0
	defer func() {
		if listed == 0 {
			t.Error("nothing was listed")
		}
	}()
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.SampledFrom([]wire.Table[Scan]{scanFields, scanFields, withMaps}).Draw(t, "fields")
		payload := written(t, anyScan.Draw(t, "scan"), fields)
		whole, err := Decode(KindScan, payload, Encoding{})
		if err != nil {
			return
		}
		o, err := OpenTaken(payload, Encoding{})
		if err != nil {
			t.Fatal(err)
		}
		defer o.Release()
		want := whole.(*Scan).Packages
		wanted := make([]bool, len(want))
		for i := range wanted {
			wanted[i] = rapid.Bool().Draw(t, "wanted")
		}
		got, err := o.List(func(at int) bool { return wanted[at] })
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if !wanted[i] {
				want[i] = Package{Name: want[i].Name, Arch: want[i].Arch, Installed: want[i].Installed}
				got[i] = Package{Name: got[i].Name, Arch: got[i].Arch, Installed: got[i].Installed}
			}
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-decoded +listed):\n%s", diff)
		}
		listed += len(want)
	})
}
