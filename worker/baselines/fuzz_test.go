package baselines

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzSet holds for any entry of the bucket: it is read or refused, and taken out again it leaves nothing behind.
func FuzzSet(f *testing.F) {
	for key, value := range map[string]string{
		baselineKey("arn:aws:ssm:x"): `{"Name": "n"}`, groupKey("UBUNTU", "web servers"): "pb-1", defaultKey("DEBIAN"): "pb-1",
		hostKey("web-1.example.org"): "web", keySettings: `{"failed_until":"next-scan"}`,
		"baseline.=zz": "{}", "group.UBUNTU": "", "group.a.b.c": "x", "default.": "", "other": "",
	} {
		f.Add(key, []byte(value))
	}
	f.Fuzz(func(t *testing.T, key string, value []byte) {
		l := newLibrary()
		_ = set(l, key, value, 7) // what cannot be read is as good as absent, or kept as unreadable
		remove(l, key)
		if diff := cmp.Diff(newLibrary(), l); diff != "" {
			t.Fatalf("%q leaves behind:\n%s", key, diff)
		}
	})
}
