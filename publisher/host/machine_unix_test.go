//go:build unix

package host

import (
	"strings"
	"testing"
)

func TestMachineIsAHashOfTheRootsOwnID(t *testing.T) {
	const id, other = "8e9c1a37f3b64e3c9ad8b1f0c2d4e6a1", "8e9c1a37f3b64e3c9ad8b1f0c2d4e6a2"
	for _, c := range []struct {
		name      string
		etc, dbus string
		want      string
	}{
		{name: "as a shell works it out", etc: id + "\n", want: "2ae59555038fa9352e81c1a826015f31"},
		{name: "of dbus", dbus: id + "\n", want: "2ae59555038fa9352e81c1a826015f31"},
		{name: "not yet", etc: "uninitialized\n"},
		{name: "of an image", etc: ""},
		{name: "of zeros", etc: strings.Repeat("0", 32)},
		{name: "too long", etc: id + "0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rootWith(t, map[string]string{"etc/machine-id": c.etc, "var/lib/dbus/machine-id": c.dbus})
			diff(t, "machine", c.want, r.Machine())
		})
	}
	a, b := rootWith(t, map[string]string{"etc/machine-id": id}), rootWith(t, map[string]string{"etc/machine-id": other})
	if a.Machine() == b.Machine() || strings.Contains(a.Machine(), id[:8]) {
		t.Errorf("%q and %q", a.Machine(), b.Machine())
	}
}
