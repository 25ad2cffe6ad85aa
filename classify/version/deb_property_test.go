package version

import (
	"testing"

	"pgregory.net/rapid"
)

// debVersion draws versions of the whole legal alphabet, with parts that meet.
func debVersion() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		epoch := rapid.SampledFrom([]string{"", "", "0:", "00:", "1:", "2147483647:"}).Draw(t, "epoch")
		upstream := rapid.StringMatching(`[a-z0-9A-Z.+~-]{1,3}[0-9]{0,2}[.+~:-]{0,2}[0-9a-zA-Z]{0,4}`).Draw(t, "upstream")
		revision := rapid.SampledFrom([]string{"", "-0", "-1", "-1~", "-1+b1", "-00", "-~"}).Draw(t, "revision")
		return epoch + upstream + revision
	}).Filter(func(v string) bool { return ValidDeb(v) == nil })
}

func TestCompareDeb_is_a_total_order(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := debVersion().Draw(t, "a"), debVersion().Draw(t, "b"), debVersion().Draw(t, "c")
		ab, ba, bc, ac := CompareDeb(a, b), CompareDeb(b, a), CompareDeb(b, c), CompareDeb(a, c)
		if CompareDeb(a, a) != 0 {
			t.Fatalf("%q is not equal to itself", a)
		}
		if ab != -ba || ab < -1 || ab > 1 {
			t.Fatalf("%q and %q: %d one way, %d the other", a, b, ab, ba)
		}
		if ab <= 0 && bc <= 0 && ac > 0 || ab >= 0 && bc >= 0 && ac < 0 || ab == 0 && bc != ac {
			t.Fatalf("%q %q %q: %d, %d, yet %d", a, b, c, ab, bc, ac)
		}
	})
}
