package record

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/patchstream/patchstream/classify"
	"github.com/patchstream/patchstream/messages"
)

// A patch that is copied from another one is what it is when it is read.
func TestAPatchThatIsCopiedIsWhatIsStored(t *testing.T) {
	copied := 0
	rapid.Check(t, func(t *rapid.T) {
		frame := &classify.Frame{
			Own: []string{"package-3.i386"}, Booting: []string{"package-4.i386"},
			Scan: messages.RebootReason{Event: "s1", At: now.UTC()}, Statement: messages.RebootReason{Event: "s0", At: now.UTC()},
		}
		scan := &messages.Scan{OS: messages.OS{System: rapid.SampledFrom([]string{"DEBIAN", messages.SystemWindows}).Draw(t, "system")}}
		var items []classify.Item
		for i := range rapid.SampledFrom([]int{0, 3, 40}).Draw(t, "packages") {
			p := messages.Package{Name: fmt.Sprintf("package-%d", i), Arch: "i386", Installed: new(fmt.Sprintf("7.%d", i/2)), Candidate: "7.2"}
			if rapid.Bool().Draw(t, "versions") {
				p.Versions = []messages.Version{{Version: "7.1"}, {Version: fmt.Sprintf("7.%d", i)}}
			}
			item := drawPatch(t, &p)
			item.Name, item.Arch = p.Name, p.Arch
			if rapid.IntRange(0, 3).Draw(t, "reboot") == 0 {
				item.Reason.Code = messages.BecauseRebootOfHost
			}
			frame.Rest(&item)
			scan.Packages, items = append(scan.Packages, p), append(items, item)
		}
		w := newVerdictWriter(len(scan.Packages))
		if err := w.write(items, scan.Packages, &scan.OS, frame); err != nil {
			t.Fatal(err)
		}
		if rapid.IntRange(0, 5).Draw(t, "frame") == 0 { // it is not the one of the report
			frame = &classify.Frame{Own: []string{"package-5.i386"}, Booting: []string{"package-2.i386"}, Scan: messages.RebootReason{Event: "s9"}}
		}
		v := &w.verdicts
		all, bare := v.readLoose(&scan.OS, frame, 0), v.readLoose(&scan.OS, frame, 0)
		bare.bare = true
		for at := range v.of {
			p := &scan.Packages[at]
			if rapid.IntRange(0, 60).Draw(t, "other") == 60 {
				p = &messages.Package{Name: "other", Arch: "amd64"} // which lacks what patches refer to
			}
			one := v.readLoose(&scan.OS, frame, 0)
			if all.models[v.of[at]-1].made {
				copied++
			}
			one.take(at, p)
			all.take(at, p)
			bare.take(at, p)
			if (one.r.err == nil) != (all.r.err == nil) {
				t.Fatalf("read alone: %v, read with others: %v", one.r.err, all.r.err)
			}
			if one.r.err != nil {
				return
			}
			if diff := cmp.Diff(one.items[len(one.items)-1], all.items[len(all.items)-1]); diff != "" {
				t.Fatalf("(-read alone +read with others):\n%s", diff)
			}
			want := one.items[len(one.items)-1]
			want.Reason = messages.Reason{Override: want.Reason.Override}
			if diff := cmp.Diff(want, bare.items[len(bare.items)-1]); diff != "" {
				t.Fatalf("bare (-read alone +read with others):\n%s", diff)
			}
		}
	})
	if copied < 20 {
		t.Errorf("only %d patches were copied", copied)
	}
}
