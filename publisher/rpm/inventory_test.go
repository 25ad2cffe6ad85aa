package rpm

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// render is an inventory as a text, by name.
func (i *inventory) render() string {
	var keys []nameArch
	for key := range i.packages {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b nameArch) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.arch, b.arch))
	})
	var b strings.Builder
	fmt.Fprintf(&b, "keys %v\n", i.keys)
	for _, key := range keys {
		for _, one := range i.packages[key] {
			fmt.Fprintf(&b, "%s %s installed %s built %s of %s by %q module %q\n", key, one.evr,
				one.installedAt.Format(time.RFC3339), one.builtAt.Format(time.RFC3339), one.source, one.vendor, one.module)
		}
	}
	return b.String()
}

func TestParseInventory(t *testing.T) {
	t.Parallel()
	golden(t, func(r io.Reader) (string, error) {
		i, err := parseInventory(r)
		if err != nil {
			return "", err
		}
		return i.render(), nil
	}, "rpm-4.18/*.tsv")
}

func TestParseInventoryByItsLines(t *testing.T) {
	t.Parallel()
	const tail = "\t1700000000\t1600000000\tx.src.rpm\tVendor\t(none)\n"
	for _, c := range []struct{ name, text, want string }{
		{"several versions, the newest first", "k\t0:1.9-1\tx86_64" + tail + "k\t0:1.10-1\tx86_64" + tail, "k.x86_64 1.10-1 1.9-1"},
		{"one twice is one", "k\t1:1-1\tnoarch" + tail + "k\t1:1-1\tnoarch" + tail, "k.noarch 1:1-1"},
		{"a vendor with a tab", "k\t0:1-1\tnoarch\t1\t1\tx\ta\tb\t(none)\n", "k.noarch 1-1"},
		{"no vendor, no source", "k\t0:1-1\tnoarch\t1\t1\t(none)\t(none)\t(none)\n", "k.noarch 1-1"},
		{"a version that is none of rpm's comes last", "k\t0:1 0-1\tnoarch" + tail + "k\t0:0.1-1\tnoarch" + tail, "k.noarch 0.1-1 1 0-1"},
		{"keys are no packages", "gpg-pubkey\t0:abcd-1\t(none)" + tail, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			i, err := parseInventory(strings.NewReader(c.text))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for key, all := range i.packages {
				got += key.String()
				for _, one := range all {
					got += " " + one.evr
				}
			}
			diff(t, "packages", c.want, got)
		})
	}
	for _, text := range []string{"a\t0:1-1\tx86_64\n", "\t0:1-1\tx86_64" + tail, "a\t0:1-1\t(none)" + tail, "a\t0:1-1\tx.y" + tail, "\n", strings.Repeat("x", maxLineBytes+1)} {
		if _, err := parseInventory(strings.NewReader(text)); err == nil {
			t.Errorf("no error of %.60q", text)
		}
	}
}

func FuzzParseInventory(f *testing.F) {
	f.Add("sudo\t0:1.9.5p2-9.el9\tx86_64\t1795858670\t1677628800\tsudo.src.rpm\tRocky Linux\t(none)\n")
	f.Add("gpg-pubkey\t0:e05f57b6-6b0a9c7e\t(none)\t1\t1\t(none)\t(none)\t(none)\n")
	f.Fuzz(func(t *testing.T, text string) {
		i, err := parseInventory(strings.NewReader(text))
		if err != nil {
			return
		}
		for key, all := range i.packages {
			if key.name == keyName || len(all) == 0 || !legalArch(key.arch) {
				t.Fatalf("%v %v", key, all)
			}
			for n := 1; n < len(all); n++ {
				if compareNewest(all[n-1].evr, all[n].evr) >= 0 {
					t.Fatalf("%v: %s before %s", key, all[n-1].evr, all[n].evr)
				}
			}
		}
	})
}
